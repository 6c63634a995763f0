"""Sentences that may well ask for no more texts, and what only sounds like it, as regular expressions.

All folded, as the single words are. In doubt no texts go, and a person reads what was meant.
"""

from __future__ import annotations

_TEXTS = r"(?:text|txt|sms|message|msg|notification)(?:e?s)?(?: (?:message|msg|alert)s?)?"
_SUCH = (
    r"(?:(?:any|more|anymore|further|these|those|this|your|such|all|the|so|many|another|other|a|of) ){0,4}"
)
_NOT = r"(?<!you )(?<!u )(?<!they )(?:don't|dont|do not|never|no longer)"
"""Who complains that the shop never writes says the opposite."""
_AGAIN = r"(?:ever |please |pls |keep |bother |try to )?"
_TEXTS_HI = r"(?:sms|msgs?|messages?|texts?|sandesh)"

_SUBSCRIPTION = (
    r"(?:subscriptions?|suscripci(?:on|ones)|subscripcion|subscricao|inscricao|assinatura|cadastro"
    r"|abonnements?|inscriptions?|abos?)"
)
_UNSAID = (
    r"(?<!don't )(?<!dont )(?<!didn't )(?<!not )(?<!never )(?<!nicht )(?<!no )(?<!nao )"
    r"(?<!ne )(?<!n')(?<!pas )(?<!the )(?<!your )"
)
"""Who asks for the opposite, or speaks of the end of something."""
_ENDED = (
    r"(?:cancel(?:l?ing|a|e|o|en|em|ar)?|end|ending|terminat(?:e|ing)"
    r"|(?:anul|elimin|termin|encerr)(?:a|e|en|em|ar)"
    r"|(?:annul|supprim|resili|arret|termin)(?:e|er|ez)|(?:beend|stornier|kundig|kuendig)(?:e|t|et|en))"
)
"""Wishes, and not what has ended or was cancelled."""
_ORDER = (
    r"(?:orders?|purchase|bestellung(?:en)?|auftrag|pedidos?|orden|compra|encomendas?|commandes?|achat"
    rf"|{_SUBSCRIPTION})"
)
_NO = r"(?:nicht|nie|not|never|nunca|mat|na|nahi) "
_BY_TEXT = (
    r"(?:(?!por |via |par |per )\w+[' ]|(?:pedido|orden|compra|encomenda|commande) (?:por|via|par) ){0,2}"
)
"""What may stand between who ends and the texts: not a way to end something else, unless it is an order."""
_TEXTS_DE = r"(?:sms|nachrichten?|benachrichtigung(?:en)?|texte|werbung|infos?)"
_TEXTS_FR = r"(?:sms|textos?|messages?|notifications?|alertes?|mails?)"

