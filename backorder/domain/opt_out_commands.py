"""Commands to end the texts, as regular expressions by language: leave me alone, enough, write no more.

In every form of address: du, ihr, Sie; tú, vos, usted, vosotros, ustedes; tu, vous; तू, तुम, आप; você, vocês.
All folded, as the single words are. What is only said of goods, drivers or waiting ends with its own noun, so
that a wish ends with the text, a mark, or a word of courtesy.
"""

from __future__ import annotations

from collections.abc import Mapping

from backorder.domain.opt_out_forms import DEVANAGARI_ENDS, TEXTS

_ENDS = (
    r"(?=\W*$|[,.;:!?]| (?:please|pls|plz|thanks|thank|ever|again|now|anymore|any more|bitte|danke|jetzt"
    r"|sofort|por favor"
    r"|porfa|gracias|ya|nunca|svp|stp|s'il|merci|maintenant|obrigad[oa]|agora|pfv?|yaa?r|bhai|कृपया|प्लीज|अब"
    r"|भाई)(?!\w))"
)
"""Nothing follows that it would be about."""
_STARTS = (
    r"(?:^|(?<=[,.;:!?] )|(?<=[,.;:!?])|(?<=bitte )|(?<=please )|(?<=pls )|(?<=und )|(?<=and )|(?<=also )"
    r"|(?<=et )|(?<=svp ))"
)
"""Where a command begins: what stands before it would be its subject."""

# --- English
_TEXTS_EN = rf"(?:{TEXTS}|txts|msgs|texting|messaging|alerts?|notifications?)"
_ALL_EN = r"(?:(?:more|further|such|of|the|these|those|this|your|all|text|sms|so many|promo|marketing) ){0,4}"
_FROM_EN = (
    r"(?:(?: any ?more| ever| again| from you| to me| to this number| at all| please| pls| plz| thanks| bhai"
    r"| yaar)*)"
)
_WRITING_EN = (
    r"(?:text|txt|messag|msg|sms|send|writ|email|contact|bother|bug+|annoy|spam+|harass|pester|disturb|hassl"
    r"|ping)ing"
)

# --- German
_TEXTS_DE = (
    r"(?:sms|(?:text|kurz)?nachricht(?:en)?|benachrichtigung(?:en)?|texte|mitteilung(?:en)?|meldungen"
    r"|werbung|newsletter|spam)"
)
_ALL_DE = (
    r"(?:(?:von|mit|den|diesen|dieser|der|euren|eurer|ihren|ihrer|deinen|deiner|all|allen|vielen|standigen) "
    r"){0,4}"
)
_WRITE_DE = r"(?:schreib|text|sims|kontaktier|nerv|stor|belastig|spamm|anschreib|benachrichtig|whatsapp)"
_SEND_DE = r"(?:schick|send|verschick|zuschick)"
_WRITING_DE = (
    r"(?:(?:an)?schreiben|texten|simsen|kontaktieren|nerven|storen|belastigen|spammen|benachrichtigen|melden)"
)
_ME_DE = r"(?:(?:mir|mich|uns|dich|euch|sich|bitte|jetzt|hier|bei|an|diese|dieser|nummer|endlich) ){0,4}"
_NO_MORE_DE = r"(?:nicht mehr|nie wieder|nie mehr|niemals wieder|nicht weiter|nicht)"

# --- Spanish
_TEXTS_ES = r"(?:mensajes?|mensajitos|msjs?|sms|textos?|notificaciones|avisos|alertas|publicidad|spam)"
_ALL_ES = (
    r"(?:(?:de|con|los|las|sus|tus|estos|esos|estas|esas|tantos|tantas|todos|mas|mandar|enviar|recibir) "
    r"){0,4}"
)
_WRITE_ES = (
    r"(?:escrib|contact|molest|mensaje|texte|llam|fastidi|jod|incomod|acos|insist|spame|hostig|importun)"
)
_SEND_ES = r"(?:envi|mand)"
_BUT_ES = r"(?:e|es|en|eis)"
_QUIT_ES = (
    r"(?:dej(?:a|e|es|en|ad|ar|ando)|para|pares?|paren|parad|parar|ces(?:a|e|en|ad|ar)|evit(?:a|e|en|ad)"
    r"|abste(?:nte|ngase|nganse|neos)|se abstengan?)"
)

