"""What single words of a text mean, as literal tables.

All folded: lower case, no accents, single spaces; Hindi without the dot below, and with the one nasal sign.
"""

from __future__ import annotations

from collections.abc import Mapping

COURTESY: tuple[str, ...] = (
    "please",
    "pls",
    "plz",
    "thanks",
    "thank you",
    "thx",
    "bitte",
    "danke",
    "por favor",
    "porfa",
    "gracias",
    "svp",
    "stp",
    "s'il vous plait",
    "s'il te plait",
    "merci",
    "obrigado",
    "obrigada",
    "कृपया",
    "प्लीज",
    "धन्यवाद",
)
"""Words around a wish that change nothing of it."""

CARRIERS: frozenset[str] = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)
"""Words of opting out that carriers know: they stop the texts themselves, and say so."""

OPT_OUT: frozenset[str] = (CARRIERS - {"cancel"}) | frozenset(
    {
        "stop all",
        "opt out",
        "opt-out",
        # English, as people write it.
        "stop it",
        "stop please",
        "please stop",
        "stop now",
        "stop sms",
        "stop text",
        "stop texts",
        "stop texting",
        "stop messages",
        "stop messaging",
        "stop texting me",
        "stop messaging me",
        "stop contacting me",
        "remove",
        "remove me",
        "unsubscribe me",
        "take me off",
        "no more",
        "no more texts",
        "no more messages",
        "no texts",
        "do not text",
        "do not text me",
        "don't text me",
        "dont text me",
        "leave me alone",
        "take me off your list",
        "opt me out",
        "quit texting me",
        "end texts",
        "cancel texts",
        "cancel these messages",
        "un-subscribe",
        "unsub",
        "delete my number",
        "un subscribe",
        # German.
        "stopp",
        "abmeldung",
        "abbestellung",
        "halt",
        "abmelden",
        "abbestellen",
        "aufhoren",
        "keine sms",
        "keine sms mehr",
        "bitte stoppen",
        "stoppen",
        "kein sms mehr",
        "keine weiteren sms",
        "hor auf",
        "horen sie auf",
        "lasst mich in ruhe",
        "ende",
        # Spanish.
        "alto",
        "baja",
        "dar de baja",
        "darme de baja",
        "parar",
        "detener",
        "no mas",
        "no molestar",
        "detenganse",
        "no mas mensajes",
        "no quiero mas mensajes",
        "no mas textos",
        "baja sms",
        "basta",
        "salir",
        # French.
        "arret",
        "arreter",
        "arretez",
        "desabonner",
        "desinscrire",
        "me desabonner",
        "plus de sms",
        "arrete",
        "arret sms",
        "stopper",
        "laissez-moi tranquille",
        "laissez moi tranquille",
        "desinscription",
        "desabonnement",
        "fin",
        # Portuguese.
        "pare",
        "sair",
        "remover",
        "descadastrar",
        "descadastre",
        "remova-me",
        "me remova",
        "nao quero mais",
        "cancelar sms",
        "parem",
        "parar sms",
        # Hindi.
        "रोकें",
        "रोको",
        "बंद",
        "बंद करें",
        "बंद करो",
        "बंद कीजिए",
        "बन्द",
        "बन्द करें",
        "बन्द करो",
        "sms बंद करो",
        "स्टॉप",
        "रुको",
        "band karo",
        "band kro",
        "band kar do",
        "roko",
    }
)
"""Texts that ask for no more texts, and for nothing else."""

OPT_OUT_OR_ORDER: frozenset[str] = frozenset({"cancel", "cancelar"})
"""Carriers take it for an opt-out, and it may be meant for the order: both are seen to."""

