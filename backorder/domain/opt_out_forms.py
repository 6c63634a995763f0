"""Wishes for no more texts by the forms of their verbs and nouns, as regular expressions, by language.

A command, a question, a noun, what is done or still is not. All folded, as the single words are. In doubt no
texts go, and a person reads what was meant (47 CFR 64.1200(a)(10)).
"""

from __future__ import annotations

TEXTS = r"(?:text|txt|sms|message|msg|notification)(?:e?s)?(?: (?:message|msg|alert)s?)?"
SUCH = (
    r"(?:(?:any|more|anymore|further|these|those|this|your|such|all|the|so|many|another|other|a|of|my) ){0,4}"
)
SUBSCRIPTION = (
    r"(?:subscriptions?|suscripci(?:on|ones)|subscripcion|subscricao|inscricao|assinatura|cadastro"
    r"|abonnements?|inscriptions?|abos?)"
)
UNSAID = (
    r"(?<!don't )(?<!dont )(?<!didn't )(?<!not )(?<!never )(?<!nicht )(?<!no )(?<!no me )(?<!no nos )"
    r"(?<!nao )(?<!nao me )(?<!ne )(?<!n')(?<!pas )(?<!the )(?<!your )"
)
"""Who asks for the opposite, or speaks of the end of something."""
DEVANAGARI_ENDS = r"(?![\u0900-\u0963\u0966-\u097f])"
"""The end of a word: its vowel signs are no letters to a regular expression."""

