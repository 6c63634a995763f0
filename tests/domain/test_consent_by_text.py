"""Who takes a consent to texts back, or is not the one who is meant, by language.

Beside them what a person reads for what it is: a withdrawal from the contract, and a consent to a delay.
"""

from __future__ import annotations

import pytest

from backorder.domain.text_answers import UNCLEAR, Reading, read
from tests.support.said import bodies, every

CONSENT_TAKEN_BACK = {
    "en": """
        revoke consent | I revoke my consent | I revoke my consent to receive texts | withdraw my consent
        I hereby withdraw my consent | I withdrew my consent weeks ago | consent revoked | consent withdrawn
        My consent is withdrawn | I am revoking permission to text me | I've revoked my permission
        I rescind my consent to be contacted | I take back my consent | revocation of consent
        withdrawal of my consent to texts | I want to withdraw consent | How do I revoke my consent?
        you do not have my permission to text me | I never gave you permission to message me
        You text me without my consent | I no longer consent | I don't consent to texts | revoking consent
        I am withdrawing my authorization for texts | I object to these texts | revoke my opt-in
        i retract my consent
        """,
    "de": """
        Ich widerrufe meine Einwilligung | Einwilligung widerrufen | Hiermit widerrufe ich meine Zustimmung
        Widerruf meiner Einwilligung | Widerruf der Einwilligung | Ich ziehe meine Einwilligung zurück
        Ich möchte meine Einwilligung widerrufen | Ich nehme meine Zustimmung zurück
        Wir widerrufen unsere Erlaubnis | Meine Einwilligung ist widerrufen
        Ich habe meine Zustimmung längst zurückgezogen | Ich entziehe Ihnen die Erlaubnis, mir zu schreiben
        Ihr habt keine Erlaubnis, mir zu schreiben | Ohne meine Einwilligung dürfen Sie mir nicht schreiben
        Ich habe nie in SMS eingewilligt | Ich widerspreche der Nutzung meiner Nummer
        Ich widerspreche den SMS | Widerspruch gegen Werbung | Ich willige nicht mehr ein
        Mein Einverständnis ziehe ich zurück | Ich habe nie zugestimmt, SMS zu bekommen
        """,
    "es": """
        retiro mi consentimiento | Revoco mi consentimiento | Revoco el permiso
        Quiero revocar mi consentimiento | Retiramos nuestra autorización
        Por la presente revoco mi autorización | revocación del consentimiento | retirada de mi consentimiento
        Mi consentimiento queda revocado | He retirado mi consentimiento | Ya no autorizo que me escriban
        No tienen mi permiso para escribirme | Me escriben sin mi consentimiento
        Nunca di permiso para mensajes | Ya no doy mi consentimiento
        Cancelo mi autorización para recibir sms | Me opongo a recibir mensajes | Anulo mi consentimiento
        Ya no consiento | retirar consentimiento
        """,
    "fr": """
        je retire mon consentement | Je révoque mon consentement | Retrait de mon consentement
        Je retire mon accord | révocation du consentement | Je souhaite retirer mon consentement
        Nous retirons notre autorisation | Mon consentement est retiré | J'ai retiré mon consentement
        Par la présente je retire mon consentement | Je ne vous autorise plus à m'écrire
        Vous m'écrivez sans mon accord | Je n'ai jamais donné mon accord pour des sms | Je m'oppose à vos sms
        Je ne consens plus | Vous n'avez pas mon autorisation pour m'écrire | J'annule mon consentement
        Je reprends mon consentement | consentement révoqué
        """,
    "hi": """
        मैं अपनी सहमति वापस लेता हूँ | मैं अपनी सहमति वापस लेती हूं | सहमति वापस | मैंने सहमति वापस ले ली है
        मैं अनुमति वापस ले रहा हूँ | मेरी इजाज़त वापस लीजिए | सहमति रद्द करें | मेरी सहमति रद्द कीजिए
        बिना इजाज़त मैसेज क्यों भेजते हो | मैंने मैसेज की अनुमति नहीं दी | मेरी सहमति के बिना मैसेज आ रहे हैं
        main apni sehmati wapas leta hoon | meri permission wapas | consent wapas leti hu
        anumati vapas le raha hun | sahmati radd karo | bina ijazat message kyu bhejte ho
        maine sms ki permission nahi di
        """,
    "pt": """
        revogo meu consentimento | Revogo o meu consentimento | Retiro o meu consentimento
        Quero revogar a permissão | Retiramos a nossa autorização | Venho revogar meu consentimento
        revogação do consentimento | Meu consentimento está revogado | Já retirei meu consentimento
        Não autorizo mais mensagens | Não autorizo mais que me escrevam
        Vocês não têm minha permissão para me escrever | Vocês me escrevem sem o meu consentimento
        Nunca dei permissão para mensagens | Cancelo minha autorização | Oponho-me a receber mensagens
        Me oponho a receber sms | Anulo o consentimento | Já não dou consentimento
        """,
}
"""Who had agreed to texts and agrees no more."""