# --- French
_TEXTS_FR = r"(?:sms|textos?|messages?|msgs?|notifications?|notifs?|alertes?|publicites?|pubs?|spams?)"
_ALL_FR = r"(?:(?:de|des|les|vos|tes|ces|tous|tant|recevoir|aux|un seul|aucun) |d')*"
_WRITE_FR = (
    r"(?:ecri(?:s|re|vez|ve|viez)|contact(?:e|es|er|ez)|derang(?:e|es|er|ez)|harcel(?:e|er|ez)|importun(?:e"
    r"|er|ez)"
    r"|text(?:e|er|ez)|relanc(?:e|er|ez)|embet(?:e|er|ez)|sollicit(?:e|er|ez)|spamm?(?:e|er|ez)|saoul(?:e|er"
    r"|ez))"
)
_SEND_FR = r"(?:envo(?:ie|ies|yer|yez))"
_ME_FR = r"(?:m'|me |nous |t'|vous )?"
_NOT_IT_FR = (
    r"(?<!ca )(?<!cela )(?<!retard )(?<!attendre )(?<!attente )(?<!qui )(?<!vous )(?<!tu )(?<!il )(?<!elle )"
)
"""Who says that something does not trouble them, or that nobody writes."""
_QUIT_FR = r"(?:(?:cess|arret|stopp?|evit)(?:e|es|ez|er|ons)|priere)"

# --- Hindi
_TEXTS_HI = r"(?:नोटिफिकेशन|टेक्स्ट|मेसेज|मैसेज|एसएमएस|एस एम एस|संदेश|सन्देश|अलर्ट|sms|msgs?|messages?|texts?)"
_NOT_HI = rf"(?:मत|न|ना){DEVANAGARI_ENDS}"
_DO_HI = r"(?:कर|कीज)\S*"
_LATIN_TEXTS = r"(?:sms|msgs?|messages?|texts?|sandesh|notifications?)"
_LATIN_NOT = r"(?:mat|mt|na|naa)"
_LATIN_DO = r"(?:kar|kr|kij|kiji)\w*"
_LEAVE_LATIN = r"(?:chh?od|chor|chhor)\w*"

# --- Portuguese
_TEXTS_PT = r"(?:mensage(?:m|ns)|msgs?|sms|textos?|torpedos?|notificacoes|avisos|alertas|publicidade|spam)"
_ALL_PT = (
    r"(?:(?:de|das|dos|dessas|desses|destas|destes|com|as|os|suas|seus|tantas|tantos|receber|mais) ){0,4}"
)
_WRITE_PT = r"(?:escrev|contat|contact|perturb|incomod|atrapalh|importun|enche|chate|chame|amol|assedi)"
_SEND_PT = r"(?:envi|mand)"
_QUIT_PT = r"(?:par(?:a|e|em|es|ar|ai)|deix(?:a|e|em|es|ar)|cess(?:a|e|em|ar)|evit(?:a|e|em))"