# --- English
_SUCH_TEXTS = rf"{SUCH}{TEXTS}"
_NUMBER = r"(?:my|this) (?:phone |cell |mobile )?number"
_MINE = rf"(?:{_SUCH_TEXTS}|{_NUMBER}|(?:my |this |the )?{SUBSCRIPTION})"
_STOPPED = r"(?:stopped|cancell?ed|ended|blocked|disabled|deactivated|terminated|unsubscribed)"
ENDED = rf"(?:{_STOPPED}|removed|deleted|paused|(?:turned |switched |taken )?off)"
_END = (
    r"(?:cancel(?:l?ed|l?ing)?|stopp(?:ed|ing)|end(?:ed|ing)?|block(?:ed|ing)?|(?:turn|switch)(?:ed|ing)? off"
    r"|(?:disabl|deactivat|terminat|remov|delet|paus|unsubscrib)(?:e|ed|ing))"
)
_NOT_DONE = (
    r"(?:not|never|don't|dont|didn't|didnt|haven't|havent|hasn't|won't|wont|aren't|arent|can't|cant|couldn't)"
)
_CALL = r"(?:call|phone|ring|e-?mail|mail|write|contact)(?:ing)?(?: me| us| this number)?"
_AGREED = r"(?:consent(?:ed)?|agreed?|subscribed?|authori[sz]ed?)"
_ASKED = rf"(?:{_AGREED}|ask(?:ed)?|sign(?:ed)?|request(?:ed)?|order(?:ed)?|opt(?:ed)?|want(?:ed)?)"
NOUN_EN = r"(?:cancell?ation|termination|removal|deletion|deactivation|suspension|cessation)"
ENGLISH: tuple[str, ...] = (
    r"unsubscribed",
    rf"(?:want|need|like|get|have|having|prefer|see) {_MINE} (?:to be |be )?{ENDED}",
    rf"(?:{_SUCH_TEXTS}|{_NUMBER}) (?:to be )?{ENDED},? (?:please|pls|plz|now|immediately|asap)",
    rf"(?:i|we|i've|we've)(?: have| had)?(?: already| just| now| also)? {_STOPPED} {_MINE}",
    r"(?:you|they|u)(?:'ve)? (?:(?:have|had|has|did|do|are|will|still|just|really|ever|again) ){0,2}"
    rf"{_NOT_DONE}(?: yet| even| ever| just| still)? {_END}(?: me| us| yet| texting| messaging| {_MINE}|$)",
    rf"(?!not|never){_NOT_DONE} (?:you|they|u|i|we) (?:\w+ )?{_END} (?:me|us|texting|messaging|{_MINE})",
    rf"(?:did|have|has|had|are|will|when do) (?:you|they|u) (?:\w+ )?{_END} {_SUCH_TEXTS}",
    rf"(?<!the )(?<!your ){NOUN_EN} of (?:\w+ ){{0,3}}?(?:{TEXTS}|{SUBSCRIPTION}|number)",
    r"(?:request|want|demand|need|require|confirm|ask for|asking for)(?: for)? (?:the |a |an )?(?:\w+ )?"
    rf"{NOUN_EN} of (?:\w+ ){{0,3}}?(?:{TEXTS}|{SUBSCRIPTION}|number)",
    rf"(?:{TEXTS}|{SUBSCRIPTION}) (?:cancell?ation|termination|removal|deactivation)",
    rf"{UNSAID}(?:pause|suspend|discontinue|halt|mute|silence|terminate|get rid of|put an end to) "
    rf"{_SUCH_TEXTS}",
    rf"{UNSAID}(?:turn|switch) (?:off {_SUCH_TEXTS}|{_SUCH_TEXTS} off)",
    rf"(?<!you )(?<!they ){_NOT_DONE} (?:ever |please |pls |bother to )?"
    rf"(?:{_CALL}(?:, ?|/| or | nor | and | & )){{1,3}}(?:to )?"
    r"(?:text|txt|sms|message|msg)(?:ing)?"
    r"(?:(?= or | nor )|(?<!, text)(?<!, message)(?<!, sms)(?<!, txt))"
    r"(?! (?:me |us )?(?:instead|only|rather))",
    rf"neither {_CALL} nor (?:text|sms|message)",
    rf"(?:don't|dont|do not|no longer) (?:want|need) (?:(?:to|get|receive|any|more|your|these) ){{0,3}}"
    rf"(?:phone )?(?:calls?|e?-?mails?)(?:, ?| or | and | nor ){TEXTS}",
    r"(?:told|asked) (?:you |them )?not to (?:text|txt|sms|message|contact|send)",
    rf"{TEXTS} (?:are|were|is)(?: still)? not (?:yet )?{_STOPPED}",
    rf"{TEXTS} (?:\w+ ){{0,3}}after (?:i|we) (?:have )?(?:cancell?ed|opted out)",
    rf"not interested in {_SUCH_TEXTS}",
    r"(?:be|get) taken off(?:$| (?:your|this|the) (?:\w+ )?list)",
    r"(?<!got )(?<!get )(?<!received )(?<!had )(?<!have )(?<!were )(?<!been )no (?:more )?"
    rf"(?:phone )?(?:calls?|e?-?mails?)(?:, ?| or | and | nor | & )(?:no )?{TEXTS}",
    rf"{TEXTS} (?:still )?(?:haven't|have not|never|won't|don't) (?:yet )?(?:stopped|ended|end)",
    r"(?<!you )(?<!they )(?:don't|dont|do not|never) (?:please )?(?:text|sms|message)(?:, ?| or | nor | and )"
    r"(?:call|phone|ring|e-?mail|mail|write|contact)",
    rf"(?:(?:didn't|didnt|did not|never|haven't|have not)(?: even| ever)? {_ASKED}"
    rf"|(?:don't|dont|do not|no longer) {_AGREED})"
    rf"(?: (?:me|up|for|to|in|on|get|receive|be sent|getting|receiving)){{0,4}} {_SUCH_TEXTS}(?! to)",
)

