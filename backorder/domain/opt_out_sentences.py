"""Sentences that may well ask for no more texts, and what only sounds like it, as regular expressions.

All folded, as the single words are. In doubt no texts go, and a person reads what was meant.
"""

from __future__ import annotations

from itertools import chain

from backorder.domain.opt_out_commands import CEASE, ENOUGH, LEFT_ALONE
from backorder.domain.opt_out_consent import CONSENT, NOT_THE_ONE
from backorder.domain.opt_out_forms import (
    DEVANAGARI_ENDS,
    ENDED,
    ENDED_DE,
    NOUN_DE,
    NOUN_EN,
    NOUN_ES,
    NOUN_FR,
    NOUN_PT,
    OPT_OUT_FORMS,
    OVER_HI,
    SUBSCRIPTION,
    SUCH,
    TEXTS,
    UNSAID,
    WANTED_DE,
)

_NOT = r"(?<!you )(?<!u )(?<!they )(?:don't|dont|do not|never|no longer)"
"""Who complains that the shop never writes says the opposite."""
_AGAIN = r"(?:ever |please |pls |keep |bother |try to )?"
_TEXTS_HI = r"(?:sms|msgs?|messages?|texts?|sandesh)"

_ENDED = (
    r"(?:cancel(?:l?ing|a|e|o|en|em|ar)?|end|ending|terminat(?:e|ing)"
    r"|(?:anul|elimin|termin|encerr)(?:a|e|en|em|ar)"
    r"|(?:annul|supprim|resili|arret|termin)(?:e|er|ez)|(?:beend|stornier|kundig|kuendig)(?:e|t|et|en))"
)
"""Wishes, and not what has ended or was cancelled."""
_ORDER = (
    r"(?:orders?|purchase|bestellung(?:en)?|auftrag|pedidos?|orden|compra|encomendas?|commandes?|achat"
    rf"|{SUBSCRIPTION})"
)
_NO = r"(?:nicht|nie|not|never|nunca|mat|na|nahi) "
_BY_TEXT = (
    r"(?:(?!por |via |par |per )\w+[' ]|(?:pedido|orden|compra|encomenda|commande) (?:por|via|par) ){0,2}"
)
"""What may stand between who ends and the texts: not a way to end something else, unless it is an order."""
_TEXTS_DE = r"(?:sms|nachrichten?|benachrichtigung(?:en)?|texte|werbung|infos?)"
_TEXTS_FR = r"(?:sms|textos?|messages?|notifications?|alertes?|mails?)"

_AFFIRMED = (
    r"(?:(?!not |never |haven't |didn't |don't |won't |aren't |isn't |wasn't |can't |still )[\w']+ ){1,3}?"
)
"""Who asks why something is so, and not why it is not yet."""
_ASKED_NOT = r"(?:didn't|didnt|did not|never|haven't) (?:want|ask for|asked for|request(?:ed)?)"
_ENDED_FR = r"(?:annul|desactiv|supprim|stopp|resili|arret|coup|bloqu)"
_PARCEL = (
    r"(?:shipments?|shipping|deliver(?:y|ies)|packages?|parcels?|lieferung(?:en)?|versand|paket|envios?|paquete"
    r"|entregas?|pacote|livraison|envoi|colis|expedition)"
)
_NEWS = r"(?:updates?|news|info\w*|notifications?|texts?|messages?|alerts?|e?mails?|status|reminders?|sms)"
_NO_NEWS = (
    rf"(?! (?:\w+ )?{_NEWS}| (?:de |des |dos |das |d')(?:\w+ )?(?:sms|mensajes|mensagens|messages|textos?))"
)
_STOP = r"stop(?:p(?:e|t|en|en sie)?)?"
_OF_IT = (
    r"(?:(?!delay|postpon|push|text|txt|sms|messag|notif|alert|updat|e?mail|call|contact|about|spam|bother|bug|nag"
    r"|remind|writ|news|harass|pester)\w+[' ]){0,3}"
)
"""What may stand between: no wish that something else stops, like texts about it or delays of it."""

