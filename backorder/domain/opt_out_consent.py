"""Who takes a consent to texts back, or is not the one they are meant for: regular expressions by language.

All folded, as the single words are. A consent to a delay, and the withdrawal from a contract, are something
else: a person reads them, and the texts go on.
"""

from __future__ import annotations

from collections.abc import Mapping

from backorder.domain.opt_out_forms import DEVANAGARI_ENDS, TEXTS

_LATE_EN = (
    r"(?! (?:to|for|of|on|about|in|that) (?:\w+ ){0,3}?(?:delays?|delayed|wait|waiting|new|later|dates?"
    r"|longer"
    r"|postpon\w+|substitut\w+|order|purchase|ship\w*|deliver\w*|charge|payment|card)(?!\w))"
)
_CONSENT_EN = rf"(?:consents?|permissions?|authori[sz]ations?|opt[- ]?in){_LATE_EN}"
_TAKEN_EN = r"(?:revoked|withdrawn|rescinded|retracted|cancell?ed|terminated|taken back|over)"
_TAKE_EN = (
    r"(?:revok(?:e|es|ed|ing)|withdr(?:aw|aws|ew|awn|awing)|(?:rescind|retract|end)(?:s|ed|ing)?"
    r"|cancel(?:l?ed|l?ing)?|terminat(?:e|ed|ing)|(?:take|taking|took|taken) back)"
)
_UNTAKEN = (
    r"(?<!not )(?<!never )(?<!n't )(?<!dont )(?<!not be )(?<!didnt )(?<!havent )(?<!cannot )(?<!not yet )"
    r"(?<!don't wish to )(?<!don't want to )(?<!not wish to )(?<!not want to )(?<!did you )(?<!have you )"
)
_TO_TEXT = (
    r"(?:to|for) (?:\w+ ){0,3}?(?:text|txt|sms|message|msg|contact|write|send)(?:e?d|ing|e?s)?"
    r"|(?:to|for) (?:this|that|these|those|it)"
)
_CONSENT_DE = (
    r"(?:(?:einwilligung(?:en)?|zustimmung(?:en)?|einverstandnis(?:erklarung)?|erlaubnis|genehmigung"
    r"|freigabe|opt-?in)"
    r"(?! (?:zu|zur|zum|fur|auf|in) (?:\w+ ){0,3}?(?:verspat|verzoger|verschieb|aufschub|neue|spater|termin"
    r"|datum"
    r"|wart|liefer|bestell|vertrag|kauf|park)\w*))"
)
_BY_HAND_DE = r"(?:(?!nicht |nie |keine )\w+ ){0,4}?"
_NO_TEXTS_DE = (
    r"(?:sms|nachrichten?|werbung|werbesms|texte|benachrichtigung(?:en)?|kontakt\w*|kontaktierung|zusendung"
    r"|nummer|handynummer|telefonnummer|daten|meldungen)"
)
_OF_IT_ROMANCE = r"(?:\w+[' ]){0,4}?"
_CONSENT_ES = (
    r"(?:(?:consentimiento|permiso|autorizacion)(?! (?:para|al?|del?|en) (?:\w+ ){0,3}?(?:retras|demor|fecha"
    r"|aplaz"
    r"|esper|envio|pedido|compra|cobr|entreg|pag)\w*))"
)
_WRITE_ES = r"(?:escrib|envi|mand|contact|mensaj|sms|text)\w*"
_TAKE_ES = (
    r"(?:(?:revoc|retir|anul|cancel|quit)(?:o|a|amos|ar|ado|ando|aba|aria)|revoqu?e|retire|anule|cancele"
    r"|quite"
    r"|deneg(?:ar|amos)|deniego)"
)
_CONSENT_FR = (
    r"(?:(?:consentement|accord|autorisation|permission)(?! (?:pour|au|aux|a|sur|de|du) (?:\w+[' "
    r"]){0,3}?(?:retard"
    r"|report|delai|nouvelle|date|attendre|attente|livr|commande|achat|pai)\w*))"
)
_TAKE_FR = (
    r"(?:(?:retir|annul|revoqu|resili)(?:e|es|er|ons|ez|ee?s?|ais)|repren(?:ds|dre|ons)|retrait|revocation"
    r"|annulation)"
)
_CONSENT_PT = (
    r"(?:(?:consentimento|permissao|autorizacao)(?! (?:para|aos?|as?|dos?|das?|de) (?:\w+ ){0,3}?(?:atras"
    r"|adiam|data"
    r"|espera|prazo|envio|pedido|compra|cobran|entrega|pag)\w*))"
)
_WRITE_PT = r"(?:escrev|envi|mand|conta[ct]|mensage|sms|text)\w*"
_TAKE_PT = r"(?:(?:revog|retir|cancel|anul)(?:o|a|amos|ar|ado|ada|ando|aria|uei|ei|ue|e))"
_NOT_LATE_HI = r"(?:^|[.,।!?] ?)(?:(?!देर|विलंब|तारीख|ऑर्डर|इंतजार|डिलीवरी)[^\s.,।!?]+ ){0,6}?"
_CONSENT_HI = r"(?:सहमति|इजाजत|अनुमति|परमिशन|मंजूरी|कंसेंट|रजामंदी)"
_NOT_LATE_LATIN = r"(?:^|[.,!?] ?)(?:(?!deri|der|late|tarikh|order|intezar|delivery)\w+ ){0,6}?"
_CONSENT_LATIN = r"(?:sehmati|sahmati|ijazat|ijaazat|anumati|permission|consent|manzoori)"