# --- German
_TEXTS_DE = (
    r"(?:sms|(?:text|kurz)?nachrichten?|benachrichtigung(?:en)?|texte|meldungen|werbung|newsletter"
    r"|abos?|abonnements?)"
)
_SUCH_DE = (
    r"(?:(?:die|diese|eure|ihre|alle|weitere|den|das|mein|der|jegliche|sofort|bitte|endlich|jetzt|mir) ){0,3}"
)
ENDED_DE = (
    r"(?:abbestellt|abgemeldet|ausgetragen|beendet|gestoppt|abgeschaltet|ausgeschaltet|abgestellt|eingestellt"
    r"|gekue?ndigt|storniert|deaktiviert|gesperrt|blockiert)"
)
_GONE_DE = rf"(?:{ENDED_DE}|gelo(?:e)?scht|entfernt|gestrichen)"
_END_DE = (
    r"(?:(?:abbestell|abmeld|beend|stopp|abschalt|ausschalt|abstell|einstell|kue?ndig|stornier|deaktivier"
    r"|sperr|blockier|unterlass)en)"
)
NOUN_DE = (
    r"(?:kue?ndigung|abbestellung|beendigung|abmeldung|abschaltung|einstellung|deaktivierung|lo(?:e)?schung"
    r"|stornierung|unterlassung|stopp)"
)
WANTED_DE = r"(?:bestellt|gewollt|abonniert|gewunscht|angefordert|verlangt|gebeten|erlaubt|beauftragt)"
GERMAN: tuple[str, ...] = (
    rf"{_TEXTS_DE} (?:(?!nicht |nie |wurden? |werden )\w+ ){{0,3}}{ENDED_DE}",
    rf"nummer (?:(?!nicht |nie |wurde )\w+ ){{0,3}}{_GONE_DE}",
    rf"(?:{_TEXTS_DE}|nummer|mich|uns) (?:\w+ ){{0,4}}?(?:nicht|nie) {_GONE_DE}",
    r"(?:bin|wurde) (?:\w+ ){0,4}?(?:nicht|nie) (?:abgemeldet|ausgetragen)",
    rf"(?:sms|nachrichten)[- ]?(?:dienst|service|versand) (?:(?!nicht )\w+ ){{0,2}}{_END_DE}",
    rf"hor(?:t|en sie)? (?:\w+ ){{0,2}}?mit (?:\w+ ){{0,2}}?{_TEXTS_DE} (?:\w+ )?auf",
    rf"(?:will|mochte|brauche|wollen|brauchen) (?:\w+ ){{0,2}}{_TEXTS_DE} (?:\w+ )?nicht mehr",
    rf"{_TEXTS_DE} horen (?:\w+ ){{0,2}}?nicht auf",
    r"(?:habe? mich|bin|bin ich|ich will|mochte|wollte|war)(?: ich)? (?:(?!nicht |nie )\w+ ){0,3}?"
    r"(?:abgemeldet|ausgetragen|abbestellt)",
    r"^(?:(?:ok|ja|habe?|bin|schon|langst|bereits) )*(?:abbestellt|abgemeldet|ausgetragen)",
    r"(?:stell|stopp|beende|bestell|kue?ndig|schalte|deaktivier)(?:t ihr|st du) "
    rf"(?:\w+ ){{0,3}}?{_TEXTS_DE}",
    r"(?:warum|wieso|weshalb) (?:stopp|stell|beend|bestell|schalt|kue?ndig|deaktivier)en sie "
    rf"(?:\w+ ){{0,3}}?{_TEXTS_DE} (?:\w+ ){{0,2}}?nicht",
    rf"wann (?:stopp|stell|beend|bestell|schalt|kue?ndig|deaktivier)en sie (?:\w+ ){{0,3}}?{_TEXTS_DE}",
    r"(?:konnt|konnen|konnten|kann|kannst|wollt|wollen|wurdet|wurden|wann werden) (?:ihr|sie|du|man|wir) "
    rf"(?:\w+ ){{0,4}}?{_TEXTS_DE} (?:\w+ ){{0,3}}?{_END_DE}",
    rf"{UNSAID}(?:stopp|beend|deaktivier|unterlass|sperr|blockier)(?:e|t|et|en|en sie)? {_SUCH_DE}{_TEXTS_DE}"
    r"(?! (?:\w+ )?nicht)",
    rf"(?:bestell|stell|schalt)(?:e|t|et|en|en sie)? {_SUCH_DE}{_TEXTS_DE} (?:(?!nicht )\w+ )?(?:ab|ein|aus)",
    rf"{_TEXTS_DE} (?:(?!nicht )\w+ ){{0,2}}(?:{_END_DE}|aus$)",
    rf"{NOUN_DE} (?:(?:von|vom|der|des|aller|meiner|meines|fur|fuer|dieser|eurer|ihrer|weiterer) ){{0,2}}"
    rf"(?:{_TEXTS_DE}|(?:handy|telefon)?nummer)",
    r"(?:abo|abonnement|sms)[- ]?(?:kue?ndigung|abmeldung|abbestellung|stopp)|^abbestellung",
    rf"keine? (?:\w+ )?{_TEXTS_DE} (?:\w+ ){{0,2}}?{WANTED_DE}",
    rf"(?:nie|niemals|nicht) (?:\w+ )?um (?:\w+ )?{_TEXTS_DE} gebeten",
    rf"(?:wollte|brauche|brauchen) (?:\w+ ){{0,3}}keine? {_TEXTS_DE}",
    rf"weder anrufen noch (?:{_TEXTS_DE}|schreiben|simsen|texten)",
    rf"nicht anrufen oder (?:{_TEXTS_DE}|schreiben|simsen|texten)",
    r"(?:schick|send)(?:t|e|et|en sie)? (?:mir |uns )?(?:bitte )?nichts mehr",
)