LEFT_ALONE: Mapping[str, tuple[str, ...]] = {
    "en": (
        r"leave (?:me|us|my phone|this number)(?: the \w+| \w+)? (?:be|alone|in peace)(?! (?:at|with|by"
        r"|in|on) the)",
        rf"{_STARTS}(?:go away|bug off|get off my phone|knock it off|give it a rest){_ENDS}",
        rf"let (?:me|us) (?:be|alone){_ENDS}|lay off me",
        rf"{_STARTS}(?:do not|don't|dont|never|pls don't) (?:ever )?(?:disturb|bother|bug|annoy|harass"
        rf"|pester|spam) "
        r"(?:me|us|this number)",
        rf"{_STARTS}(?:do not|don't|dont) bother (?:me |us )?(?:with )?(?:{_WRITING_EN}|{_TEXTS_EN})",
        r"(?:this is|it's|that's|pure) (?:\w+ )?(?:harassment|spam|spamming)$|^spam$",
    ),
    "de": (
        r"lass(?:t|en sie)? (?:mich|uns) (?:(?!nicht )\w+ ){0,3}?(?:in (?:ruhe|frieden)|zufrieden)",
        rf"(?:ich will|wir wollen|mochte) (?:bitte |endlich )?(?:nur )?(?:meine|unsere) ruhe{_ENDS}",
        r"(?:gib|gebt|geben sie) (?:\w+ )?ruhe|^ruhe(?: bitte| jetzt)?$",
        rf"{_STARTS}(?:stor|stort|storen sie|store|belastige|belastigt|belastigen sie|nerv|nerve|nervt"
        rf"|nerven sie) "
        rf"{_ME_DE}{_NO_MORE_DE}",
        rf"^(?:bitte )?nicht (?:mehr |weiter )?(?:storen|nerven|belastigen){_ENDS}",
        r"^(?:hau(?:t|en sie)? ab|verschwinde[tn]?(?: sie)?|verpiss(?:t)? (?:dich|euch)|zieht? leine)",
        rf"{_STARTS}lass(?:t|en sie)? (?:das|es)(?: jetzt| endlich| bitte)?(?: (?:sein|bleiben))?{_ENDS}",
        r"(?:das|dies) ist (?:\w+ )?(?:belastigung|spam)|^(?:spam|belastigung)$",
    ),
    "es": (
        r"dej(?:a|e|en|ad|ar|as|an)(?:me|nos)? (?:ya |por favor )?(?:en paz|tranquil[oa]s?)"
        r"|(?:me|nos) (?:dej(?:a|e|en|es|as|an|ais|eis)) (?:ya )?(?:en paz|tranquil[oa]s?)",
        rf"no (?:me|nos) (?:(?:molest|fastidi|incomod|acos|hostig|importun){_BUT_ES}|jod(?:as|an|a|ais))",
        rf"^no (?:molest|fastidi){_BUT_ES}(?: mas| ya)?{_ENDS}|^no jod(?:as|an|a){_ENDS}",
        r"^(?:larg(?:ate|uese|uense|aos)|vayase|vayanse|pierdete|pierdanse)",
        r"(?:esto|eso) (?:ya )?es (?:\w+ )?(?:acoso|hostigamiento|spam)|^spam$",
    ),
    "fr": (
        r"laiss(?:e|es|ez|er)[- ](?:moi|nous) (?:\w+ )?(?:tranquilles?|en paix)",
        r"(?:fich(?:e|ez|es)|fou(?:s|t|tez))[- ](?:moi|nous) la paix|^la paix$",
        r"^(?:lache(?:z|s)?[- ](?:moi|nous)|degage(?:z)?|foutez le camp|fichez le camp)",
        rf"{_NOT_IT_FR}ne (?:me|nous) "
        rf"(?:derang|importun|harcel|embet|spam)(?:e|es|ez) (?:plus|pas)(?: jamais)?{_ENDS}",
        rf"^(?:merci de )?ne (?:pas|plus) (?:me |nous )?(?:deranger|importuner){_ENDS}",
        r"vous (?:me|nous) (?:derangez|harcelez|importunez|saoulez)",
        r"c'est (?:du |de la |de )?(?:\w+ )?(?:harcelement|spam)|^(?:spam|harcelement)$",
    ),
    "hi": (
        r"(?:अकेला|अकेले|अकेली) (?:ही )?(?:छोड|रहने)|(?:पीछा|जान|पिंड) (?:\S+ )?छोड",
        rf"(?:परेशान|तंग|डिस्टर्ब|दुखी|हैरान) (?:{_NOT_HI} {_DO_HI}|करना (?:बंद|बन्द|छोड))",
        rf"(?:चैन|शांति|सुकून) से (?:रहने|जीने) (?:दो|दें|दे|दीजिए)|दिमाग {_NOT_HI} खा\S*",
        rf"(?:akela|akele|akeli) (?:hi )?{_LEAVE_LATIN}|(?:p(?:ee|i)chh?a|jaan|jan|pind) {_LEAVE_LATIN}",
        rf"(?:par?esh?an|preshan|pareshaan|tang|disturb|dukhi|hairan) (?:{_LATIN_NOT} {_LATIN_DO}|karna "
        rf"(?:band|bnd|bandh))",
        rf"(?:chain|shanti|sukoon|sukun) se (?:rehne|rahne|jeene|jine) (?:do|de)\w*|dimaag? {_LATIN_NOT} "
        rf"kh\w+",
    ),
    "pt": (
        r"(?:me|nos) deix(?:a|e|em|es|ar) (?:\w+ )?(?:em paz|sossegad[oa]s?|quiet[oa]s?|tranquil[oa]s?)",
        r"deix(?:a|e|em|es|ar)[- ]?(?:me|nos) (?:em paz|sossegad[oa]s?|quiet[oa]s?|tranquil[oa]s?)",
        r"nao (?:me |nos )(?:perturb|incomod|importun|atrapalh|chatei|amol)(?:e|es|em)(?: mais)?",
        rf"^(?:favor |por favor )?nao (?:perturb|incomod|importun)(?:ar|e|em)(?: mais)?{_ENDS}",
        r"nao ench(?:a|am|e|em)(?: (?:o |meu )?saco)?|^(?:vaza|vazem|some daqui|sumam daqui|sossego)",
        r"(?:isso|isto) (?:ja )?e (?:\w+ )?(?:assedio|spam)|^spam$",
    ),
}
"""Who wants to be left alone."""