OPT_OUT_PATTERNS: tuple[str, ...] = (
    # What is subscribed to, in any of the languages: texts, for all we know.
    rf"{_UNSAID}(?:{_ENDED}|stop) (?:(?!{_NO}|pas )\w+[' ]){{0,3}}{_SUBSCRIPTION}(?! (?:bitte )?nicht)",
    rf"{_SUBSCRIPTION} (?:(?!{_NO})\w+ ){{0,2}}(?:cancel|cancelar|anular|(?:beend|stornier|kue?ndig)en"
    r"|hata\w*|band(?! (?:ho|mat|na|nahi)))",
    # Signs that say it on a phone.
    "[\N{OCTAGONAL SIGN}\N{NO ENTRY}\N{NO ENTRY SIGN}\N{BELL WITH CANCELLATION STROKE}]",
    # English: a wish about texts, and not about the order.
    rf"{_NOT} (?:want|need|wish(?: for)?) "
    rf"(?:to (?:get|receive|have|be (?:getting|receiving|sent)|keep (?:getting|receiving)) )?{_SUCH}{_TEXTS}",
    rf"{_NOT} (?:want|wish|like) (?:to )?(?:be|get|being|getting) (?:texted|messaged|contacted)",
    rf"{_NOT} want (?:you|anyone|anybody) (?:to )?(?:keep )?(?:text|messag|contact)(?:e|ing)?",
    rf"{_NOT} (?:want|wish) to hear from you",
    rf"{_NOT} {_AGAIN}(?:text|txt|sms|message|msg|contact)(?:ing)? (?:me|us|my|this|again|anymore|any more)",
    rf"{_NOT} {_AGAIN}send(?:ing)? (?:(?:to )?(?:me|us|this number|my number|my phone) )?{_SUCH}{_TEXTS}",
    r"(?<!the )(?:quit|end|cut out) (?:the |this |your )?"
    r"(?:spam\w*|bother\w*|bugging|harass\w*|pester\w*)(?: me| us)?|quit it|cut it out",
    rf"{_UNSAID}(?:cancel|end|block|disable|deactivate) (?!of ){_SUCH}{_TEXTS}",
    r"(?:fuck|piss|bugger|buzz|(?<!money )back) off|shut up|^enough(?: already| is enough)?$",
    r"(?<!have )(?<!did )(?<!was )(?:i|i've|i have|already|just|be|me) unsubscribed",
    rf"no more (?:of )?(?:these |those |your |automated )?(?:{_TEXTS}|texting|messaging)",
    r"no (?:sms|texts|texting|text messages),? (?:please|pls|plz|thanks|thank you|to this number)",
    r"no need to (?:text|message)|(?:text|message|contact) (?:me|us) no more",
    rf"(?:turn|switch) off {_SUCH}{_TEXTS}",
    r"cease (?:all |any )?(?:texts?|texting|messages|messaging|sending|contact|contacting)",
    r"(?<!don't )(?<!dont )(?<!not )(?<!did you )(?<!did they )"
    r"(?:remove|delete|lose|erase|drop) (?:my|this) (?:phone |cell |mobile )?number",
    r"take (?:my|this) (?:phone |cell |mobile )?number off",
    r"(?:me|us|my name|my number) (?:off|from|out) (?:of )?(?:your|this|the) (?:\w+ ){0,2}list",
    # German: who got none says the opposite.
    r"(?:sms|nachrichten?|benachrichtigung(?:en)?|abo|newsletter) (?:(?!nicht )\w+ )?"
    r"(?:abbestell|abmeld|beend|stopp|abschalt|ausschalt|einstell|kue?ndig)en",
    r"(?:stopp|beend)(?:e|t|en|en sie)? (?:bitte )?(?:die |diese |eure |ihre )?"
    r"(?:sms|nachrichten|benachrichtigungen)(?! nicht)",
    r"(?:bestell|stell)(?:e|t|en|en sie)? (?:bitte )?(?:die |diese |eure |ihre )?"
    r"(?:sms|nachrichten|benachrichtigungen) (?:bitte )?(?:ab|ein)",
    r"(?:will|mochte|mochten|wollen|wunsche) (?:\w+ ){0,4}keine? (?:sms|nachrichten)",
    r"keine? (?:sms|nachrichten) mehr",
    r"(?<!habe )(?<!hab )(?<!noch )(?<!bisher )(?<!bekomme )(?<!erhalte )(?<!kam )"
    r"keine? (?:sms|nachrichten)(?! (?:\w+ ){0,2}(?:erhalten|bekommen|gekommen|angekommen)\b)",
    r"(?:lass|lasst|lassen sie) (?:mich|uns) (?:\w+ )?in ruhe",
    r"in ruhe (?:zu )?(?:ge)?lassen",
    r"(?:handy|telefon)?nummer (?:bitte |\w+ )?(?:loschen|loeschen|entfernen|streichen|austragen|rausnehmen)",
    r"(?:losch|loesch|entfern|streich)(?:e|t|en|en sie) (?:bitte )?(?:meine|diese) (?:handy|telefon)?nummer",
    r"trag(?:t|en sie) mich (?:\w+ ){0,2}aus",
    r"meld(?:et|en sie) mich (?:\w+ ){0,2}ab",
    r"(?:schreib(?:t|en sie)?|textet?|kontaktier(?:t|en sie)) (?:mir|mich) (?:bitte )?nicht",
    r"aufhoeren",
    r"(?:losch|loesch)(?:t|e|en sie)? mich|nicht mehr (?:anschreiben|schreiben|kontaktieren|belastigen)",
    r"keine (?:\w+ )?(?:werbung|benachrichtigungen|texte)(?: mehr)?$",
    # Spanish.
    r"no me (?:mande|escriba|contacte)[ns]?"
    r"(?:,? por favor$|$| mas$|"
    r"(?: \w+){0,3}? (?:mensajes?|sms|textos?|notificaciones|avisos|publicidad))",
    r"(?:quit|saqu|borr|elimin)(?:a|e|en|ar)me (?:de|por)",
    r"(?:quit|borr|elimin)(?:a|e|en|ar) mi (?:numero|telefono|movil|celular)",
    r"desuscri(?:b\w+|pcion)",
    r"basta ya",
    r"dej(?:a|e|en)me (?:ya )?en paz",
    r"(?:no quiero (?:seguir )?recibir|(?:deja|deje|dejen) de (?:enviar|mandar)(?:me)?|no me envie[ns]?)"
    r"(?:,? por favor$|$|"
    r"(?: \w+){0,3}? (?:mensajes?|sms|textos?|notificaciones|avisos|publicidad|nada|esto|mas$))",
    r"(?:deja|deje|dejen) de (?:escribir|molestar|contactar)(?:me)?",
    rf"{_UNSAID}(?:(?:cancel|anul|desactiv)(?:a|e|en|ar|ad)|deten(?:er|ga|gan|ed)|par(?:e|en|em|ar|ad)) "
    rf"{_BY_TEXT}"
    r"(?:mensajes|sms|textos|notificaciones|avisos|alertas)",
    r"no (?:deseo|quisiera|quiero) (?:seguir )?recibir(?: \w+){0,2} (?:mensajes?|sms|textos?|avisos|nada)",
    r"ya no mas(?:$| (?:mensajes|sms|textos|avisos))|(?<!no quiero )dejar de recibir",
    r"no mas (?:textos?|notificaciones|avisos|publicidad|spam)",
    # French.
    r"(?<!ne )(?:me|m'|se) desabonne\w*|(?<!ne )me desinscri\w*",
    r"(?:plus|pas|assez|marre)(?: jamais)? (?:de |d'|des |aucun )"
    r"(?:ces |vos )?(?:sms|textos?|notifications?|alertes?|pubs?|publicites?|spams?)",
    rf"{_UNSAID}(?:annul|desactiv|supprim|stopp)(?:e|er|ez) {_BY_TEXT}(?:sms|textos?|messages|notifications)",
    r"desabonne[zr]?[- ]moi|desinscri(?:s|vez)[- ]moi",
    r"(?:supprim|retir|enlev|effac)(?:e|er|ez) (?:\w+ )?(?:mon|ce) numero",
    r"(?:retir|enlev|supprim)(?:e|ez)[- ]moi (?:de|des)",
    r"ne m'(?:envoyez|envoie|ecrivez) pas (?:de |d'autres |vos |ces )(?:sms|textos?|messages?)",
    r"ne (?:me contactez|m'ecrivez) pas",
    r"arret(?:e|er|ez)(?:\W+\w+){0,4}?\W+(?:sms|textos?|messages?|envoyer|envois?|ecrire|contacter|deranger)",
    r"arret(?:e|er|ez)(?:$|,? (?:svp|s'il vous plait|s'il te plait|merci|maintenant|ca|cela|tout))",
    r"(?:arret|stopper)(?: (?:de|des|les|ces|vos|tous|tout|l'envoi|d'envoi)){0,3} (?:sms|textos?|messages?)",
    r"plus recevoir(?:$|(?: \w+){0,2}? (?:sms|textos?|messages?|notifications|publicites?|rien))",
    # Portuguese.
    r"(?:remov|exclu|apagu|retir|delet)(?:a|e|am|em|ir|ar|er) (?:o )?(?:meu|este|esse) "
    r"(?:numero|telefone|celular|contato)",
    r"(?:sair|saia|tir\w+|remov\w+|exclu\w+) (?:-?me )?(?:da|desta|dessa|de sua) lista(?! de espera)",
    r"par(?:e|em|ar) (?:com )?(?:as |os |essas |esses |estas |estes )?(?:mensagens|sms|textos)",
    r"nao quero (?:mais )?(?:\w+ ){0,2}(?:mensagens|sms|textos)",
    r"me deix(?:a|e|em) em paz",
    rf"{_UNSAID}(?:(?:cancel|desativ|encerr)(?:a|e|em|ar)|suspend(?:a|am|er)|par(?:e|em|ar)) {_BY_TEXT}"
    r"(?:mensagens|sms|textos|notificacoes|avisos|alertas)",
    r"nao (?:me )?(?:envi|mand)(?:e|em|ar) mais",
    r"(?:chega|basta) de (?:mensagens|sms|textos|notificacoes|avisos|spam)",
    r"(?<!nao )(?<!nao me )desinscrev\w*|desinscricao",
    # Hindi: a word for it that came from English, and what is subscribed to.
    r"(?:रद्द|बंद|बन्द) (?:सब्सक्रिप्शन|सदस्यता)|बस कर(?:ो|ें|िए|िये|$)",
    r"(?:अन|डी)सब्सक्राइब|(?:सब्सक्रिप्शन|सदस्यता) (?:रद्द|बंद|बन्द|हटा|खत्म|समाप्त)(?! (?:हो|मत|न))",
    r"(?:नोटिफिकेशन|टेक्स्ट|मेसेज|एसएमएस|एस एम एस) (?:(?:बंद|बन्द)(?! (?:हो|मत|न|है))|रोक|मत|नहीं चाहिए)",
    # Hindi in Latin letters: who says that none came says the opposite.
    rf"{_TEXTS_HI} (?:\w+ ){{0,2}}?(?:nahi|nahin|nhi|nai) (?:chahiye|chahie|chaiye|chahte|chahti|chahta)",
    rf"{_TEXTS_HI} (?:\w+ ){{0,2}}?(?:mat|na) (?:bhej|kar|kr|kij)\w*",
    r"(?:band|bnd) (?:kar|kr|kij)\w*",
    r"(?:mera|mere|is) number (?:\w+ )?(?:hata|nikal|delete)\w*",
    r"pareshan (?:mat|na) (?:kar|kr|kij)\w*",
    r"(?:nao (?:quero|desejo) (?:mais )?receber|par(?:a|e|em|ar) de (?:me )?(?:enviar|mandar)"
    r"|nao me (?:envi|mand)em?)"
    r"(?:,? por favor$|$|"
    r"(?: \w+){0,3}? (?:mensagens|mensagem|sms|textos?|notificacoes|avisos|nada|isso|mais$))",
    r"par(?:e|em|ar) de (?:me )?(?:escrever|incomodar|perturbar|contatar)",
    r"parem(?:$| com isso|,? por favor)",
)
"""Words that ask for it only with what goes on about texts."""