# --- Spanish
_TEXTS_ES = r"(?:mensajes?|sms|textos?|notificaciones|avisos|alertas|publicidad)"
_SUBSCRIBED_ES = rf"(?:{_TEXTS_ES}|{SUBSCRIPTION})"
_SUCH_ES = (
    r"(?:(?:los|las|estos|estas|esos|esas|sus|tus|mis|todos|todas|ya|con|de|por favor|la|mi|el|otros|mas) )"
    r"{0,3}"
)
_ENDED_ES = r"(?:(?:cancel|anul|desactiv|quit|elimin|par|bloque|ces)ad|(?:suspend|deten)id)[oa]s?"
_END_ES = (
    r"(?:(?:cancel|anul|desactiv|quit|elimin|bloque)(?:a|e|en|ar|ad)|(?:par|ces)(?:e|en|ar|ad)"
    r"|suspend(?:e|a|an|er|ed)|deten(?:ga|gan|er|ed)?)(?:me|nos|se)?"
)
_ENDING_ES = r"(?:(?:cancel|anul|desactiv|quit|elimin|bloque|par|ces)a[ns]|(?:suspend|detien)e[ns])"
_DID_END_ES = (
    rf"(?:(?:cancel|anul|desactiv|quit|elimin|bloque|par|ces)aron|suspendieron|detuvieron|han? {_ENDED_ES})"
)
NOUN_ES = (
    r"(?:cancelacion|anulacion|baja|desactivacion|suspension|cese|eliminacion|detencion|interrupcion|fin)"
)
SPANISH: tuple[str, ...] = (
    rf"{UNSAID}{_END_ES} {_SUCH_ES}{_TEXTS_ES}",
    rf"(?<!no )(?<!por que )(?<!por que me )(?<!por que nos ){_ENDING_ES} {_SUCH_ES}{_TEXTS_ES}",
    rf"(?:no|nunca) (?:me |nos )?(?:{_ENDING_ES}|{_DID_END_ES}) {_SUCH_ES}{_SUBSCRIBED_ES}",
    rf"ya {_DID_END_ES} {_SUCH_ES}{_TEXTS_ES}",
    rf"(?:quiero|deseo|quisiera|necesito) {_SUCH_ES}{_SUBSCRIBED_ES} {_ENDED_ES}",
    rf"(?<!no )(?:he|hemos) (?:ya )?{_ENDED_ES} {_SUCH_ES}{_SUBSCRIBED_ES}",
    rf"{_TEXTS_ES} {_ENDED_ES},? (?:por favor|porfa|gracias|ya)",
    rf"{_TEXTS_ES} (?:aun |todavia )?no (?:se )?(?:han? {_ENDED_ES}|{_ENDING_ES})",
    r"no (?:dejan|dejas|paran|paras|cesan) de (?:mandar|enviar|escribir|molestar)",
    rf"(?:basta|ya) con {_SUCH_ES}{_TEXTS_ES}|no necesito {_SUCH_ES}{_TEXTS_ES}",
    rf"{NOUN_ES} (?:(?:de|del|a) )?{_SUCH_ES}{_SUBSCRIBED_ES}",
    r"(?:solicit(?:o|amos|ar)|pido|pedir|tramit(?:ar|en|e)|quiero|deseo|denme|deme|dame) (?:la |mi |una )?"
    r"baja(?! (?:de|del|en) (?:el )?precio)",
    r"desuscri\w+",
    rf"no quiero {_SUCH_ES}{_TEXTS_ES}",
    rf"dejar de (?:mandar|enviar)(?:me|nos)? {_SUCH_ES}{_TEXTS_ES}",
    r"dejar de (?:escribir|molestar|contactar)(?:me|nos)?",
    r"ya no mas(?=\W*$|[,.;!]|,? (?:por favor|porfa|gracias))",
    r"(?:no|nunca|jamas) (?:(?:he|les|os|yo|hemos) )?"
    r"(?:pedi|pedido|solicite|solicitado|autorice|autorizado|acepte|aceptado"
    r"|me (?:suscribi|inscribi|registre))"
    rf"(?: a| para)?(?: recibir)? {_SUCH_ES}{_TEXTS_ES}",
    r"no (?:me |nos )?llam(?:e|en|es) ni (?:me |nos )?(?:escrib|mand|envi|text)\w+",
    rf"(?:ni|no quiero|no mas|sin) llamadas (?:ni|o|y) {_TEXTS_ES}",
)