_WRITES = r"(?:text|txt|sms|messag|send|writ|call|contact|bother|spam|harass)\w*"

OPT_OUT_PATTERNS: tuple[str, ...] = (
    # What is subscribed to, in any of the languages: texts, for all we know.
    rf"{UNSAID}(?:{_ENDED}|stop) (?:(?!{_NO}|pas )\w+[' ]){{0,3}}{SUBSCRIPTION}(?! (?:bitte )?nicht)",
    rf"{SUBSCRIPTION} (?:(?!{_NO})\w+ ){{0,2}}(?:cancel|cancelar|anular|(?:beend|stornier|kue?ndig)en"
    r"|hata\w*)",
    # Signs that say it on a phone.
    "[\N{OCTAGONAL SIGN}\N{NO ENTRY}\N{NO ENTRY SIGN}\N{BELL WITH CANCELLATION STROKE}]",
    # English: a wish about texts, and not about the order.
    rf"{_NOT} (?:want|need|wish(?: for)?) "
    rf"(?:to (?:get|receive|have|be (?:getting|receiving|sent)|keep (?:getting|receiving)) )?{SUCH}{TEXTS}",
    rf"{_NOT} (?:want|wish|like) (?:to )?(?:be|get|being|getting) (?:texted|messaged|contacted)",
    rf"{_NOT} want (?:you|anyone|anybody) (?:to )?(?:keep )?(?:text|messag|contact)(?:e|ing)?",
    rf"{_NOT} (?:want|wish) to hear from you",
    rf"{_NOT} {_AGAIN}(?:text|txt|sms|message|msg|contact)(?:ing)? (?:me|us|my|this|again|anymore|any more)",
    rf"{_NOT} {_AGAIN}send(?:ing)? (?:(?:to )?(?:me|us|this number|my number|my phone) )?{SUCH}{TEXTS}",
    r"(?<!the )(?:quit|end|cut out) (?:the |this |your )?"
    r"(?:spam\w*|bother\w*|bugging|harass\w*|pester\w*)(?: me| us)?|quit it|cut it out",
    rf"{UNSAID}(?:cancel|end|block|disable|deactivate) (?!of ){SUCH}{TEXTS}",
    r"(?:fuck|piss|bugger|buzz|(?<!money )back) off|shut up|^enough(?: already| is enough)?$",
    rf"no more (?:of )?(?:these |those |your |automated )?(?:{TEXTS}|texting|messaging)",
    r"no (?:sms|texts|texting|text messages),? (?:please|pls|plz|thanks|thank you|to this number)",
    r"no need to (?:text|message)|(?:text|message|contact) (?:me|us) no more",
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
    r"(?:handy|telefon)?nummer (?:(?!nicht )\w+ )?"
    r"(?:loschen|loeschen|entfernen|streichen|austragen|rausnehmen)",
    r"(?:losch|loesch|entfern|streich)(?:e|t|en|en sie) (?:bitte )?(?:meine|diese) (?:handy|telefon)?nummer",
    r"trag(?:t|en sie) mich (?:(?!nicht )\w+ ){0,2}aus",
    r"meld(?:et|en sie) mich (?:(?!nicht )\w+ ){0,2}ab",
    r"(?<!ihr )(?<!warum )(?<!wieso )(?:schreib(?:t|en sie)?|textet?|kontaktier(?:t|en sie)) (?:mir|mich) "
    r"(?:bitte )?nicht",
    r"aufhoeren",
    r"(?:losch|loesch)(?:t|e|en sie)? mich|nicht mehr (?:anschreiben|schreiben|kontaktieren|belastigen)",
    r"keine (?:\w+ )?(?:werbung|benachrichtigungen|texte)(?: mehr)?$",
    # Spanish.
    r"no me (?:mande|escriba|contacte)[ns]?"
    r"(?:,? por favor$|$| mas$|"
    r"(?: \w+){0,3}? (?:mensajes?|sms|textos?|notificaciones|avisos|publicidad))",
    r"(?:quit|saqu|borr|elimin)(?:a|e|en|ar)me (?:de|por)",
    r"(?:quit|borr|elimin)(?:a|e|en|ar) mi (?:numero|telefono|movil|celular)",
    r"basta ya",
    r"dej(?:a|e|en)me (?:ya )?en paz",
    r"(?:no quiero (?:seguir )?recibir|(?:deja|deje|dejen) de (?:enviar|mandar)(?:me)?|no me envie[ns]?)"
    r"(?:,? por favor$|$|"
    r"(?: \w+){0,3}? (?:mensajes?|sms|textos?|notificaciones|avisos|publicidad|nada|esto|mas$))",
    r"(?:deja|deje|dejen) de (?:escribir|molestar|contactar)(?:me)?",
    rf"{UNSAID}(?:(?:cancel|anul|desactiv)(?:a|e|en|ar|ad)|deten(?:er|ga|gan|ed)|par(?:e|en|em|ar|ad)) "
    rf"{_BY_TEXT}"
    r"(?:mensajes|sms|textos|notificaciones|avisos|alertas)",
    r"no (?:deseo|quisiera|quiero) (?:seguir )?recibir(?: \w+){0,2} (?:mensajes?|sms|textos?|avisos|nada)",
    r"ya no mas (?:mensajes|sms|textos|avisos)|(?<!no quiero )dejar de recibir",
    r"no mas (?:textos?|notificaciones|avisos|publicidad|spam)",
    # French.
    r"(?<!ne )(?:me|m'|se) desabonne\w*|(?<!ne )me desinscri\w*",
    r"(?:plus|pas|assez|marre)(?: jamais)? (?:de |d'|des |aucun )"
    r"(?:ces |vos )?(?:sms|textos?|notifications?|alertes?|pubs?|publicites?|spams?)",
    rf"{UNSAID}(?:annul|desactiv|supprim|stopp)(?:e|er|ez) {_BY_TEXT}(?:sms|textos?|messages|notifications)",
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
    rf"{UNSAID}par(?:e|em|ar) (?:com )?(?:as |os |essas |esses |estas |estes )?(?:mensagens|sms|textos)",
    r"nao quero (?:mais )?(?:\w+ ){0,2}(?:mensagens|sms|textos)",
    r"me deix(?:a|e|em) em paz",
    rf"{UNSAID}(?:(?:cancel|desativ|encerr)(?:a|e|em|ar)|suspend(?:a|am|er)|par(?:e|em|ar)) {_BY_TEXT}"
    r"(?:mensagens|sms|textos|notificacoes|avisos|alertas)",
    r"(?:chega|basta) de (?:mensagens|sms|textos|notificacoes|avisos|spam)",
    r"(?<!nao )(?<!nao me )desinscrev\w*|desinscricao",
    # Hindi: a word for it that came from English, and what is subscribed to.
    r"(?:रद्द|बंद|बन्द) (?:सब्सक्रिप्शन|सदस्यता)|बस कर(?:ो|ें|िए|िये|$)",
    r"(?:अन|डी)सब्सक्राइब|(?:सब्सक्रिप्शन|सदस्यता) हटा",
    r"(?:नोटिफिकेशन|टेक्स्ट|मेसेज|एसएमएस|एस एम एस) (?:रोक|मत|नहीं चाहिए)",
    # Hindi in Latin letters: who says that none came says the opposite.
    rf"{_TEXTS_HI} (?:\w+ ){{0,2}}?(?:nahi|nahin|nhi|nai) (?:chahiye|chahie|chaiye|chahte|chahti|chahta)",
    rf"{_TEXTS_HI} (?:(?!call |phone )\w+ ){{0,2}}?(?:mat|na) (?:bhej|kar|kr|kij)\w*",
    r"(?:band|bnd) (?:kar|kr|kij)\w*",
    r"(?:mera|mere|is) number (?:\w+ )?(?:hata|nikal|delete)\w*",
    r"pareshan (?:mat|na) (?:kar|kr|kij)\w*",
    r"(?:nao (?:quero|desejo) (?:mais )?receber|par(?:a|e|em|ar) de (?:me )?(?:enviar|mandar)"
    r"|nao me (?:envi|mand)em?)"
    r"(?:,? por favor$|$|"
    r"(?: \w+){0,3}? (?:mensagens|mensagem|sms|textos?|notificacoes|avisos|nada|isso|mais$))",
    r"par(?:e|em|ar) de (?:me )?(?:escrever|incomodar|perturbar|contatar)",
    r"parem(?:$| com isso|,? por favor)",
    *OPT_OUT_FORMS,
    *chain.from_iterable(
        patterns for kind in (CONSENT, NOT_THE_ONE, LEFT_ALONE, ENOUGH, CEASE) for patterns in kind.values()
    ),
)
"""Words that ask for it only with what goes on about texts."""

