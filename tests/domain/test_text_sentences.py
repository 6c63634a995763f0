"""What a customer's sentence asks for, and what only sounds as if it asked for no more texts."""

from __future__ import annotations

import pytest

from backorder.domain.text_answers import UNCLEAR, Reading, read

NOTHING_ASKED = {
    "en": (
        "I work nights, please text, do not call",
        "please text me, don't call me",
        "In the end it arrived, thanks",
        "I haven't unsubscribed",
        "Why did you cancel messages",
        "I never unsubscribed, where are my texts?",
        "Don't cancel my subscription",
        "Did you cancel my subscription?",
        "When does my subscription end?",
        "My subscription ended in May",
        "I do not want to cancel the messages",
        "I didn't mean to unsubscribe",
        "At the end of the message there is no link",
        "The end of my subscription was in May",
        "Can I get some money back off this?",
        "It will end it all",
        "Why was I unsubscribed",
        "I got your cancel message by mistake",
    ),
    "de": (
        "Ich bekomme keine Benachrichtigungen",
        "Bitte Abo nicht kündigen",
        "Warum bekomme ich keine SMS?",
        "Ich bekomme keine SMS mehr",
        "Ich erhalte leider keine Nachrichten von Ihnen",
        "Ich habe noch immer keine Benachrichtigungen",
        "Wir haben bisher keine Infos und keine SMS",
        "Es gab keine Benachrichtigungen",
        "Kündigt mein Abo nicht",
        "Kündigen Sie bitte nicht mein Abo",
        "SMS nicht abbestellen",
        "Stellt die SMS nicht ein",
        "Endlich kam mein Abo",
        "Wann ist der Termin für das Abo",
        "Ich kann Ihnen nicht mehr schreiben",
        "Die SMS kündigt die Lieferung an",
    ),
    "es": (
        "prefiero esperar para recibir avisos",
        "Gracias para los mensajes",
        "mi numero es para SMS",
        "Este número es para los mensajes del pedido",
        "Parece que los avisos llegan tarde",
        "No cancelen los avisos",
        "No quiero cancelar los mensajes",
        "No quiero dejar de recibir avisos",
        "¿Por qué cancelaron los mensajes?",
        "Ya no más retrasos",
        "¿Puedo cancelar por sms?",
        "Mi suscripción terminó en mayo",
        "No cancele mi suscripción",
        "No recibo los mensajes",
        "Para mí los avisos están bien",
    ),
    "fr": (
        "je n'ai pas de sms avec le lien",
        "Je ne reçois plus de sms",
        "Je ne reçois pas de notifications",
        "Je n’ai pas eu de sms",
        "Toujours pas de sms",
        "Il n’y a pas de notifications",
        "Pas de sms reçu depuis hier",
        "Je n’ai plus de notifications de vous",
        "N’annulez pas mon abonnement",
        "Vous avez annulé mon abonnement ?",
        "Pourquoi avez-vous supprimé les notifications ?",
        "Je ne veux pas me désabonner",
        "Ne supprimez pas les messages",
        "Puis-je annuler par sms ?",
        "Mon abonnement se termine en mai",
    ),
    "pt": (
        "nao enviaram mais nada",
        "Vocês não mandaram mais mensagens",
        "Não me enviam mais avisos",
        "Este número é para SMS",
        "Obrigado para as mensagens",
        "Prefiro esperar para receber avisos",
        "Parece que as mensagens atrasaram",
        "Não cancelem os avisos",
        "Não quero cancelar as mensagens",
        "Não quero receber o produto errado",
        "Não me desinscrevi",
        "Por que cancelaram as mensagens?",
        "Não recebi os avisos",
        "Posso cancelar por sms?",
        "Minha assinatura terminou em maio",
    ),
    "hi": (
        "एसएमएस बंद हो गए हैं",
        "मेसेज बंद मत करना",
        "सब्सक्रिप्शन रद्द मत करना",
        "सब्सक्रिप्शन खत्म हो गया",
        "सदस्यता समाप्त हो गई",
        "बस करीब दो दिन और",
        "एसएमएस नहीं आया",
        "मेसेज नहीं मिला",
        "नोटिफिकेशन नहीं आते",
        "subscription band ho gaya",
        "subscription band mat karo",
        "sms nahi aaya",
        "koi message nahi mila",
    ),
}


@pytest.mark.parametrize("body", [each for said in NOTHING_ASKED.values() for each in said])
def test_what_only_sounds_like_stop_stops_nothing(body: str) -> None:
    assert read(body) == UNCLEAR


@pytest.mark.parametrize(
    "body",
    [
        *("quit it", "cut it out!", "Quit bothering us", "cancel all these texts", "Block your messages"),
        *("I already unsubscribed!", "I want to be unsubscribed", "I unsubscribed twice"),
        *("Stoppt die SMS", "Bestellen Sie bitte die Nachrichten ab", "Ich habe gesagt keine SMS mehr"),
        *("Ich will keine SMS mehr bekommen", "Keine Benachrichtigungen mehr"),
        *("Pare los mensajes", "parar de recibir sms", "Desactive los avisos", "ya no más mensajes"),
        *("Je ne veux plus de notifications", "J’en ai marre de vos sms", "annulez les messages"),
        *("parem as mensagens", "não mandem mais", "não desejo receber avisos", "cancele os avisos"),
        *("मेसेज बंद", "बस करो"),
    ],
)
def test_a_wish_for_no_more_texts_is_one(body: str) -> None:
    assert read(body) == Reading(meaning="stop", doubt=True)


@pytest.mark.parametrize(
    "body",
    [
        *("Cancel subscription order", "cancel my subscription", "Stop texting me and cancel my order"),
        *("Abo kündigen", "kündige bitte mein Abo", "Keine SMS mehr, bitte Bestellung stornieren"),
        *("cancelar pedido por sms", "cancelar mi suscripción"),
        *("annuler l’abonnement", "résilier mon abonnement", "annuler la commande par sms"),
        *("cancelar minha assinatura", "cancelar o pedido por sms"),
        *("सब्सक्रिप्शन रद्द करें", "subscription band karo"),
    ],
)
def test_what_may_be_meant_for_the_order_is_seen_to_the_same_day(body: str) -> None:
    assert read(body) == Reading(meaning="stop", doubt=True, order=True)