NOT_THE_ONE = {
    "en": """
        wrong number | Sorry, wrong number | You have the wrong number | wrong person | Wrong phone number
        You've got the wrong person | This is the wrong number | this is not her | I'm not Anna, wrong phone
        This isn't her number | This is not his number anymore | not my order, wrong nr | incorrect number
        This number doesn't belong to Anna | This number belongs to someone else now | Anna doesn't live here
        I don't know any Anna | I never ordered anything from you | I didn't order anything | That's not me
        not me | I am not your customer | you texted the wrong guy | worng number | wrong num | Wrong # sorry
        No one by that name here | new owner of this number | mistaken number | Nobody here ordered anything
        """,
    "de": """
        falsche Nummer | Falsche Nummer! | Sie haben die falsche Nummer | Sie haben eine falsche Handynummer
        Die Nummer ist falsch | Das ist nicht die richtige Nummer | Falsch verbunden | Falsche Person
        Sie haben sich in der Nummer geirrt | Ihr habt euch verwählt | Du hast dich verwählt
        falscher Empfänger | Diese Nummer gehört nicht Anna | Die Nummer gehört jetzt mir | Das bin ich nicht
        Ich bin nicht die Person | Ich kenne keine Anna | Ich kenne Sie nicht
        Ich habe nichts bei Ihnen bestellt | Ich bin kein Kunde von Ihnen | Hier gibt es keine Frau Anna
        falsche Nr. | Ich hab bei euch nie etwas bestellt | Hier wohnt keine Anna
        """,
    "es": """
        número equivocado | Número incorrecto | Se confundió de número | Se equivocó de número
        Se han equivocado de número | Te equivocaste de número | Te has equivocado de persona
        Os habéis equivocado de número | persona equivocada | Tienen el número equivocado
        Este no es el número de Ana | Ya no es su número | teléfono equivocado | Este número no es de Ana
        Este número ya no pertenece a Ana | No soy yo | No soy esa persona | No conozco a ninguna Ana
        No los conozco | No he pedido nada | No compré nada | No soy cliente suyo
        Nunca he comprado nada con ustedes | Aquí no vive ninguna Ana | numero equivocao | número erróneo
        equivocado
        """,
    "fr": """
        mauvais numéro | Faux numéro | Erreur de numéro | Vous vous trompez de numéro
        Vous vous êtes trompé de numéro | Tu te trompes de numéro | Tu t'es trompé de personne
        Mauvaise personne | mauvais destinataire | Ce n'est pas moi | C'est pas le bon numéro
        Ce n'est pas le numéro d'Anna | Vous avez le mauvais numéro | Ce numéro n'appartient plus à Anna
        Ce numéro n'est pas celui d'Anna | Je ne suis pas cette personne | Je ne connais pas d'Anna
        Je ne vous connais pas | Je n'ai rien commandé | Je n'ai jamais commandé chez vous
        Je ne suis pas client chez vous | Il n'y a personne de ce nom ici | numéro incorrect
        vous faites erreur de numéro
        """,
    "hi": """
        गलत नंबर | ग़लत नंबर है | यह गलत नंबर है | रॉन्ग नंबर | रांग नंबर | नंबर गलत है
        आपने गलत नंबर पर भेजा है | गलत आदमी | यह मेरा नंबर नहीं है, गलत व्यक्ति | यह उनका नंबर नहीं है
        मैं वो नहीं हूँ | मैं वह व्यक्ति नहीं हूँ | मैंने कुछ ऑर्डर नहीं किया | मैंने कोई ऑर्डर नहीं दिया
        मैं आपको नहीं जानता | यहाँ इस नाम का कोई नहीं है | galat number | galat number hai bhai
        ghalat nambar | wrong number hai | ye uska number nahi hai | galat no | maine kuch order nahi kiya
        main wo nahi hu | aapne galat number pe message kiya | galat insaan
        """,
    "pt": """
        número errado | Número incorreto | Você tem o número errado | Esse número está errado | Foi engano
        Você se enganou de número | Vocês se enganaram no número | Enganaste-te no número | pessoa errada
        Não sou eu | Não sou essa pessoa | Este número não é da Ana | Esse número não pertence à Ana
        telefone errado | Este não é o número da Ana | Não conheço nenhuma Ana | Não conheço vocês
        Não comprei nada | Nunca comprei nada com vocês | Não sou cliente de vocês | Não encomendei nada
        contato errado | Aqui não mora nenhuma Ana | numero erado | é engano | mensagem para a pessoa errada
        """,
}
"""Who is not the customer: the number is another's."""