ENOUGH: Mapping[str, tuple[str, ...]] = {
    "en": (
        rf"^(?:please |pls |plz )?(?:no|zero) ?(?:more )?{_ALL_EN}{_TEXTS_EN}{_FROM_EN}$",
        rf"^(?:please )?no ?more(?: of (?:this|these|that|it))?{_ENDS}|^nomore$|no (?:more|further) contact"
        rf"|(?:said|want|asked for) no more$|not (?:one"
        rf"|another|a single) "
        rf"(?:more )?{TEXTS}|no (?:further|more) {_TEXTS_EN}{_ENDS}|no spam",
        r"^(?:that's |that is |it's )?enough$|enough is enough",
        rf"(?:enough|sick|tired|fed up|bored|annoyed|had it)(?: with| of| by) {_ALL_EN}{_TEXTS_EN}"
        rf"|^enough {_TEXTS_EN}",
        rf"{_TEXTS_EN} (?:off|stop|end|out)(?: please| pls| plz| now| karo| kar do)?{_ENDS}",
        rf"^off$|^(?:please )?(?:turn|switch) (?:it|this|that|them|these) off{_ENDS}|^(?:please )?mute(?: me"
        rf"| this)?$",
    ),
    "de": (
        rf"^(?:jetzt |mir |nun |so )?(?:es )?reicht(?:'?s| es)?(?: mir)?(?: jetzt| nun| endlich| "
        rf"langsam)?{_ENDS}(?!, (?:wenn|dass|falls|ob|bis))",
        rf"^(?:jetzt |nun )?(?:ist )?(?:aber )?genug(?: jetzt| davon)?{_ENDS}|genug ist genug",
        rf"(?:genug|nase voll|satt|leid|schluss) {_ALL_DE}{_TEXTS_DE}|{_TEXTS_DE} (?:\w+ )?(?:satt"
        rf"|leid){_ENDS}",
        rf"^schluss (?:jetzt|damit){_ENDS}|^(?:bitte )?(?:keine|nicht) mehr{_ENDS}",
        rf"(?:nie wieder|nie mehr) (?:eine |irgendeine )?{_TEXTS_DE}",
        r"nichts mehr (?:zu|an mich )?(?:schicken|senden|schreiben|zuschicken|zusenden)",
        r"kein(?:en|e)? (?:interesse|bock|lust) (?:mehr )?(?:an|auf) (?:\w+ )?(?:sms|nachrichten|werbung"
        r"|texte)",
        r"(?:will|mochte|wollen) (?:\w+ )?(?:nichts mehr von (?:ihnen|euch|dir)|von (?:ihnen|euch|dir) "
        r"(?:\w+ )?nichts mehr)",
        rf"^(?:bitte )?keine? (?:weitere[ns]? )?{_TEXTS_DE}(?: mehr)?{_ENDS}",
        r"kein(?:en|e)? (?:weiteren? )?kontakt(?:aufnahme)?(?: mehr)?" + _ENDS,
        rf"{_TEXTS_DE} (?:off|aus|weg|stop+)(?: bitte)?{_ENDS}",
    ),
    "es": (
        rf"^(?:ya )?(?:es |esta |estuvo )?(?:suficiente|bueno ya|bueno){_ENDS}(?<!^bueno)|^ya estuvo(?: "
        rf"bueno)?{_ENDS}",
        rf"(?:ya esta bien|harto|harta|hartos|cansad[oa]s?|suficiente) {_ALL_ES}{_TEXTS_ES}",
        rf"no quiero (?:\w+ ){{0,2}}{_TEXTS_ES}|(?:apag|silenci)(?:a|ue|uen|e|en|ar) {_ALL_ES}{_TEXTS_ES}",
        rf"^(?:ya )?no (?:quiero )?mas{_ENDS}|no mas {_TEXTS_ES}|^(?:ya )?basta con (?:eso|esto)|no mas "
        rf"contacto",
        rf"(?:ni un|ningun|ni un solo) {_TEXTS_ES} mas|^(?:por favor )?(?:sin|sin mas|nada de|cero|ningun"
        rf"|alto a los|alto a) {_TEXTS_ES}{_ENDS}",
        rf"^{_TEXTS_ES} (?:no|off|fuera){_ENDS}",
        r"(?:nunca|jamas) (?:mas )?me (?:escriban?|manden?|envien?|contacten?|molesten?)",
    ),
    "fr": (
        rf"(?:ca|cela) suffit (?:avec |de )?{_ALL_FR}{_TEXTS_FR}|^(?:ca|cela) suffit(?: maintenant| comme ca"
        rf"| la)?{_ENDS}|^(?:c'est |en voila )?assez{_ENDS}|trop "
        rf"c'est trop",
        rf"^j'en ai (?:assez|marre|ras le bol){_ENDS}|(?:assez|marre|ras[- ]le[- ]bol|halte) "
        rf"{_ALL_FR}{_TEXTS_FR}",
        rf"^plus jamais{_ENDS}|plus jamais (?:de |d'|un |aucun ){_TEXTS_FR}",
        rf"^(?:(?:plus )?aucun|zero|sans|plus un seul|pas de|pas d'|plus de|plus d'|stop aux) ?(?:vos |ces )?"
        rf"(?:{_TEXTS_FR}|contact){_ENDS}",
        rf"^{_TEXTS_FR} (?:non|off|fini)(?: merci)?{_ENDS}",
    ),
    "hi": (
        rf"^(?:अब )?बस(?: (?:अब|भी|कर|करो|करें|करिए|कीजिए|करना))*{_ENDS}",
        rf"^(?:अब |बस )*बहुत (?:हो गया|हुआ|हो चुका){_ENDS}|^(?:अब )?और नहीं{_ENDS}",
        rf"^(?:अब |और |कोई |मुझे |कृपया )*{_TEXTS_HI} (?:नहीं|मत|न){_ENDS}",
        rf"{_TEXTS_HI} (?:की|कि) (?:कोई )?(?:जरूरत|आवश्यकता) नहीं|{_TEXTS_HI} ऑफ",
        rf"^(?:ab )?bas+(?: (?:ab|bhi|kar|karo|kro|kare|karein|kijiye|kariye|yaa?r|bhai))*{_ENDS}",
        rf"^(?:ab |bas )*(?:bahut|bohot|bahot|bhot) (?:ho gaya|hua|ho gya|ho chuka){_ENDS}|^(?:ab )?aur "
        rf"(?:nahi"
        rf"|nahin|nhi){_ENDS}",
        rf"^(?:ab |aur |koi |mujhe |please )*{_LATIN_TEXTS} (?:nahi|nahin|nhi){_ENDS}",
        rf"(?:nahi|nahin|nhi) chahi\w+ (?:koi )?{_LATIN_TEXTS}|{_LATIN_TEXTS} (?:ki|ke) (?:koi )?(?:zarurat"
        rf"|jarurat|zaroorat) "
        r"(?:nahi|nahin|nhi)",
    ),
    "pt": (
        rf"^(?:ja |agora )?(?:chega|basta|deu)(?: disso| disto| ja| agora)?{_ENDS}(?<!^deu)|^(?:ja )?e "
        rf"suficiente{_ENDS}",
        rf"nao quero (?:mais )?{_TEXTS_PT}|deslig(?:a|ue|uem|ar) {_ALL_PT}{_TEXTS_PT}|nao quero (?:mais "
        rf")?saber de voces",
        rf"^(?:nao|nunca) mais{_ENDS}|(?:cansei|fart[oa]|cansad[oa]|chega|cheio|cheia|basta) "
        rf"{_ALL_PT}{_TEXTS_PT}",
        rf"^(?:por favor )?(?:sem|sem mais|nada de|zero|nenhuma?) {_TEXTS_PT}{_ENDS}|(?:nenhuma?|nem mais "
        rf"uma?|nem "
        rf"uma?) {_TEXTS_PT} mais",
        rf"nem mais uma? {_TEXTS_PT}|^{_TEXTS_PT} (?:nao|off|fora){_ENDS}|nao quero (?:mais )?(?:nenhum "
        rf")?contato{_ENDS}",
        r"nunca mais (?:me )?(?:escrev(?:a|am|as)|mand(?:e|em|es)|envi(?:e|em|es)|contat(?:e|em)"
        r"|perturb(?:e|em))",
    ),
}
"""Who has had enough, wants none, or has them off."""