CONSENT: Mapping[str, tuple[str, ...]] = {
    "en": (
        rf"{_UNTAKEN}{_TAKE_EN} (?:of )?(?:(?:my|our|the|this|all|any|and|prior|previous|express|written) "
        rf"){{0,4}}"
        rf"{_CONSENT_EN}",
        rf"{_CONSENT_EN} (?:to (?:text|be texted|message|contact)(?: me| us)? )?(?:(?:is|was|are|has|have"
        rf"|been|hereby|now|already|to|be) ){{0,4}}{_TAKEN_EN}",
        rf"(?:revocation|withdrawal) of (?:(?:my|our|the|any|all) ){{0,2}}{_CONSENT_EN}",
        rf"(?:without|not have|don't have|dont have|never had|no longer have|never got) "
        rf"(?:my |our |any |the )?(?:consent|permission)(?: {_TO_TEXT}|$|[,.;!?])",
        rf"(?:never|not|didn't|didnt|haven't|don't|dont|no longer) (?:gave?|given?|giving) (?:you |u |anyone "
        rf")?"
        rf"(?:my |any |our )?(?:consent|permission) (?:{_TO_TEXT})",
        rf"(?:no longer (?:consent|authori[sz]e)|(?:don't|dont|do not|never) (?:consent|authori[sz]ed?) "
        rf"(?={_TO_TEXT})){_LATE_EN}",
        rf"(?:you have|you've got) no (?:consent|permission) (?:{_TO_TEXT})|not (?:authori[sz]ed|allowed"
        rf"|permitted) "
        r"to (?:text|message|contact) (?:me|us)",
        rf"(?<!don't )(?<!not )object to (?:(?!delay|date)\w+ ){{0,3}}?(?:{TEXTS}|texting|messaging|being "
        rf"contacted)",
    ),
    "de": (
        rf"wid(?:er|der)(?:ruf\w*|rief) {_BY_HAND_DE}{_CONSENT_DE}(?! nicht)",
        rf"{_CONSENT_DE} {_BY_HAND_DE}(?:widerruf\w*|zuruck\w*|entzogen|entziehen|zuruckgezogen)",
        rf"{_CONSENT_DE} {_BY_HAND_DE}(?:zieh|nehm)\w* {_BY_HAND_DE}zuruck",
        rf"(?:zieh|nehm)\w* {_BY_HAND_DE}{_CONSENT_DE} {_BY_HAND_DE}zuruck\w*|entzieh\w* "
        rf"{_BY_HAND_DE}{_CONSENT_DE}",
        rf"(?:keine|nie (?:eine )?|niemals (?:eine )?) ?{_CONSENT_DE}[, ]+(?:\w+ ){{0,3}}?(?:schreiben"
        rf"|simsen|texten"
        rf"|kontaktieren|sms|nachrichten|gegeben|erteilt)",
        rf"ohne (?:meine?|unsere?|jede|eine)? ?{_CONSENT_DE} (?:\w+ ){{0,5}}?(?:schreib|sms|nachricht|text"
        rf"|kontakt)\w*",
        rf"(?:schreib|schick|send|kontaktier)\w* (?:\w+ ){{0,4}}?ohne (?:meine?|unsere?) {_CONSENT_DE}",
        rf"(?:nie|nicht|niemals) (?:\w+ )?(?:in|fur|zu) (?:die |eure |ihre )?{_NO_TEXTS_DE} (?:eingewilligt"
        rf"|zugestimmt)",
        rf"(?:nie|nicht|niemals) (?:\w+ )?(?:eingewilligt|zugestimmt),? (?:\w+ ){{0,3}}?{_NO_TEXTS_DE}",
        r"willige (?:\w+ )?nicht mehr ein|stimme (?:\w+ )?nicht mehr zu(?! )",
        rf"(?:widersprech|widersprich)\w* (?:(?!nicht )\w+ ){{0,4}}?{_NO_TEXTS_DE}",
        rf"widerspruch (?:gegen|zu|zur|zum|bezuglich|wegen) (?:\w+ ){{0,4}}?{_NO_TEXTS_DE}",
    ),
    "es": (
        rf"(?<!no )(?<!nunca )(?<!no he )(?<!no quiero ){_TAKE_ES} "
        rf"(?:(?:mi|el|la|nuestr[oa]|todo|todos|ya|desde) ){{0,3}}{_CONSENT_ES}",
        rf"(?:revocacion|retirad[ao]|retiro|anulacion|cancelacion) (?:del?|de la) (?:mi |nuestr[oa] "
        rf")?{_CONSENT_ES}",
        rf"{_CONSENT_ES} (?:(?:queda|esta|ha|sido|fue|ya|por) ){{0,3}}(?:revocad|retirad|anulad"
        rf"|cancelad)[oa]",
        r"ya no (?:les |los |le |lo |te )?(?:autorizo|consiento|permito)"
        r"(?! (?:\w+ ){0,2}?(?:retras|demor|fecha|esper|envio|cobr))",
        r"(?:no|nunca|jamas) (?:les |le |te |os |he )?(?:autorizo|autorice|autorizado|consiento|permito"
        r"|permiti) "
        r"(?:que me |a que me |a )?(?:escrib|envi|mand|contact|mensaj|sms)\w*",
        rf"{_WRITE_ES} {_OF_IT_ROMANCE}sin (?:mi|el|nuestr[oa]|ningun) {_CONSENT_ES}"
        rf"|sin (?:mi|nuestr[oa]|ningun) {_CONSENT_ES} {_OF_IT_ROMANCE}{_WRITE_ES}",
        rf"(?:no|nunca|ya no|jamas) (?:les |le |te )?(?:di|doy|dimos|he dado|tienen?|tienes) (?:mi |el "
        rf"|nuestro |ningun )?"
        rf"{_CONSENT_ES}(?:$|[,.;!]| (?:para|a|de) {_OF_IT_ROMANCE}(?:escrib|envi|mand|contact|mensaj"
        rf"|sms)\w*)",
        r"(?<!no )me opongo a (?:\w+ ){0,4}?(?:mensajes?|sms|textos?|publicidad|contact\w+|escrib\w+|numero)",
    ),
    "fr": (
        rf"(?<!ne )(?<!pas )(?<!n'ai pas )(?<!veux pas ){_TAKE_FR} (?:(?:mon|le|la|notre|donc|ce|tout|de|du"
        rf"|immediatement"
        rf"|formellement) |l')*{_CONSENT_FR}",
        rf"{_CONSENT_FR} (?:(?:est|a|ete|desormais|maintenant|donc) ){{0,3}}(?:retire|revoque|annule)e?",
        r"n'autorise (?:plus|pas) (?:\w+[' ]){0,3}?(?:ecri|envo|contact|sms|message|texto)\w*",
        r"ne (?:vous |t')?(?:autorise|permets) (?:plus|pas) (?:\w+[' ]){0,3}?(?:ecri|envo|contact|sms"
        r"|message|texto)\w*",
        r"(?:n'avez|n'as) (?:pas|plus) (?:mon|notre) (?:consentement|autorisation)(?=$|[,.;!])"
        r"|ne consens plus|(?:ne )?vous autorise plus",
        rf"(?:ecri[vst]|envo|contact|sms|message|texto)\w* (?:\w+[' ]){{0,3}}?sans (?:mon |notre |l'|aucun "
        rf"){_CONSENT_FR}",
        rf"sans (?:mon |notre ){_CONSENT_FR} (?:\w+[' ]){{0,3}}?(?:ecri[vst]|envo|contact|sms|message"
        rf"|texto)\w*",
        rf"(?:jamais|pas)(?: donne| eu)? (?:d'|mon |ma |l'|notre ){_CONSENT_FR} (?:pour|a) "
        r"(?:\w+[' ]){0,3}?(?:ecri|envo|contact|sms|message|texto)\w*",
        r"(?<!ne )m'oppose a(?:ux)? (?:\w+[' ]){0,4}?(?:sms|messages?|textos?|publicites?|prospection"
        r"|contact|numero|envois?)",
    ),
    "hi": (
        rf"{_NOT_LATE_HI}{_CONSENT_HI} (?:को )?(?:वापस|रद्द|खत्म|निरस्त|समाप्त){DEVANAGARI_ENDS}(?! नहीं)",
        rf"(?:बिना (?:मेरी |हमारी )?{_CONSENT_HI}|{_CONSENT_HI} के (?:बिना|बगैर)) (?:\S+ ){{0,2}}?"
        r"(?:मैसेज|मेसेज|संदेश|sms|एसएमएस|संपर्क)",
        rf"(?:मैसेज|मेसेज|संदेश|sms|एसएमएस) (?:\S+ ){{0,3}}?{_CONSENT_HI} (?:नहीं|कभी नहीं)",
        rf"{_NOT_LATE_LATIN}{_CONSENT_LATIN} (?:ko )?(?:wapas|vapas|waapas|wapis|radd|khatam|cancel)(?! "
        rf"nahi)",
        rf"bina (?:meri |hamari )?{_CONSENT_LATIN} (?:\w+ ){{0,2}}?(?:sms|msgs?|messages?|texts?)",
        rf"(?:sms|msgs?|messages?|texts?) (?:\w+ ){{0,3}}?{_CONSENT_LATIN} (?:nahi|nahin|nhi|kabhi nahi)",
    ),
    "pt": (
        rf"(?<!nao )(?<!nunca )(?<!nao quero ){_TAKE_PT} (?:(?:o|a|meu|minha|nosso|nossa|todo|ja) "
        rf"){{0,3}}{_CONSENT_PT}",
        rf"(?:revogacao|retirada|anulacao|cancelamento) d[oae] (?:meu |minha |nosso |nossa )?{_CONSENT_PT}",
        rf"{_CONSENT_PT} (?:(?:esta|foi|fica|ja|por) ){{0,3}}(?:revogad|retirad|anulad|cancelad)[oa]",
        r"(?:nao (?:os |as |lhes )?(?:autorizo|consinto|permito) mais|ja nao (?:autorizo|consinto|permito))"
        r"(?! (?:\w+ ){0,2}?(?:atras|data|espera|prazo|cobran))",
        r"(?:nao|nunca|jamais) (?:autorizo|autorizei|consinto|permito|permiti) (?:que me )?"
        r"(?:escrev|envi|mand|contat|contact|mensage|sms)\w*",
        rf"{_WRITE_PT} {_OF_IT_ROMANCE}sem (?:o |a )?(?:meu |minha |nossa? |qualquer ){_CONSENT_PT}"
        rf"|sem (?:o |a )?(?:meu |minha |nossa? |qualquer ){_CONSENT_PT} {_OF_IT_ROMANCE}{_WRITE_PT}",
        rf"(?:nao|nunca|jamais|ja nao) (?:lhes |te )?(?:dei|dou|demos|tem|tens) (?:o |a )?(?:meu |minha "
        rf"|nossa )?"
        rf"{_CONSENT_PT}(?:$|[,.;!]| (?:para|a|de) {_OF_IT_ROMANCE}(?:escrev|envi|mand|contat|mensage"
        rf"|sms)\w*)",
        r"(?<!nao )(?:me oponho|oponho-me) a (?:\w+ ){0,4}?(?:mensage\w*|sms|textos?|publicidade|conta\w+"
        r"|numero)",
    ),
}
"""Who had agreed, or never had, and says so of texts or of nothing else."""