OPT_OUT_WITHIN: tuple[str, ...] = (
    "stop",
    "stopp",
    "unsubscribe",
    "opt out",
    "opt-out",
    "optout",
    "remove me",
    "do not text",
    "don't text",
    "dont text",
    "do not contact",
    "don't contact",
    "leave me alone",
    "wrong number",
    "no more texts",
    "no more messages",
    "take me off",
    "opt me out",
    "quit texting",
    "quit messaging",
    "end texts",
    "end these texts",
    "end these messages",
    "cancel texts",
    "cancel these texts",
    "cancel these messages",
    "un-subscribe",
    "unsub",
    "delete my number",
    "remove my number",
    "un subscribe",
    # German.
    "abmeldung",
    "schluss damit",
    "abmelden",
    "keine weiteren sms",
    "keine weiteren nachrichten",
    "sms abbestellen",
    "nachrichten abbestellen",
    "aufhoren",
    "hor auf",
    "hort auf",
    "horen sie auf",
    "nicht mehr schreiben",
    "schreibt mir nicht mehr",
    "schreiben sie mir nicht mehr",
    # Spanish.
    "de baja",
    "no mas mensajes",
    "no mas sms",
    "no mas textos",
    "no quiero mensajes",
    "no quiero mas mensajes",
    "no quiero mas sms",
    "no me escriban",
    "no molestar",
    "no molesten",
    "no me molesten",
    "basta de",
    # French.
    "desabonner",
    "desinscrire",
    "plus de sms",
    "plus de messages",
    "ne plus m'envoyer",
    "ne m'envoyez plus",
    "ne me contactez plus",
    "ne m'ecrivez plus",
    "laissez-moi tranquille",
    "laissez moi tranquille",
    "desinscription",
    "desabonnement",
    "ne plus m'ecrire",
    "ne plus me contacter",
    # Portuguese.
    "descadastrar",
    "descadastre",
    "descadastrem",
    "me remova",
    "me removam",
    "tirar da lista",
    "chega de mensagens",
    "chega de sms",
    "nao enviar mais",
    "nao enviem mais",
    "parar sms",
    "nao quero mensagens",
    "nao quero mais mensagens",
    "me tire da lista",
    # Hindi: what follows is the ending of the word.
    "संदेश बंद",
    "मैसेज बंद",
    "sms बंद",
    "बंद कर",
    "बन्द कर",
    "संदेश न भेज",
    "मैसेज न भेज",
    "sms न भेज",
    "band kar",
    "sms mat bhejo",
    "msg mat bhejo",
    "message mat bhejo",
    "बंद कीजिए",
    "रोक",
    "मत भेज",
    "मैसेज नहीं चाहिए",
    "संदेश नहीं चाहिए",
    "sms नहीं चाहिए",
)
"""Words within a sentence that may well ask for no more texts: in doubt none go, and a person reads it."""

OPT_OUT_PATTERNS: tuple[str, ...] = (
    # German: who got none says the opposite.
    r"(?:will|mochte|mochten|wollen|wunsche) (?:\w+ ){0,4}keine? (?:sms|nachrichten)",
    r"keine? (?:sms|nachrichten) mehr",
    r"(?<!habe )(?<!hab )(?<!noch )(?<!bisher )(?<!bekomme )(?<!erhalte )(?<!kam )"
    r"keine? (?:sms|nachrichten)(?! (?:\w+ ){0,2}(?:erhalten|bekommen|gekommen|angekommen)\b)",
    r"(?:lass|lasst|lassen sie) (?:mich|uns) (?:\w+ )?in ruhe",
    r"in ruhe (?:zu )?(?:ge)?lassen",
    # Spanish.
    r"(?:no quiero (?:seguir )?recibir|(?:deja|deje|dejen) de (?:enviar|mandar)(?:me)?|no me envie[ns]?)"
    r"(?:,? por favor$|$|"
    r"(?: \w+){0,3}? (?:mensajes?|sms|textos?|notificaciones|avisos|publicidad|nada|esto|mas$))",
    r"(?:deja|deje|dejen) de (?:escribir|molestar|contactar)(?:me)?",
    # French.
    r"arret(?:e|er|ez)(?:\W+\w+){0,4}?\W+(?:sms|textos?|messages?|envoyer|envois?|ecrire|contacter|deranger)",
    r"arret(?:e|er|ez)(?:$|,? (?:svp|s'il vous plait|s'il te plait|merci|maintenant|ca|cela|tout))",
    r"(?:arret|stopper)(?: (?:de|des|les|ces|vos|tous|tout|l'envoi|d'envoi)){0,3} (?:sms|textos?|messages?)",
    r"plus recevoir(?:$|(?: \w+){0,2}? (?:sms|textos?|messages?|notifications|publicites?|rien))",
    # Portuguese.
    r"(?:nao quero (?:mais )?receber|par(?:a|e|em|ar) de (?:me )?(?:enviar|mandar)|nao me (?:envi|mand)em?)"
    r"(?:,? por favor$|$|"
    r"(?: \w+){0,3}? (?:mensagens|mensagem|sms|textos?|notificacoes|avisos|nada|isso|mais$))",
    r"par(?:e|em|ar) de (?:me )?(?:escrever|incomodar|perturbar|contatar)",
    r"parem(?:$| com isso|,? por favor)",
)
"""The same as regular expressions: words that ask for it only with what goes on about texts."""