# --- French
_TEXTS_FR = r"(?:sms|textos?|messages?|notifications?|alertes?|publicites?|pubs?)"
_SUBSCRIBED_FR = rf"(?:{_TEXTS_FR}|{SUBSCRIPTION})"
_SUCH_FR = (
    r"(?:(?:les|des|de|ces|vos|tous|toutes|mon|mes|cet|cette|votre|la|le|tout|immediatement|aux|a) |[ld]')"
    r"{0,4}"
)
_STOP_FR = r"(?:annul|desactiv|stopp|arret|resili|bloqu)"
_STEM_FR = rf"(?:{_STOP_FR}|supprim|coup|cess)"
_END_FR = rf"(?:{_STEM_FR}(?:e|er|ez)|(?:suspend|interromp)(?:s|re|ez))"
_ENDED_FR = rf"(?:{_STEM_FR}e|(?:suspend|interromp)u)e?s?"
_LEFT_FR = r"(?:desabonnee?s?|desinscrit(?:e?s?))"
NOUN_FR = r"(?:resiliation|annulation|desactivation|suppression|arret|suspension|interruption|cessation)"
FRENCH: tuple[str, ...] = (
    rf"{UNSAID}(?<!vous )(?<!j'ai ){_END_FR}(?:[- ]moi)? {_SUCH_FR}{_SUBSCRIBED_FR}",
    rf"vous n(?:e |'){_END_FR} (?:toujours |encore )?(?:pas|jamais|plus) "
    rf"(?:{_SUCH_FR}{_SUBSCRIBED_FR}|de (?:m'|me |nous ))",
    rf"n(?:e |')?{_END_FR}[- ]vous (?:\w+ )?pas {_SUCH_FR}{_SUBSCRIBED_FR}",
    rf"vous n'avez (?:toujours |encore )?(?:pas|jamais)(?: encore| toujours)? "
    rf"{_ENDED_FR} {_SUCH_FR}(?:{_SUBSCRIBED_FR}|numero)",
    rf"(?:m'|nous )(?:avez|a|ont) (?:\w+ )?(?:pas|jamais)(?: encore)? {_LEFT_FR}",
    rf"ne suis(?:[- ]je)? (?:\w+ )?pas (?:encore )?{_LEFT_FR}",
    rf"{_TEXTS_FR} (?:n'arretent|ne cessent) pas|{_TEXTS_FR} doivent (?:cesser|s'arreter|etre {_ENDED_FR})",
    rf"(?:pas|plus) besoin (?:de |d'|des )(?:vos |ces )?{_TEXTS_FR}",
    rf"{_END_FR}[- ]vous {_SUCH_FR}{_TEXTS_FR}",
    rf"j'ai (?:(?:deja|bien|pourtant) )*{_STOP_FR}ee?s? {_SUCH_FR}{_SUBSCRIBED_FR}",
    rf"(?:suis|etre|deja|sois)(?: (?:deja|bien|pourtant))? {_LEFT_FR}|^{_LEFT_FR}$",
    rf"(?:veux|voudrais|souhaite|aimerais|demande) (?:que )?{_SUCH_FR}{_SUBSCRIBED_FR} "
    rf"(?:soient |soit )?{_ENDED_FR}",
    rf"{_TEXTS_FR} {_ENDED_FR},? (?:svp|stp|merci|s'il)",
    rf"{NOUN_FR} {_SUCH_FR}(?:{_SUBSCRIBED_FR}|numero)",
    rf"(?<!la )fin (?:de |des |d'|a |aux )(?:vos |ces )?{_TEXTS_FR}",
    rf"(?:jamais|pas) (?:demande|souhaite|voulu|autorise|accepte|commande|sollicite) {_SUCH_FR}{_TEXTS_FR}",
    rf"(?:jamais|pas) (?:inscrite?|abonnee?) {_SUCH_FR}{_TEXTS_FR}",
    rf"(?:ni|pas) (?:d'|de |vos )?appels? ni (?:de |d'|vos )?{_TEXTS_FR}",
)