_OF_THINGS = (
    r"(?! (?:of|de|d'|des|du|do|da|dos|das|del|der|vom|von|fur|para|का|की|के|ka|ki|ke) "
    r"(?!telefone?|telephone|movil|celular|portable))"
)
_NUMBER_EN = r"(?:number|numbr|nubmer|numer|num|nmbr|nr|no|phone|#)"
_NO_PERSON_EN = (
    r"(?:parcels?|packages?|deliver\w+|orders?|box(?:es)?|links?|dates?|news|updates?|texts?|messages?|stock"
    r"|parking"
    r"|reasons?|products?|more|other|of|better|things?|way|need|one|it|ok|okay|fair|right|good|true|fine"
    r"|funny"
    r"|enough|correct|clear|here|there|yet|nice|urgent|what|how|on|mine|so|new|bad|great|big|blue|red|late"
    r"|safe"
    r"|\w+(?:able|ible|ing|ed|ful|ive|ous|al|ent|ant|ice))(?!\w)"
)
"""What is said of a thing, or is one, and is nobody's name."""
_SOMEONE_ES = r"(?:(?:ningun|ningun[oa]|esa?|esta?|nadie|la|el|tal) )"

NOT_THE_ONE: Mapping[str, tuple[str, ...]] = {
    "en": (
        rf"(?:wrong|worng|wrnog|incorrect|mistaken) (?:(?:tele|cell ?|mobile )?phone "
        rf")?{_NUMBER_EN}(?!\w){_OF_THINGS}",
        r"wrong #",
        r"(?:wrong|mistaken) (?:person|guy|man|woman|lady|girl|one here|contact|recipient|customer|phone)",
        r"not the (?:right|correct) (?:(?:cell |phone |mobile )?number|person|contact|phone)",
        r"(?:this|that|it)(?: is|'s)? ?(?:isn't|not)(?: my| his| her| their| the) (?:(?:cell |phone |mobile "
        r")?number|phone)",
        r"(?:this|that|it)(?: is not|'s not| isn't) \w+'s (?:(?:cell |phone |mobile )?number|phone)",
        r"^(?:sorry,? |hi,? |no,? |hello,? )?(?:this|that)(?: is not|'s not| isn't) (?:me|him|her|them)$",
        r"^(?:it's |it is |that's |that is |sorry,? )*not me$",
        r"(?:number|phone) (?:does not|doesn't|doesnt|no longer) belongs? to|(?:number|phone) belongs to "
        r"(?:someone|somebody|another)",
        r"(?:new|different) owner of this (?:number|phone)|number has (?:a new owner|changed hands)",
        r"(?:there is|there's) (?:no one|nobody) (?:named|called|by|with|of)|(?:doesn't|does not) live here",
        r"(?:doesn't|does not|no longer|don't) (?:have|has|use|uses|own) this (?:number|phone)"
        r"|changed (?:his|her|their) (?:phone )?number|not the person you|never signed up",
        r"(?:no ?one|nobody)(?: here)?(?: is)?(?: here)? (?:(?:by|with|of) (?:that|this) name|called|named)",
        rf"(?:don't|dont|do not) know (?:anyone|anybody|any (?:person )?)(?: ?named| ?called)? "
        rf"?(?!{_NO_PERSON_EN})[^\W\d]+",
        r"(?:(?:i|we)(?:'ve| have)? (?:never|didn't|didnt|did not|haven't|have not)(?: ever)? "
        r"|(?:nobody|no one)(?: here)?(?: ever)? )"
        r"(?:order|bought|buy)(?:ed)? anything(?! (?:else|more|other|extra|new|like|yet|similar|but))",
        r"(?:i'm|im|i am|we are|we're) not (?:your|a|the) (?:customer|client|buyer|person)(?! who)",
    ),
    "de": (
        r"falsche[rnsm]? (?:handy|telefon|ruf|mobil)?(?:nummer|nr|nummmer|numer)" + _OF_THINGS,
        r"(?:handy|telefon|ruf|mobil)?nummer (?:ist|war) (?:\w+ )?(?:die )?falsche?|nummer falsch",
        r"(?:nicht|keine) die richtige (?:nummer|person)|falsch verbunden",
        r"falsche[rnsm]? (?:person|empfanger(?:in)?|kontakt|mann|frau|anschluss|adressat|handy|telefon)",
        r"(?:in|bei|mit) der (?:handy|telefon)?nummer (?:geirrt|vertan|vertippt)|(?:haben|habt|hast) (?:\w+ "
        r"){0,2}verwahlt",
        r"nummer gehort (?:\w+ )?(?:nicht|mir|uns|jetzt|inzwischen|einer|einem|jemand)",
        r"das ist nicht (?:seine|ihre|deren|\w+s) (?:handy|telefon)?nummer|(?:nicht mehr|langst nicht) "
        r"(?:seine|ihre) nummer",
        r"das bin (?:ich )?(?:aber |gar )?nicht(?: ich)?$|ich bin(?: das)? (?:aber |gar )?nicht "
        r"(?:(?:die|der) (?:\w+ )?(?:person|empfanger(?:in)?|richtige|kund(?:e|in)|gesuchte)|gemeint)",
        r"kenne (?:hier )?keine[nr]? (?!termin|grund|liefer|frist|datum|anderen|preis)[^\W\d]+|"
        r"kenne (?:sie|euch|ihre firma|eure firma|die firma)(?: (?:gar|uberhaupt))? nicht",
        r"(?:habe?|haben|hatten?) (?:\w+ ){0,3}?(?:nichts|nie etwas|nie was|nie|niemals) "
        r"(?:(?:bei|von|mit) (?:ihnen|euch|dir|sie) )?(?:etwas |was )?(?:bestellt|gekauft)"
        r"(?<!anderes bestellt)",
        r"bin (?:gar |doch |uberhaupt )?(?:kein|keine|nicht (?:ihr|euer|ihre|eure)) kund(?:e|in)",
        r"hier (?:wohnt|lebt|heisst) (?:niemand|keine?)|hier gibt es keinen? (?:herrn?|frau|person|solche)",
    ),
    "es": (
        rf"(?:numero|nro|num|tel(?:efono)?|movil|celular|contacto)(?: de telefono| de celular)? "
        rf"(?:es |esta )?(?:equivocad[oa]|equivocao|incorrecto|erroneo|errado){_OF_THINGS}|^equivocad[oa]$",
        r"(?:persona|destinatari[oa]) (?:equivocad|incorrect)[oa]",
        r"(?:confund|equivoc)(?:io|iste|ieron|e|es|en|ido|o|a|as|aron|aste|an|asteis|ais|ado|ue)(?: \w+)? "
        r"(?:de|con el) (?:numero|persona|telefono"
        r"|celular|movil)",
        r"(?:este|ese) (?:numero|telefono|movil|celular)? ?(?:ya )?no (?:es|pertenece) (?:de|a|el|mio"
        r"|suyo)(?! 202)",
        r"(?:ya )?no es (?:su|mi|el) (?:numero|telefono|movil|celular)(?! (?:de )?(?:pedido|guia|orden"
        r"|seguimiento))",
        r"^(?:yo )?no soy(?: yo)?$|no soy (?:yo|es[ae] persona|la persona|quien buscan?|el que|la que)(?= |$"
        r"|[,.;!])",
        r"no soy (?:su |un |una )?client[ea]",
        rf"no conozco a {_SOMEONE_ES}?[^\W\d]+|no (?:los|les|las|os|lo|le|la) conozco",
        r"(?:no|nunca|jamas) (?:he |hemos |hice )?(?:pedi|pedido|compre|comprado|ordene|ordenado|encargue"
        r"|encargado)"
        r" nada(?! (?:mas|otro|nuevo|de eso|similar))",
        r"aqui no (?:vive|vivimos) (?:ningun[ao]? )?\w+|aqui no hay (?:nadie (?:que|con|llamad)"
        r"|ningun[ao]? (?:senora?|persona))|no tiene (?:mas )?(?:este|ese) (?:numero|telefono|celular)",
    ),
    "fr": (
        rf"(?:(?:mauvais|faux) (?:numero|num|no|tel(?:ephone)?)|numero (?:\w+ )?(?:incorrect|errone"
        rf"|faux)){_OF_THINGS}",
        r"(?:mauvais (?:destinataire|contact|correspondant)|mauvaise personne)",
        r"erreur de (?:numero|destinataire|personne|correspondant)(?! de (?:commande|suivi|colis))",
        r"tromp(?:ez|es|e|ee|ees)(?: \w+)? de (?:numero|personne|destinataire|correspondant)(?! de "
        r"(?:commande|suivi))",
        r"(?:ce n'est pas|c'est pas|n'est pas) (?:mon |le bon |son |leur |le )(?:numero|portable)"
        r"(?! de (?:commande|suivi|colis))|n'est pas la bonne personne",
        r"(?:ce n'est|c'est|n'est) pas moi$",
        r"numero (?:n'appartient|appartient) (?:plus|pas|a quelqu'un)|numero n'est (?:plus|pas) (?:celui|a"
        r"|le sien)",
        r"(?:ne |je )suis (?:pas|plus) (?:cette personne|la bonne personne|la personne|(?:votre |un |une "
        r")?client)\w*",
        r"(?:ne |je )connais (?:pas|aucune?) (?:d'|de )?(?!date|nouvelle|raison|motif|autre|le |la |les |ce"
        r"|votre"
        r"|encore)[^\W\d]+"
        r"|ne (?:vous|te) connais pas",
        r"(?:n'(?:ai|avons)|j'ai) (?:rien|jamais(?: rien)?) (?:commande|achete)(?! (?:d'autre|de plus"
        r"|d'autres|de "
        r"nouveau|depuis))",
        r"il n'y a (?:pas|personne|aucune?) (?:de |d')?(?:ce nom|personne|monsieur|madame|mme|nomme)"
        r"|n'a plus ce (?:numero|portable)",
    ),
    "hi": (
        r"(?<!ऑर्डर )(?<!आर्डर )(?:गलत|रांग|रॉन्ग|रॉंग|रोंग) (?:नंबर|नम्बर|फोन|आदमी|व्यक्ति|इंसान|शख्स)"
        rf"{DEVANAGARI_ENDS}{_OF_THINGS}",
        r"(?<!ऑर्डर )(?<!आर्डर )(?<!ट्रैकिंग )(?:नंबर|नम्बर) (?:ही )?गलत",
        r"(?:यह|ये|यहां) (?:\S+ )?(?:मेरा|उसका|उनका|इनका|किसी का) (?:नंबर|नम्बर|फोन) नहीं",
        r"मैं (?:वह|वो|वे) (?:व्यक्ति |इंसान |आदमी )?नहीं",
        r"(?:मैंने|हमने) (?:आपसे |आपके यहां |कभी )?(?:कुछ|कोई|कुछ भी|कभी)(?: भी)? (?:ऑर्डर|आर्डर|सामान) "
        r"(?:\S+ )?नहीं",
        r"(?:आपको|आप को|तुम्हें|तुमको) नहीं जानत[^\s]*",
        r"यहां (?:इस नाम|ऐसे नाम) (?:का|की)|(?:मैंने|हमने) (?:आपसे )?कुछ (?:भी )?नहीं (?:मंगा|मंगव)\S*",
        r"(?:maine|hamne|humne) (?:kuch|kuchh)(?: bhi)? (?:nahi|nahin|nhi) (?:manga|mangva|mangwa)\w*",
        r"(?<!order )(?<!tracking )(?:galat|galt|ghalat|galath|wrong) (?:number|numbar|nambar|namber|no"
        r"|phone|aadmi|insaan|insan"
        rf"|banda|vyakti){_OF_THINGS}",
        r"(?<!order )(?<!tracking )(?:number|nambar) (?:hi )?(?:galat|galt|ghalat|wrong)",
        r"(?:ye|yeh) (?:\w+ )?(?:mera|uska|unka|inka) (?:number|nambar|phone) (?:nahi|nahin|nhi)",
        r"main? (?:wo|woh|vo) (?:\w+ )?(?:nahi|nahin|nhi)",
        r"(?:maine|hamne|humne) (?:kabhi )?(?:kuch|koi|kuchh)(?: bhi)? order (?:nahi|nahin|nhi)",
        r"(?:aapko|apko|tumhe) (?:nahi|nahin|nhi) (?:jaanta|janta|jaanti|janti)",
    ),
    "pt": (
        rf"(?:numero|telefone|celular|contato|contacto) (?:es?ta )?(?:err?ado|incorreto|equivocado"
        rf"|trocado){_OF_THINGS}",
        r"pessoa errada|^(?:foi |e |isso e |isso foi )?(?:um )?engano$",
        r"engan(?:ou|aram|aste|ei|a|am)(?:-te|-se)? (?:no|de|do|na|com o) (?:numero|pessoa|telefone"
        r"|celular)(?! d[oe] pedido)",
        r"(?:este|esse) (?:numero |telefone |celular )?(?:ja )?nao (?:e|pertence) (?:mais )?(?:d[ao]"
        r"|del[ae]s?|meu|a|o "
        r"(?:numero|telefone))"
        r"(?! (?:pedido|rastreio))",
        r"^(?:eu )?nao sou eu$|nao sou (?:eu|es[st]a pessoa|a pessoa|quem procuram?)(?= |$|[,.;!])",
        r"nao sou (?:seu |sua |um |uma )?client[ea]",
        r"nao conheco (?:nenhum[ao]?|ninguem|voces?|essa pessoa|es[st]a (?:pessoa|empresa|loja))",
        r"(?:nao|nunca|jamais) (?:comprei|pedi|encomendei|comprou) nada(?! (?:mais|outro|novo|disso"
        r"|parecido))",
        r"aqui nao (?:mora|vive) (?:nenhum[ao]? )?\w+|aqui nao (?:tem|ha) (?:ninguem (?:que|com|chamad)"
        r"|nenhum[ao]? (?:senhora?|pessoa))|nao tem mais (?:este|esse) (?:numero|telefone|celular)",
    ),
}
"""Whose number it is not: nobody there asked for texts."""