NO_OPT_OUT: tuple[str, ...] = (
    "stop by",
    "non[- ]stop",
    "bus stop",
    r"(?:don't|dont|do not) want (?:\w+ ){0,3}(?:texts|messages|sms) to stop",
    # Who got none says the opposite.
    r"(?:got|get|getting|received?|have|had|see|seen|were|was|came) no more (?:texts|messages|sms)",
    r"(?:did|do|does|have|has|had) (?:you|they|someone|somebody|it) (?:\w+ )?"
    r"(?:cancel|end|block|disabl|deactivat)\w*",
    r"(?:don't|dont|do not|didn't|didnt|did not|never|not) (?:want(?:ed)?|ask(?:ed)?|wish|mean|meant|going) "
    r"(?:you )?to (?:be )?(?:cancel\w*|end|block|unsubscribed?|opt out)",
    r"(?:bekomm|erhalt|erhielt|krieg|bekam|kam|hab|hatt|seh|sah|gab|gibt)\w* "
    r"(?:(?:ich|wir|es|von|ihnen|euch|leider|noch|bisher|immer|hier|gar|aber|da|heute|auch|uberhaupt) ){0,4}"
    rf"keine? (?:\w+ )?{_TEXTS_DE}(?: mehr)?(?: und keine? {_TEXTS_DE})?",
    r"(?:ich kann|kann ich) (?:\w+ ){0,2}nicht mehr (?:an)?schreiben",
    rf"(?:[nj]'ai|n'avons|n'a|n'y a|recois|recoit|recevons|vois) (?:toujours |encore |plus |pas )+"
    rf"(?:eu |recu )?(?:de |d'|aucun )(?:vos |ces )?{_TEXTS_FR}",
    rf"(?:toujours|encore) (?:pas|plus) (?:de |d'){_TEXTS_FR}",
    rf"(?:pas|plus) (?:de |d'){_TEXTS_FR} (?:recus?|arrives?|depuis)",
    r"(?:avez[- ]vous|vous avez|ai|a|ont) (?:annul|desactiv|supprim|stopp|resili|arret)e",
    r"(?:pas|pas a) (?:me |m'|se )?(?:desabonn|desinscri)\w*",
    r"no quiero (?:cancelar|anular|desactivar|dar(?:me)? de baja|dejar de recibir)",
    r"nao quero (?:cancelar|anular|desativar|sair)",
    # Not "you don't stop", nor what may be a complaint about texts.
    r"(?<!you )(?<!they )(?<!texts )(?<!messages )(?:don't|dont|do not) stop"
    r"(?! (?:text|messag|sms|send|contact))",
)
"""Words within a sentence that sound like it and ask for nothing."""

