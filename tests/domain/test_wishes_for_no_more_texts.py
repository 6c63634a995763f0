"""Wishes for no more texts as people put them, by language: commands, questions, nouns and what is done.

Beside them what is wished of an order, and what uses the same words and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from backorder.domain.text_answers import UNCLEAR, Reading, read

CERTAIN = {
    "en": (*("stop", "Unsubscribe!", "please stop texting me", "No more texts, please", "Opt out"),),
    "de": (*("Stopp", "Bitte abmelden", "Keine SMS mehr, bitte", "Hören Sie auf!", "Abbestellen"),),
    "es": (*("Basta", "darme de baja", "No más mensajes, por favor", "Detener", "desuscribirme"),),
    "fr": (*("Arrêtez svp", "Désabonnement", "Plus de SMS, merci", "me désabonner", "Désinscrivez-moi"),),
    "hi": (*("बंद करो", "कृपया बंद करें", "sms nahi chahiye", "रोको", "स्टॉप", "band kar do please"),),
    "pt": (*("Pare", "Sair", "parar mensagens, por favor", "descadastrar", "Cancelar SMS"),),
}
"""Texts that say nothing else."""

IN_DOUBT = {
    "en": (
        *("unsubscribed", "unsubscribed please", "ok unsubscribed", "Please, I already have unsubscribed"),
        *("I want to get unsubscribed", "I'd like this number unsubscribed", "You have not unsubscribed me"),
        *("I was unsubscribed and you still text me", "I want these texts stopped"),
        *("I'd like all text messages cancelled", "Get these messages blocked", "texts cancelled please"),
        *("I already cancelled these texts", "I've canceled the messages twice", "I want my number removed"),
        *("Can I have this number deleted please", "Please have the texts ended"),
        *("You still haven't stopped texting me", "you have not removed my number"),
        *("You never stopped the texts", "you don't cancel the texts", "You didn't turn off the messages"),
        *("they never unsubscribed me", "did you cancel the texts yet? I keep getting them"),
        *("why did you not cancel the texts", "Why haven't you cancelled the texts"),
        *("why don't you cancel these messages", "Did you cancel the texts"),
        *("Could you disable the notifications?", "Won't you end these texts", "Can't I cancel the messages"),
        *("Have you cancelled these texts?", "why won't you unsubscribe me"),
        *("Are you cancelling my texts yet", "Cancellation of my subscription"),
        *("subscription cancellation please", "I request the cancellation of texts"),
        *("termination of these messages", "text cancellation", "request for removal of my number"),
        *("don't call me or text me anymore", "do not call or text me", "never call, email or text us again"),
        *("Don't email or message this number", "No calls or texts please", "no more calls or texts"),
        *("Do not phone nor text", "please do not text or call", "neither call nor text me"),
        *("Pause these texts", "switch the notifications off", "turn these messages off"),
        *("get rid of these texts", "I never asked for these texts", "I didn't sign up for text messages"),
        "I did not agree to receive texts",
        *("I do not want any calls or texts", "I have told you not to text me", "not interested in texts"),
        *(
            "the texts are not stopped",
            "I want to be taken off",
            "why do I keep getting texts after I cancelled",
        ),
    ),
    "de": (
        *("Ich habe die SMS schon abbestellt, warum kommen sie noch?", "SMS abbestellt", "Abbestellt!"),
        *("Ich habe mich schon abgemeldet", "bin längst abgemeldet", "Ich will abgemeldet werden"),
        *("Ich möchte die SMS eingestellt haben", "Nachrichten bereits gekündigt"),
        *("Ich habe mein Abo gekündigt", "Ich möchte ausgetragen werden"),
        *("Meine Nummer soll gelöscht werden", "Ihr habt mich nicht abgemeldet"),
        *("Warum habt ihr die SMS nicht abbestellt", "Die SMS sind noch nicht abbestellt"),
        *("Sie haben die SMS immer noch nicht eingestellt", "Ihr habt meine Nummer nicht gelöscht"),
        *("Stellt ihr die SMS nicht ein?", "Stoppt ihr die SMS nicht?", "Warum stoppen Sie die SMS nicht?"),
        *("Könnt ihr die SMS nicht abstellen?", "Können Sie die Nachrichten beenden?"),
        *("Beendet ihr die SMS?", "Warum stellen Sie die Nachrichten nicht ein"),
        *("Wann stoppen Sie die SMS endlich", "Kündigung meines Abos", "Abokündigung", "Kündigung Abo"),
        *("Abbestellung der SMS", "SMS-Abmeldung", "Beendigung der Benachrichtigungen"),
        *("Abschaltung der SMS bitte", "Löschung meiner Nummer", "Ich hab von euch keine SMS bestellt"),
        *("Ich habe keine Nachrichten abonniert", "Ich habe nie um SMS gebeten"),
        *("Ich habe keine SMS gewollt", "Ich wollte keine SMS", "SMS deaktivieren"),
        *("Deaktivieren Sie die Nachrichten", "Bitte die SMS abstellen", "SMS aus"),
        *("Beenden Sie bitte diese SMS", "Schaltet die Benachrichtigungen ab", "Bestellt die SMS ab"),
        *("Weder anrufen noch SMS schicken", "Nicht anrufen und keine SMS", "Schickt mir nichts mehr"),
        *("Schicken Sie mir keine Nachrichten", "Bitte nicht mehr schreiben", "Unterlassen Sie diese SMS"),
        *("SMS-Dienst kündigen", "Hört endlich mit den SMS auf", "Ich wurde nicht abgemeldet"),
    ),
    "es": (
        *("detén los mensajes", "deténganse los mensajes", "cancélenme los avisos"),
        *("me cancelan los mensajes", "Cancélame los sms", "Desactívenme las notificaciones"),
        *("deténganme los mensajes", "Para los mensajes", "Por favor para los mensajes", "Paren ya los sms"),
        *("Suspendan los avisos", "Detened los mensajes", "Quiten los mensajes"),
        *("Eliminen las notificaciones", "Cesen los mensajes", "Quítame los avisos"),
        *("¿Por qué no cancelan los mensajes?", "¿Me pueden cancelar los mensajes?"),
        *("¿Cancelan los mensajes?", "¿Por qué no han cancelado los sms?", "No cancelaron los mensajes"),
        *("¿Cuándo paran los mensajes?", "No han parado los mensajes", "¿Ya cancelaron los mensajes?"),
        *("No detienen los avisos", "cancelación de mensajes", "Cancelación de la suscripción"),
        *("baja de mensajes", "Solicito la baja", "anulación de los avisos"),
        *("Desactivación de notificaciones", "cese de los mensajes", "Ya cancelé los mensajes"),
        *("Quiero los mensajes cancelados", "He cancelado los sms y siguen llegando", "Ya me desuscribí"),
        *("Estoy desuscrito", "Me di de baja", "No me han dado de baja", "Ya no más, por favor"),
        *("Ya no más. Gracias", "no pedí estos mensajes", "Nunca pedí mensajes", "No autoricé mensajes"),
        *("No me llamen ni me escriban", "ni llamadas ni mensajes", "No me suscribí a estos avisos"),
        "No quiero llamadas ni mensajes",
        *("no quiero sus mensajes", "¿pueden dejar de mandar mensajes?"),
    ),
    "fr": (
        *("résiliation de l'abonnement sms", "annulation abonnement", "désactivation sms"),
        *("suppression des sms", "Résiliation de mon abonnement", "fin des sms"),
        *("Annulation des notifications", "Arrêt de vos textos", "pourquoi vous n'annulez pas les sms"),
        *("Pourquoi n'arrêtez-vous pas les SMS ?", "Vous n’arrêtez pas les sms"),
        *("Vous n’avez pas annulé les sms", "Vous ne m'avez pas désabonné"),
        *("Vous n’arrêtez pas de m’envoyer des sms", "Pouvez-vous désactiver les notifications ?"),
        *("Quand arrêtez-vous les sms ?", "Annulez-vous les sms ?"),
        *("Avez-vous annulé les sms ? J'en reçois encore", "Vous n'avez toujours pas supprimé mon numéro"),
        *("J'ai déjà annulé les sms", "J’ai résilié l’abonnement", "Je me suis déjà désabonné"),
        *("Je suis désinscrite", "Désabonné", "Je veux être désabonnée", "Je voudrais les sms désactivés"),
        *("sms annulés svp", "Résiliez l’abonnement sms", "Coupez les sms", "Suspendez les notifications"),
        *("Cessez les messages", "Bloquez vos messages", "Annulez-moi ces sms"),
        *("désactivez-moi les notifications", "Stoppez-moi ces textos", "Je n’ai jamais demandé de sms"),
        *("Je n’ai pas demandé vos messages", "Je ne me suis pas inscrit aux sms", "Ni appels ni sms"),
        *("Ne m'appelez pas et ne m'envoyez pas de sms", "Pas d'appels ni de sms"),
    ),
    "hi": (
        *("मेसेज बंद होने चाहिए", "एसएमएस बंद होना चाहिए", "संदेश बंद होने चाहिए", "एसएमएस बंद हों"),
        *("मेसेज बंद हो जाएं", "सब्सक्रिप्शन रद्द होना चाहिए", "सदस्यता समाप्त होनी चाहिए", "एसएमएस न भेजें"),
        *("मेसेज न करें", "टेक्स्ट ना भेजो", "नोटिफिकेशन मत भेजिए", "मैसेज न करो", "संदेश मत दो"),
        *("एसएमएस बंद क्यों नहीं होते", "मेसेज बंद नहीं हुए", "मेसेज बंद क्यों नहीं करते"),
        *("सदस्यता रद्द नहीं हुई", "आपने एसएमएस बंद नहीं किए", "क्या आप मेसेज बंद करेंगे"),
        *("मेसेज कब बंद होंगे", "मेसेज बंद करवाना है", "मैंने एसएमएस बंद किए थे, फिर भी आते हैं"),
        *("मुझे अनसब्सक्राइब करें", "मैंने अनसब्सक्राइब कर दिया है", "मुझे मेसेज नहीं चाहिए"),
        *("मुझे कॉल या मेसेज न करें", "मैंने एसएमएस नहीं मांगे", "नोटिफिकेशन नहीं चाहिए"),
        *("sms band hone chahiye", "message band ho jaye", "sms band kyu nahi hote", "sms band nahi hue"),
        *("message band karwana hai", "sms na bheje", "call ya message mat karo"),
        *("subscription band hona chahiye", "maine sms nahi mange", "sms band", "msg kab band honge"),
        "aapne sms band nahi kiye",
    ),
    "pt": (
        *("para as mensagens", "Por favor, para os sms", "cancelamento de SMS", "não mandam mais, por favor"),
        *("Cancelamento da assinatura", "encerramento das mensagens", "Desativação de notificações"),
        *("fim dos sms", "suspensão dos avisos", "solicito o descadastro", "Remoção do meu número"),
        *("Por que não cancelam as mensagens?", "Vocês não cancelaram os sms", "Não pararam as mensagens"),
        *("Já cancelaram os sms? Continuo recebendo", "Podem desativar as notificações?"),
        *("Quando param os sms?", "Vocês não param de mandar mensagens"),
        *("Por que ainda não me descadastraram", "Já cancelei os sms", "Já me descadastrei"),
        *("Já me desinscrevi", "Quero as mensagens canceladas", "Quero ser descadastrado"),
        *("Estou descadastrada", "Vocês não me descadastraram", "Cancele-me os avisos"),
        *("Me cancelem as mensagens", "Interrompam os sms", "Suspendam as mensagens"),
        *("Bloqueiem as mensagens", "Tirem as notificações", "Eliminem os avisos"),
        *("Parem já com essas mensagens", "Não pedi essas mensagens", "Nunca pedi sms"),
        *("Não autorizei mensagens", "Não me inscrevi para sms", "Não liguem nem mandem mensagens"),
        *("nem ligações nem mensagens", "Não mandem sms"),
    ),
}
"""What may well be meant so: no texts go, and a person reads it."""

OF_THE_ORDER = {
    "en": (
        *("Stop processing my order", "stop shipping my order", "Stop preparing this order"),
        *("stop packing the order", "Stop billing my order", "stop sending the order"),
        *("Please stop sending my package", "stop the shipping", "Stop making my order"),
        *("stop charging me for the order", "stop fulfilling order 1001", "Stop my order"),
        *("stop that delivery", "stop delivering my parcel", "Stop everything, cancel the order"),
        *("STOP. cancel order", "Cancellation of my subscription", "stop billing me"),
        "stop the order process",
    ),
    "de": (
        *("Stopp meine Bestellung", "Stopp, Bestellung stornieren", "Stop! Auftrag kündigen"),
        *("stop der Lieferung", "Kündigung meines Abos", "Abo kündigen"),
        "Keine SMS mehr und Bestellung stornieren",
    ),
    "es": (
        *("Stop al pedido", "STOP, cancelen mi pedido", "stop mi compra", "stop al envío"),
        *("Basta de esperar, anulen el pedido", "Cancelación de la suscripción", "dar de baja mi pedido"),
        "No más mensajes, anulación del pedido",
    ),
    "fr": (
        *("Stop, annulez ma commande", "stop la commande", "Stop à la livraison", "stop mon achat"),
        *("Plus de sms et annulez la commande", "Résiliation de mon abonnement"),
        "Stop, annulation de la commande",
    ),
    "hi": (
        *("ऑर्डर रोक दो", "मेरा ऑर्डर बंद करो", "डिलीवरी रोकें", "ऑर्डर मत भेजो", "पार्सल रोक दीजिए"),
        *("mera order band karo", "order stop karo", "stop order", "सदस्यता रद्द करें"),
        "सब्सक्रिप्शन रद्द होना चाहिए",
    ),
    "pt": (
        *("Stop, cancelem o pedido", "stop no pedido", "stop a encomenda", "Chega de sms, cancele a compra"),
        *("Cancelamento da assinatura", "Parem com isso e cancelem a encomenda", "stop na entrega"),
    ),
}
"""What stops the texts and may be meant for the order, so that a person asks the same day."""

OF_TEXTS_ABOUT_IT = (
    *("stop delaying my order", "Stop sending texts about my order", "stop texting my order updates"),
    *("Stop sending me order updates", "stop sending updates on the order", "stop messaging about my order"),
    *("stop postponing my order", "Stop sending order notifications", "stop emailing me order news"),
)
"""Wishes for other things than the end of an order."""

SOMETHING_ELSE = {
    "en": (
        *("please text, do not call", "please text me, don't call me", "Don't call me, text me"),
        *("don't call, just text", "I haven't unsubscribed", "I never unsubscribed"),
        *("Why was I unsubscribed", "why have you unsubscribed me", "I did not cancel the texts"),
        *("I have not cancelled my texts", "Why did you cancel the texts?"),
        *("why have you stopped texting me", "The texts have stopped, why?", "You stopped texting me"),
        *("Did you cancel my subscription?", "I do not want the texts cancelled"),
        *("I got no calls or texts from you", "You don't need to cancel the texts"),
        *("please don't unsubscribe me", "The cancellation of my card is done"),
        *("I never got the texts I asked for", "I did not get texts", "please don't turn off the texts"),
        *("Please don't call me and text me instead", "Has my order been cancelled?"),
        "my flight got cancelled",
        *(
            "I deleted the message, send it again",
            "I never asked for express shipping",
            "you haven't sent my parcel",
        ),
    ),
    "de": (
        *("Ich habe die SMS nicht abbestellt", "Warum wurden die SMS abbestellt?"),
        *("Warum bin ich abgemeldet?", "Ich habe mich nicht abgemeldet", "SMS nicht abbestellen"),
        *("Stellt die SMS nicht ein", "Stoppen Sie die SMS nicht", "Warum habt ihr die SMS abbestellt"),
        *("Meldet mich nicht ab", "Ich habe mein Abo nicht gekündigt", "Die SMS wurden eingestellt, warum?"),
        *("Ich hab keine SMS bekommen", "Ich habe von euch keine SMS", "SMS bitte nicht abstellen"),
        *("SMS ausgewertet", "Nummer nicht löschen", "Bitte nicht anrufen, lieber SMS"),
        *("Die Kündigung ist falsch", "Warum haben Sie mein Abo gekündigt?"),
        "Haben Sie keine Nachrichten bekommen?",
        "Die Lieferung wurde nicht eingestellt?",
        *("Die SMS habe ich gelöscht, bitte nochmal schicken", "Ich habe das nicht bestellt"),
    ),
    "es": (
        *("No cancelen los mensajes", "No me cancelen los avisos", "¿Por qué me cancelan los mensajes?"),
        *("¿Por qué cancelaron los avisos?", "Mi número es para SMS", "Gracias para los mensajes"),
        *("Para los mensajes uso otro número", "No cancelé los mensajes", "Ya no más retrasos"),
        *("No me di de baja", "¿Por qué han cancelado los sms?", "No recibí los mensajes que pedí"),
        *("No me llamen, mejor mensajes", "No detengan los mensajes", "La cancelación fue un error"),
        *("No quiero darme de baja", "Solo quiero saber si cancelaron el vuelo"),
        "No quiero los mensajes cancelados",
    ),
    "fr": (
        *("N'annulez pas les sms", "N'arrêtez pas les SMS", "Je n’ai pas annulé les sms"),
        *("Ne coupez pas les sms", "Pourquoi avez-vous annulé les sms ?", "Pourquoi vous annulez les sms"),
        *("Vous m'avez désabonné ?", "Je ne me suis pas désabonné", "Pourquoi suis-je désabonné ?"),
        *("Ne me désabonnez pas", "La résiliation est une erreur", "Je n’ai pas reçu de sms"),
        *("Ne m'appelez pas, un sms suffit", "Pas d'appels, plutôt des sms"),
        *("Vous avez annulé mon abonnement ?", "Puis-je résilier par sms ?"),
        *("J'ai supprimé le message, renvoyez-le", "Je n'ai pas demandé l'express", "J'ai annulé mon voyage"),
    ),
    "hi": (
        *("एसएमएस बंद हो गए हैं", "मेसेज बंद मत करना", "मेसेज बंद न करें", "मेसेज क्यों बंद हो गए"),
        *("एसएमएस बंद हैं", "मैंने एसएमएस बंद नहीं किए", "सब्सक्रिप्शन रद्द न करें"),
        *("मैंने अनसब्सक्राइब नहीं किया", "एसएमएस नहीं आया", "मेसेज नया है", "सदस्यता रद्द हो गई"),
        *("मेसेज बंद हो रहे हैं क्यों", "sms band ho gaye", "message band mat karna", "sms band kyu ho gaye"),
        *("maine sms band nahi kiye", "call mat karo, sms karo", "कॉल न करें, मेसेज करें"),
        *("message nahi aaye", "subscription band na kare"),
    ),
    "pt": (
        *("Não cancelem as mensagens", "Obrigado para as mensagens", "Este número é para SMS"),
        *("Não cancelei os sms", "Não me descadastrei", "Por que cancelaram as mensagens?"),
        *("Por que fui descadastrado?", "Não me descadastrem", "Para as mensagens uso outro número"),
        *("Não me mandam mais mensagens", "O cancelamento foi um erro", "Não me enviam mais avisos"),
        *("Vocês não mandam mais mensagens", "Não liguem, mandem mensagens", "Não parem as mensagens"),
        *("Não quero as mensagens canceladas", "Não recebi as mensagens que pedi"),
        "Por que me cancelam os avisos?",
        *("Apaguei a mensagem, mande de novo", "Não pedi esse produto", "Não mandem o produto errado"),
    ),
}
"""What asks for nothing, and would be silenced by a word of it."""


def every(table: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(language, body) for language, said in table.items() for body in said]


@pytest.mark.parametrize(("language", "body"), every(CERTAIN))
def test_a_text_that_says_nothing_else_stops_the_texts_for_certain(language: str, body: str) -> None:
    found = read(body, languages=[language])
    assert (found.meaning, found.doubt, found.order) == ("stop", False, False)


@pytest.mark.parametrize(("language", "body"), every(IN_DOUBT))
def test_what_may_well_be_meant_so_stops_the_texts_and_is_read(language: str, body: str) -> None:
    found = read(body, languages=[language])
    assert (found.meaning, found.doubt) == ("stop", True)


@pytest.mark.parametrize(("language", "body"), every(OF_THE_ORDER))
def test_what_may_be_meant_for_the_order_is_asked_the_same_day(language: str, body: str) -> None:
    assert read(body, languages=[language]) == Reading(meaning="stop", doubt=True, order=True)


@pytest.mark.parametrize("body", OF_TEXTS_ABOUT_IT)
def test_who_wants_no_texts_about_an_order_or_no_delay_of_it_does_not_end_it(body: str) -> None:
    assert read(body) == Reading(meaning="stop", doubt=True)


@pytest.mark.parametrize(("language", "body"), every(SOMETHING_ELSE))
def test_what_only_uses_such_words_stops_nothing(language: str, body: str) -> None:
    assert read(body, languages=[language]) == UNCLEAR