CEASE: Mapping[str, tuple[str, ...]] = {
    "en": (
        rf"(?:quit|cease|discontinue|halt|refrain from|avoid) (?:from )?(?:{_WRITING_EN}|all {_TEXTS_EN})",
        r"(?:do not|don't|dont|never) (?:ever )?(?:write|text|message|msg|contact) (?:to )?(?:me|us)"
        r"(?! (?:off|down|in\b|when|if|until|before|back))",
        rf"{_STARTS}(?:do not|don't|dont|never) (?:ever )?(?:msg|message|text|txt|sms|contact){_ENDS}",
        rf"{_STARTS}(?:do not|don't|dont|never) send (?:(?:me|us) )?(?:any ?more|this again){_ENDS}",
        r"(?:i'm|i am|im|we are|i|we|wish to|want to|like to) (?:now |hereby )?(?:opting|opt|opted) out"
        r"|^opt(?:ed|ing) out",
        r"(?:delete|remove|erase|drop|strike|take) me (?:from|off|out)(?! of (?:the|this) (?:order|waiting))"
        r"|^(?:please )?(?:delete|erase|forget|drop|block) me$|withdraw me from",
        r"take my name off|opt[- ]me[- ]out|^block$"
        r"|(?:stp|sotp|stpo|stap|stob|stup) (?:text|messag|send|sms|contact)\w*",
        r"like to be (?:removed|deleted|taken off|unsubscribed)|(?:forget|block|scrub) my number",
    ),
    "de": (
        rf"{_STARTS}{_WRITE_DE}(?:e|t|et|en sie)? {_ME_DE}{_NO_MORE_DE}(?! (?:an|in|wegen|vor|am|im|zu) )",
        rf"{_STARTS}meld(?:e|et|en sie)? (?:dich|euch|sich) {_ME_DE}(?:nicht mehr|nie wieder|nie mehr|nicht)",
        rf"{_STARTS}{_SEND_DE}(?:e|t|et|en sie)? {_ME_DE}(?:nichts|(?:nie wieder|nie mehr) (?:et)?was|keine? "
        rf"(?:weiteren? )?{_TEXTS_DE})(?: "
        rf"mehr)?{_ENDS}",
        rf"(?<!kann )(?<!konnen )(?<!warum )(?:nicht mehr|nie wieder|nie mehr|nicht weiter) (?:\w+ "
        rf")?{_WRITING_DE}{_ENDS}",
        rf"^(?:bitte )?nicht (?:\w+ )?(?:an)?(?:schreiben|kontaktieren|texten|simsen){_ENDS}",
        r"(?:will|mochte|wollen|mochten) (?:\w+ ){0,2}?(?:nicht|nie)(?: mehr| wieder| weiter)? (?:\w+ "
        r")?(?:kontaktiert"
        r"|angeschrieben|belastigt|benachrichtigt|gestort|angetextet|genervt) (?:werden|sein)",
        rf"{_STARTS}(?:beende(?:t|n sie)?|unterlass(?:e|t|en sie)?) (?:das|es|dies)(?: \w+)?{_ENDS}",
        rf"^stopp?(?:e|t|en sie)(?: (?:das|es|dies|damit|bitte|sofort|jetzt|endlich))*{_ENDS}",
        r"(?:aus|von) (?:dem|der|eurem|eurer|ihrem|ihrer) (?:\w+ )?(?:verteiler|liste)(?!\w)(?! der "
        r"(?:bestell|artikel))",
        rf"^(?:bitte )?keinen kontakt{_ENDS}|hor(?:t|et|en sie)? (?:\w+ ){{0,2}}?auf",
    ),
    "es": (
        rf"no (?:me |nos |le |les )?{_SEND_ES}{_BUT_ES} (?:ya )?(?:mas|nada|nada mas|nunca mas|otra "
        rf"vez){_ENDS}",
        rf"no (?:me |nos )?{_SEND_ES}{_BUT_ES} (?:\w+ )?{_TEXTS_ES}",
        rf"(?:ya )?no (?:me|nos) (?:escrib(?:a|as|an|ais)|(?:contact|texte|mensaje|spame){_BUT_ES})"
        r"(?! (?:en|con letra|si|cuando|hasta|antes|mal))",
        r"no (?:me |nos )?vuelv(?:a|as|an|ais) a (?:escrib|enviar|mandar|contact|molest)\w*",
        rf"^(?:por favor )?no (?:escrib(?:a|as|an|ais|ir)|contact(?:e|es|en|ar)|(?:enviar|mandar)(?: "
        rf"mas)?)(?: mas| nunca)?{_ENDS}",
        rf"{_QUIT_ES} (?:ya |por favor )?(?:de )?{_WRITE_ES}(?:ir|ar|er)(?:me|nos|le)?",
        rf"{_QUIT_ES} (?:ya |por favor )?(?:de )?{_SEND_ES}ar(?:me|nos)?(?:$|[,.;!?]| (?:\w+ "
        rf"){{0,2}}?(?:{_TEXTS_ES}|cosas|esto))",
        rf"ya no (?:me|nos) {_SEND_ES}{_BUT_ES}{_ENDS}|ya no (?:me |nos )?{_SEND_ES}{_BUT_ES} {_TEXTS_ES}"
        rf"|ya no quiero (?:\w+ )?{_TEXTS_ES}",
        rf"^(?:para|pare|paren|parad|pares|deten(?:te|gase|ganse|eos)|detente)(?: ya| eso| esto| "
        rf"todo)*{_ENDS}",
        r"(?:saqu|sac|elimin|borr|quit)(?:a|e|en|ad|ar)(?:me|nos) (?:\w+ )?de (?:la|su|esta|tu|esa) lista(?! "
        r"de espera)"
        r"|^(?:borr|elimin|saqu)(?:a|e|en|ad)me" + _ENDS,
    ),
    "fr": (
        rf"^(?:stopp?|cess)(?:e|es|ez|er|ons)(?: (?:ca|cela|tout|tout de suite|maintenant|immediatement"
        rf"|donc))*{_ENDS}",
        rf"{_QUIT_FR} (?:de |d'|immediatement de )(?:ne plus )?{_ME_FR}(?:{_WRITE_FR}|{_SEND_FR} (?:\w+ "
        rf")?{_TEXTS_FR})",
        rf"(?:merci de|veuillez|priere de|faut) (?:immediatement )?cesser{_ENDS}|cess(?:e|ez|er) (?:tout|vos"
        rf"|ces|les|tes) "
        rf"(?:envois?|contacts?|{_TEXTS_FR})",
        rf"{_NOT_IT_FR}n(?:e |'){_ME_FR}{_WRITE_FR} (?:plus|pas)(?: jamais)?{_ENDS}",
        rf"{_NOT_IT_FR}n(?:e |'){_ME_FR}{_SEND_FR} (?:plus|pas) (?:(?:de |d'|vos |aucun ){_TEXTS_FR}"
        rf"|rien{_ENDS})"
        rf"|{_NOT_IT_FR}n(?:e |'){_ME_FR}{_SEND_FR} plus{_ENDS}",
        rf"ne plus {_ME_FR}(?:{_WRITE_FR}|{_SEND_FR}){_ENDS}|^(?:svp )?(?:m'|me |nous ){_WRITE_FR} "
        rf"plus{_ENDS}",
        rf"stopp?(?:e|ez|er) {_ALL_FR}{_TEXTS_FR}|(?:veux|souhaite) plus rien (?:recevoir|de (?:vous|votre "
        rf"part))",
        rf"(?:veux|souhaite|desire|voudrais) (?:plus|pas) (?:etre (?:contacte|derange|sollicite|harcele"
        rf"|importune)e?"
        rf"|que (?:vous|tu|l'on|on) m'(?:ecri|envo)\w+|(?:recevoir )?(?:de |d'|vos ){_ALL_FR}{_TEXTS_FR})",
        r"(?:retir|enlev|supprim|ray)(?:e|es|ez|er)[- ](?:moi|nous) de (?:la|votre|cette|ta) liste(?! "
        r"d'attente)",
        rf"arret(?:e|es|ez|er|ons)(?: (?:tout|ca|cela))+{_ENDS}",
    ),
    "hi": (
        r"(?:भेजना|लिखना|करना|आना) (?:बंद|बन्द|छोड)[^\s]* ?(?:कर|दो|दें|दीज|कीज|हो)?",
        rf"^(?:रुक जा|स्टॉप कर|मुझे हटा)\S*|^(?:मुझे |हमें |कृपया |अब |और )*{_NOT_HI} (?:भेज|लिख)\S*",
        rf"{_TEXTS_HI} (?:\S+ )?{_NOT_HI} (?:भेज\S*|लिख\S*|{_DO_HI})",
        rf"(?:संपर्क|सम्पर्क|कॉन्टैक्ट|कांटेक्ट) {_NOT_HI} {_DO_HI}",
        r"(?:लिस्ट|सूची) (?:से|में से) (?:\S+ )?(?:हटा|निकाल)\S*|(?:मेरा|मेरे) नाम (?:\S+ )?हटा\S*|मेरा "
        r"(?:नंबर|नम्बर) (?:ब्लॉक|मिटा|निकाल|भूल)",
        rf"{_LATIN_TEXTS} (?:\w+ )?{_LATIN_NOT} {_LATIN_DO}|(?:bhejna|likhna|karna|aana) (?:band|bnd|bandh"
        rf"|{_LEAVE_LATIN})",
        rf"^(?:mujhe |hume |ab |aur |please )*{_LATIN_NOT} (?:bhej|likh)\w*",
        rf"{_LATIN_NOT} {_LATIN_DO} {_LATIN_TEXTS}|^mujhe (?:hata|nikal)\w*|^number hata\w* mera",
        rf"(?:contact|sampark|message) {_LATIN_NOT} {_LATIN_DO}",
        rf"(?:rok|roko|rokiye|rokein|roke)(?: (?:do|de|dijiye|dijie|den|dein))?{_ENDS}|^rokna{_ENDS}"
        rf"|^ruk(?:o|iye| jao| jaiye){_ENDS}|{_LATIN_TEXTS} mt bhej\w*",
        r"(?:list|suchi) se (?:\w+ )?(?:hata|nikal)\w*|(?:hata|nikal)\w* (?:\w+ ){0,2}list se|mera (?:naam"
        r"|nam) hata\w*|mera (?:number|nambar) (?:hata|block|mita)\w*",
        r"(?:band|bnd|bandh) (?:kar|kr|kij)\w*",
    ),
    "pt": (
        rf"{_QUIT_PT} (?:ja )?(?:de )?(?:me |nos )?{_WRITE_PT}(?:er|ar|r)?(?:-me|-nos)?",
        rf"{_QUIT_PT} (?:ja )?de (?:me |nos )?{_SEND_PT}ar(?:-me)?(?:$|[,.;!?]| (?:\w+ )?(?:{_TEXTS_PT}|isso"
        rf"|coisas))",
        r"nao (?:me|nos|lhe) (?:escrev(?:a|as|am)|(?:contat|contact)(?:e|es|em)|cham(?:e|em))(?! (?:quando"
        r"|se|ate|errad))",
        rf"^(?:favor |por favor )?nao (?:escrev(?:a|am|as|er)|cont[ac]+t(?:e|em|ar)|{_SEND_PT}(?:ar|e|em"
        rf"|es))(?: mais)?{_ENDS}",
        rf"nao (?:me |nos )?{_SEND_PT}(?:e|es|em|ar) mais(?: nada| isso| coisas| (?:pra|para) mim| (?:\w+ "
        rf")?{_TEXTS_PT})?{_ENDS}",
        r"nao (?:entr(?:e|em|ar)|fac(?:a|am)) (?:mais )?(?:em )?contat?o",
        r"nao quero (?:mais )?(?:ser (?:contat|contact|incomod|perturb|importun)ad[oa]|que (?:voces )?me "
        r"(?:escrev|mand|envi|contat|incomod)\w+)",
        rf"^(?:pode(?:m)? )?(?:para|pare|parem|parar)(?: ja| com isso| agora| tudo| imediatamente)*{_ENDS}"
        rf"|cess(?:e|em|ar) "
        rf"(?:as|os|com) {_ALL_PT}{_TEXTS_PT}",
        r"(?:me tir(?:a|e|em|ar)|(?:tir|remov)(?:a|e|em|am) (?:o )?meu nome|tir(?:a|e|em)-me|me exclu(?:a|am"
        r"|i|ir)|me remov(?:a|am|e)|me apagu?(?:e|em"
        r"|a)) "
        r"d(?:a|essa|esta|e sua) lista(?! de espera)|^(?:por favor )?me (?:exclu(?:a|am|i)|apagu?(?:e|em|a))"
        + _ENDS,
        r"(?:apag(?:a|ue|uem|ar)|tir(?:a|e|em|ar)|esquec(?:e|a|am)|bloque(?:ia|ie|iem)) (?:o )?(?:meu|este"
        r"|esse) "
        r"(?:numero|telefone|celular|contato)",
    ),
}
"""Commands to stop writing or sending, and to be struck from a list."""