ORDER_WITHIN: tuple[str, ...] = (
    "stop (?:my|the|this|that) (?:order|delivery|shipment|shipping|purchase|package|parcel)",
    r"order (?:ko )?(?:band|bnd) (?:kar|kr|kij)\w*",
    rf"(?:{_ENDED}|stop(?! \w+ing\b)) (?:\w+[' ]){{0,3}}{_ORDER}",
    rf"{_ORDER} (?:\w+ ){{0,2}}(?:cancel\w*|anular|(?:beend|stornier|kue?ndig)en|band|hata\w*)",
    r"(?:ऑर्डर|सब्सक्रिप्शन|सदस्यता) (?:रद्द|बंद|बन्द|कैंसल|हटा|खत्म|समाप्त)",
    r"(?:रद्द|बंद|बन्द) (?:सब्सक्रिप्शन|सदस्यता)",
)
"""What stops the texts, in doubt, and may be meant for the order."""

NOT_NEAR_STOP: frozenset[str] = frozenset(
    {"shop", "step", "stow", "top", "stp", "slop", "swop", "sop", "atop"}
)
"""Words that are one letter from "stop" and are meant: French writes please as stp."""
LIKE_STOP: frozenset[str] = frozenset({"stahp", "stawp", "staph", "stahhp", "stoap"})
"""The word as people write it for how it sounds."""