# --- Portuguese
_TEXTS_PT = r"(?:mensage(?:m|ns)|sms|textos?|notificacoes|avisos|alertas|publicidade)"
_SUBSCRIBED_PT = rf"(?:{_TEXTS_PT}|{SUBSCRIPTION})"
_SUCH_PT = (
    r"(?:(?:as|os|essas|esses|estas|estes|suas|seus|minhas|todas|todos|a|o|minha|ja|com|de|dos|das|da|do|agora|meu"
    r"|por favor) ){0,3}"
)
_ENDED_PT = (
    r"(?:(?:cancel|desativ|encerr|elimin|par|bloque|remov)[ai]d|(?:suspens|interrompid|suspendid))[oa]s?"
)
_END_PT = (
    r"(?:(?:cancel|desativ|encerr|elimin|tir|retir)(?:a|e|em|ar)|bloque(?:ia|ie|iem|ar)|par(?:e|em|ar)"
    r"|(?:suspend|interromp)(?:a|am|er))(?:-?(?:me|nos))?"
)
_ENDING_PT = r"(?:(?:cancel|desativ|encerr|elimin|tir|par)am|bloqueiam|(?:suspend|interromp)em)"
_DID_END_PT = r"(?:(?:cancel|desativ|encerr|elimin|tir|par|bloque)aram|(?:suspend|interromp)eram)"
NOUN_PT = (
    r"(?:cancelamento|encerramento|desativacao|suspensao|interrupcao|remocao|eliminacao|exclusao"
    r"|descadastramento|descadastro|fim)"
)
PORTUGUESE: tuple[str, ...] = (
    rf"{UNSAID}{_END_PT} {_SUCH_PT}{_TEXTS_PT}",
    r"(?<!nao )(?<!nao me )(?:(?:cancel|desativ|encerr|par|bloque)ei|(?:suspend|interromp)i) "
    rf"{_SUCH_PT}{_SUBSCRIBED_PT}",
    rf"(?<!nao )(?<!por que )(?<!por que me ){_ENDING_PT} {_SUCH_PT}{_TEXTS_PT}",
    rf"nao (?:me |nos )?(?:{_ENDING_PT}|{_DID_END_PT}) {_SUCH_PT}"
    rf"(?:{_SUBSCRIBED_PT}|(?:me )?(?:mandar|enviar))",
    rf"{_TEXTS_PT} (?:ainda )?nao (?:{_ENDING_PT}|{_DID_END_PT})|nao preciso {_SUCH_PT}{_TEXTS_PT}",
    rf"ja {_DID_END_PT} {_SUCH_PT}{_TEXTS_PT}",
    rf"(?:quero|gostaria|desejo|preciso) (?:de |que )?{_SUCH_PT}{_SUBSCRIBED_PT} (?:sejam? )?{_ENDED_PT}",
    rf"(?:(?<!o )|(?:peco|pedi|solicit\w+|quero|desejo) o ){NOUN_PT} {_SUCH_PT}"
    rf"(?:{_SUBSCRIBED_PT}|numero|telefone|celular)",
    r"descadastr\w+|desinscrit[oa]",
    r"nao (?:me )?(?:envi|mand)(?:a|am|e|em|ar) mais,? (?:por favor|pfv?|obrigad[oa])",
    r"nao (?:me )?(?:envi|mand)(?:e|em|ar) (?:mais )?nada(?! (?:antes|ate|para|na|no))",
    rf"nao (?:me )?(?:envi|mand)(?:e|em|ar) {_SUCH_PT}{_TEXTS_PT}(?! errad)",
    rf"(?:nao|nunca|jamais) (?:pedi|solicitei|autorizei|aceitei|assinei|me (?:inscrevi|cadastrei))"
    rf"(?: para| em)?(?: receber)? {_SUCH_PT}{_TEXTS_PT}",
    r"nao (?:me )?lig(?:ue|uem|ar) (?:nem|ou|e nao) (?:me )?(?:mand|envi|escrev)\w+",
    rf"(?:nem|sem|nao quero) ligacoes (?:nem|ou|e) {_TEXTS_PT}",
    # "Stop the texts" of two languages; elsewhere the word says what something is for.
    r"(?:^|[.!?;:,] ?|por favor,? )para (?:ya |ja )?(?:con |com )?"
    r"(?:los|las|estos|estas|esos|esas|as|os|essas|esses|estes|tus|sus|suas|seus) "
    rf"(?:{_TEXTS_ES}|{_TEXTS_PT})"
    r"(?! (?:yo |eu )?(?:us|pref|ten|mejor|melhor|pued|pod|est|ess|mi |meu )\w*)",
)