OF_THE_CONTRACT = """
    I withdraw from the contract | I want to withdraw from my order | withdraw | withdrawal
    I revoke the contract | Ich widerrufe den Vertrag | Widerruf | Ich widerrufe
    Ich widerrufe meine Bestellung | Widerruf des Vertrags | Hiermit widerrufe ich den Kauf
    Ich trete vom Vertrag zurück | Ich ziehe meine Bestellung zurück | Ich widerspreche der Rechnung
    Wo kann ich den Widerruf erklären? | Ich nehme die Bestellung zurück | Desisto del contrato
    Quiero desistir de la compra | Retiro mi pedido | Revoco el contrato | Ejerzo mi desistimiento
    Je me rétracte | Je me rétracte du contrat | Je retire ma commande | Rétractation | Je renonce au contrat
    Desisto do contrato | Quero desistir da compra | Retiro o meu pedido | Revogo o contrato
    Exerço o arrependimento | मैं अनुबंध से हटता हूँ | मैं ऑर्डर वापस करना चाहता हूँ
    main order wapas karna chahta hoon | paise wapas chahiye
    """
"""Withdrawals: a person reads them as what they are, and the texts go on."""

OF_A_DELAY = """
    I do not consent to the delay | I withdraw my consent to the delay | I revoke my consent to wait
    I don't consent | I take back my consent to the new date | I object to the delay
    You shipped without my consent to the delay | Ich stimme der Verspätung nicht zu
    Ich widerrufe meine Zustimmung zur Verspätung | Ich ziehe meine Zustimmung zum neuen Termin zurück
    Ich widerspreche der Verzögerung | No autorizo el retraso | Retiro mi consentimiento para el retraso
    Retiro mi autorización para la nueva fecha | Je retire mon accord pour le retard
    Je retire mon accord au report | Je m'oppose au retard | Retiro meu consentimento ao atraso
    Revogo minha autorização para a nova data | Não autorizo o atraso | देरी के लिए मेरी सहमति वापस
    देरी की सहमति रद्द करें | deri ke liye meri sehmati wapas
    """
"""Consents to something else than texts."""


@pytest.mark.parametrize(("language", "body"), [*every(CONSENT_TAKEN_BACK, NOT_THE_ONE)])
def test_who_agrees_to_no_texts_or_is_another_gets_none_however_it_is_said(language: str, body: str) -> None:
    for found in (read(body, languages=[language]), read(body.upper()), read(f"{body}!!")):
        assert (found.meaning, found.order) == ("stop", False)


@pytest.mark.parametrize("body", bodies(OF_THE_CONTRACT))
def test_a_withdrawal_from_the_contract_is_no_stop(body: str) -> None:
    assert read(body, languages=["de", "es", "fr", "hi", "pt"]) == UNCLEAR


@pytest.mark.parametrize("body", bodies(OF_A_DELAY))
def test_a_consent_to_a_delay_is_none_to_texts(body: str) -> None:
    assert read(body) == UNCLEAR


@pytest.mark.parametrize(
    "body",
    bodies("""
    STOP. I withdraw from the contract | I revoke my consent and cancel my order
    Stopp! Ich widerrufe den Vertrag | Keine SMS mehr, ich widerrufe die Bestellung
    Ich widerrufe meine Einwilligung und den Vertrag | Basta de mensajes, desisto del contrato
    Plus de sms, je me rétracte | Chega de mensagens, desisto da compra | delivery rok do
    """),
)
def test_who_ends_both_is_asked_about_the_order_the_same_day(body: str) -> None:
    assert read(body) == Reading(meaning="stop", doubt=True, order=True)