NO_OPT_OUT: tuple[str, ...] = (
    "stop by",
    "non[- ]stop",
    "bus stop",
    # Who drives past, or goes on waiting.
    r"(?:driver|courier|van|truck|lorry|postman|mailman|carrier|bus|dhl|dpd|ups|fedex|usps)s? (?:[\w']+ "
    r"){0,3}?"
    rf"stop(?:s|ped)?(?! (?:{_WRITES}|me|us))",
    r"(?:not|\w+n't|cannot|cant|wont|never) stop (?:wait|hop|wish|try|look|believ|ask|wonder|think)ing",
    r"(?:wrong|incorrect) number of|ne s'(?:est|arrete|arretent) (?:pas|jamais)(?: arretee?)?",
    r"(?:vous|tu|ils|on) (?:ne |n')(?:m'|me |nous )?(?:ecri|envo|contact)\w+ (?:plus|pas|jamais)"
    rf"(?! (?:de )?{_TEXTS_FR})",
    # Who takes no consent back.
    r"(?:don't|dont|do not|didn't|did not|never|not) (?:want|wish|mean|intend|plan|going) to (?:revoke"
    r"|withdraw|rescind)",
    r"(?:don't|dont|do not) want (?:\w+ ){0,3}(?:texts|messages|sms) to stop",
    # Who got none says the opposite.
    r"(?:got|get|getting|received?|have|had|see|seen|were|was|came) no more (?:texts|messages|sms)",
    # Who asks why texts ended, or whether something else has, or says that it was not they who ended it.
    rf"(?:why|how come|who) {_AFFIRMED}(?:cancel|end|block|stopp|disabl|deactivat|remov|delet|unsubscrib)"
    rf"(?:e|l?ed|ed|l?ing|ing)?(?: me| us| texting| messaging| {SUCH}{TEXTS})?",
    rf"(?:did|do|does|have|has|had) (?:you|they|someone|somebody|it) (?:(?!not |never )\w+ )?"
    rf"(?:cancel|end|block|disabl|deactivat)\w*(?! {SUCH}{TEXTS}(?!\w))",
    r"(?:i|we)(?: have| had| did)? (?:have|haven't|havent|hadn't|didn't|didnt|not|never)"
    r"(?: even| ever| yet)? unsubscribed?(?<!have unsubscribed)",
    r"(?<!you )(?<!they )(?:don't|dont|do not|never) unsubscribe (?:me|us)",
    rf"(?:don't|dont|do not|didn't|didnt|did not|never) (?:want|need|like|wish|have) {SUCH}{TEXTS} "
    rf"(?:to be |be )?{ENDED}",
    r"(?:don't|dont|do not|didn't|didnt|did not|never|not) "
    r"(?:want(?:ed)?|ask(?:ed)?|wish|mean|meant|going|need|have) "
    r"(?:you )?to (?:be )?(?:cancel\w*|end|block|unsubscribed?|opt out)",
    rf"{_ASKED_NOT} (?:\w+ )?{NOUN_EN}",
    r"(?:bekomm|erhalt|erhielt|krieg|bekam|kam|hab|hatt|seh|sah|gab|gibt)\w* "
    r"(?:(?:ich|wir|es|von|ihnen|euch|leider|noch|bisher|immer|hier|gar|aber|da|heute|auch|uberhaupt) ){0,4}"
    rf"keine? (?:\w+ )?{_TEXTS_DE}(?: mehr)?(?: und keine? {_TEXTS_DE})?(?! (?:\w+ ){{0,2}}{WANTED_DE})",
    rf"(?:warum|wieso|weshalb|wer) (?:(?!nicht |nie |kein)\w+ ){{1,6}}?{ENDED_DE}",
    rf"ich (?!bin |werde |wurde |will |mochte )(?:\w+ ){{0,4}}?(?:nicht|nie) (?:\w+ )?{ENDED_DE}",
    rf"(?:keine|nicht um (?:die |eine )?|nie um (?:die |eine )?) ?{NOUN_DE}",
    r"(?:ich kann|kann ich) (?:\w+ ){0,2}nicht mehr (?:an)?schreiben",
    rf"(?:[nj]'ai|n'avons|n'a|n'y a|recois|recoit|recevons|vois) (?:toujours |encore |plus |pas )+"
    rf"(?:eu |recu )?(?:de |d'|aucun )(?:vos |ces )?{_TEXTS_FR}",
    rf"(?:toujours|encore) (?:pas|plus) (?:de |d'){_TEXTS_FR}",
    rf"(?:pas|plus) (?:de |d'){_TEXTS_FR} (?:recus?|arrives?|depuis)",
    rf"pourquoi (?:{_ENDED_FR}ez[- ]vous|vous {_ENDED_FR}ez|(?:avez[- ]vous|vous avez) {_ENDED_FR}e)(?! pas)",
    rf"(?:vous avez|a|ont) {_ENDED_FR}e",
    rf"je n'ai (?:pas|jamais)(?: encore)? {_ENDED_FR}e",
    r"(?<!vous )(?:n'|ne )arretez pas",
    r"(?<!m'avez )(?<!nous avez )(?<!m'a )(?<!m'ont )(?<!ne suis )(?<!suis-je )"
    r"(?:pas|pas a) (?:me |m'|se )?(?:desabonn|desinscri)\w*",
    r"pourquoi (?:suis[- ]je|je suis|ai[- ]je ete|j'ai ete|m'avez[- ]vous|vous m'avez) "
    r"(?:desabonn|desinscri)\w*",
    rf"(?:pas|jamais) (?:demande|voulu) (?:l'|la |de |une )?{NOUN_FR}",
    r"no quiero (?:cancelar|anular|desactivar|dar(?:me)? de baja|dejar de recibir)",
    r"(?:no|nunca) me (?:he dado|di|dieran|des|den|doy) de baja",
    r"(?:no|nunca) me (?:he )?desuscri(?:to|pto|bi|ban?|bas)",
    r"no (?:quiero|deseo|quisiera) (?:\w+ ){0,3}(?:cancel|anul|desactiv|elimin|suspend)[ai]d[oa]s?",
    rf"(?:no|nunca) (?:pedi|solicite|quiero) (?:la |una )?{NOUN_ES}",
    r"nao quero (?:cancelar|anular|desativar|sair)",
    r"nao quero (?:\w+ ){0,3}(?:cancel|desativ|encerr|elimin)ad[oa]s?",
    r"(?:nao|nunca) me descadastr(?:ei|em?)|por que (?:\w+ )?(?:fui|estou) (?:descadastrad|desinscrit)[oa]",
    rf"(?:nao|nunca) (?:pedi|solicitei|quero) (?:o |a |um )?{NOUN_PT}",
    # Hindi: what is over, or is to go on.
    rf"{OVER_HI} (?:(?:क्यों|क्यो) )?(?:हो (?:ग|रह|चुक)[^\s]*|(?:मत|न|ना|है|हैं|था|थे|थी){DEVANAGARI_ENDS})",
    rf"मैंने (?:\S+ ){{0,4}}?(?:{OVER_HI}|(?:अन|डी)सब्सक्राइब) नहीं (?:कि|की)[^\s]*",
    r"(?:band|bnd) (?:(?:kyu|kyun|kyon) )?(?:ho (?:g|rah|chuk)\w*|mat|na|hai|hain|tha|the|thi)",
    r"maine (?:\w+ ){0,4}?(?:band|bnd|cancel|unsubscribe) (?:nahi|nahin|nhi|nai) (?:ki|kar)\w*",
    # Not "you don't stop", nor what may be a complaint about texts.
    r"(?<!you )(?<!they )(?<!texts )(?<!messages )(?:don't|dont|do not) stop"
    r"(?! (?:text|messag|sms|send|contact))",
)
"""Words within a sentence that sound like it and ask for nothing."""