# --- Hindi, in its own letters and in Latin ones
_TEXTS_HI = (
    r"(?:नोटिफिकेशन|टेक्स्ट|मेसेज|मैसेज|एसएमएस|एस एम एस|संदेश|सन्देश|सूचनाएं|अलर्ट|sms|msgs?|messages?"
    r"|सब्सक्रिप्शन|सदस्यता)"
)
OVER_HI = r"(?:बंद|बन्द|रद्द|समाप्त|खत्म)"
_BETWEEN_HI = r"(?:(?!कॉल|फोन)[^\s,।]+ ){0,2}?"
_TEXTS_LATIN = r"(?:sms|msgs?|messages?|texts?|sandesh|notifications?|subscription)"
HINDI: tuple[str, ...] = (
    rf"{_TEXTS_HI} {_BETWEEN_HI}{OVER_HI}{DEVANAGARI_ENDS}(?! नहीं (?:करना|करनी|करने|चाह))",
    rf"{_TEXTS_HI} {_BETWEEN_HI}(?:न|ना|मत){DEVANAGARI_ENDS} (?:भेज|कर|कीज|दो|दे|दीज|लिख)",
    rf"{_TEXTS_HI} {_BETWEEN_HI}नहीं (?:चाह|मांग|मंगव|भेजें)",
    rf"{_TEXTS_LATIN} (?:(?!call |phone )\w+ ){{0,2}}?(?:band|bnd)(?! nahi (?:karna|karni|chah))",
    rf"{_TEXTS_LATIN} (?:\w+ ){{0,2}}?(?:nahi|nahin|nhi|nai) (?:mang|mang[ae]|mangwa)\w*",
)

OPT_OUT_FORMS: tuple[str, ...] = (*ENGLISH, *GERMAN, *SPANISH, *FRENCH, *PORTUGUESE, *HINDI)