NO_OPT_OUT: tuple[str, ...] = (
    "stop by",
    "non[- ]stop",
    "bus stop",
    # Not "you don't stop", nor what may be a complaint about texts.
    r"(?<!you )(?<!they )(?<!texts )(?<!messages )(?:don't|dont|do not) stop"
    r"(?! (?:text|messag|sms|send|contact))",
)
"""Words within a sentence that sound like STOP and ask for nothing, as regular expressions."""

ORDER_WITHIN: tuple[str, ...] = (
    "stop (?:my|the|this|that) (?:order|delivery|shipment|shipping|purchase|package|parcel)",
)
"""What stops the texts, in doubt, and may be meant for the order, as regular expressions."""

OPT_IN: frozenset[str] = frozenset({"start", "yes", "unstop"})
HELP: frozenset[str] = frozenset(
    {"help", "info", "hilfe", "ayuda", "aide", "ajuda", "मदद", "सहायता", "madad"}
)

KEEP: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {"keep", "keep it", "keep order", "keep my order", "keep waiting", "wait", "i'll wait", "i will wait"}
    ),
    "de": frozenset({"warten", "weiter warten", "ich warte", "behalten"}),
    "es": frozenset({"esperar", "espero", "seguir esperando", "mantener"}),
    "fr": frozenset({"attendre", "j'attends", "j'attendrai", "garder", "je garde"}),
    "hi": frozenset({"इंतजार", "इंतजार करूंगा", "इंतजार करूंगी", "प्रतीक्षा", "रखें", "intezar"}),
    "pt": frozenset({"esperar", "espero", "aguardar", "aguardo", "vou esperar", "manter"}),
}
"""Whole texts that say: I keep waiting; by language."""

REFUND: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {"refund", "refund me", "refund please", "money back", "cancel it", "cancel order", "cancel my order"}
    ),
    "de": frozenset(
        {
            "stornieren",
            "storno",
            "erstattung",
            "erstatten",
            "ruckerstattung",
            "geld zuruck",
            "bestellung stornieren",
        }
    ),
    "es": frozenset(
        {"reembolso", "devolucion", "anular", "cancelar pedido", "cancelar mi pedido", "anular pedido"}
    ),
    "fr": frozenset(
        {"remboursement", "rembourser", "annuler", "annulation", "annuler la commande", "annuler ma commande"}
    ),
    "hi": frozenset({"रिफंड", "पैसे वापस", "रद्द", "रद्द करें", "ऑर्डर रद्द करें", "refund"}),
    "pt": frozenset(
        {"reembolso", "estorno", "anular", "cancelar pedido", "cancelar o pedido", "cancelar meu pedido"}
    ),
}
"""Whole texts that say: I want my money back; by language."""