ORDER_WITHIN: tuple[str, ...] = (
    "stop (?:my|the|this|that) (?:order|delivery|shipment|shipping|purchase|package|parcel)",
    rf"{_STOP} {_OF_IT}(?:{_ORDER}|{_PARCEL}){_NO_NEWS}",
    r"stop (?:process|shipp|prepar|pack|produc|manufactur|deliver|dispatch|fulfil+)ing"
    rf"(?! (?:\w+ ){{0,2}}?(?:data|number|{_NEWS}))",
    r"stop (?:bill|charg)ing",
    r"(?:order|delivery|parcel|saman|samaan) (?:ko )?(?:(?:band|bnd|bandh) (?:kar|kr|kij)\w*|stop|rok\w*)",
    rf"{_ENDED} (?:\w+[' ]){{0,3}}{_ORDER}",
    rf"{_ORDER} (?:\w+ ){{0,2}}(?:cancel\w*|anular|(?:beend|stornier|kue?ndig)en|band|hata\w*)",
    rf"(?:{NOUN_EN}|{NOUN_DE}|{NOUN_ES}|{NOUN_FR}|{NOUN_PT}) (?:\w+[' ]){{0,3}}{_ORDER}",
    rf"{_ORDER} {NOUN_EN}|(?:abo|abonnement)[- ]?kue?ndigung|de baja (?:\w+ ){{0,2}}{_ORDER}",
    rf"(?:ऑर्डर|आर्डर|डिलीवरी|डिलिवरी|पार्सल|सामान|सब्सक्रिप्शन|सदस्यता) (?:को )?"
    rf"(?:{OVER_HI}|कैंसल|हटा|रोक|स्टॉप|(?:मत|न|ना) भेज)",
    r"(?:रद्द|बंद|बन्द) (?:सब्सक्रिप्शन|सदस्यता)",
    # Withdrawals from the contract, beside a wish for no more texts.
    r"(?:withdr\w+|revok\w+|rescind\w*) (?:from )?(?:\w+ ){0,3}?(?:contract|orders?|purchase|sale)",
    r"wider(?:ruf|rief)\w* (?:\w+ ){0,5}?(?:vertrag|kauf|bestellung|auftrag)\w*|vom (?:vertrag|kauf) (?:\w+ "
    r")?zuruck",
    r"(?:desist\w+|revog?c?[oa]r?) (?:d[aeo]l? )?(?:\w+ ){0,2}?(?:contrat[oa]|compra|pedido|encomenda)"
    r"|desistimiento",
    r"me retracte|retractation|(?:retir|annul)(?:e|er|ez) ma commande|renonce (?:a|au) (?:\w+ "
    r"){0,2}(?:contrat|achat)",
    r"arrependimento",
)
"""What stops the texts, in doubt, and may be meant for the order."""

NOT_NEAR_STOP: frozenset[str] = frozenset(
    {"shop", "step", "stow", "top", "stp", "slop", "swop", "sop", "atop", "anmelden", "anmeldung"}
)
"""Words that are one letter from "stop" and are meant: French writes please as stp."""
NEARLY: tuple[str, ...] = (
    *("unsubscribe", "abmelden", "abmeldung", "abbestellen", "abbestellung", "desuscribir", "desuscribirme"),
    *("desabonne", "desabonner", "desabonnez", "desabonnement", "desinscrire", "desinscription"),
    *("descadastrar", "desinscrever"),
)
"""Words that are known with one slip."""
LIKE_STOP: frozenset[str] = frozenset({"stahp", "stawp", "staph", "stahhp", "stoap"})
"""The word as people write it for how it sounds."""
