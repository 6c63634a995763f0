"""Wishes to be left alone, to have no more, and to be written to no more, by language and in every address.

Beside them the same words about waiting, drivers, parcels and other numbers.
"""

from __future__ import annotations

import pytest

from backorder.domain.text_answers import UNCLEAR, read
from tests.support.said import every

LEFT_ALONE = {
    "en": """
        leave us alone | please leave us be | Leave me in peace | let me be | Leave me the hell alone
        go away now | don't bother me | Do not disturb me | Don't disturb us again | stop bothering us
        quit bugging me | knock it off | leave my phone alone | bug off | get off my phone
        don't bother texting me | give it a rest | leave this number alone | Do not bother us anymore
        don't harass me | this is harassment
        """,
    "de": """
        Lass mich in Ruhe! | Lasst uns in Frieden | Lassen Sie mich zufrieden | Lassen Sie uns bitte in Ruhe
        Ich will meine Ruhe | Gebt Ruhe | Stör mich nicht | Stören Sie mich nicht mehr | Bitte nicht stören
        Belästigt mich nicht | Belästigen Sie mich nicht weiter | Nerv mich nicht | Nervt nicht! | Hau ab
        Verschwindet | Lass das | Lassen Sie das bleiben | Das ist Belästigung | Hört endlich auf damit
        Ruhe bitte
        """,
    "es": """
        déjame en paz | Déjeme tranquilo | Dejadme en paz | Déjennos en paz | Déjanos tranquilos
        dejame tranquila | No me molestes | No me moleste más | No molesten más | No me molestéis
        no nos molesten | No fastidien | Que me dejen en paz | No me jodan más | No me incomoden | Lárguense
        esto es acoso | ¿Me dejan en paz? | Dejá de molestar | Dejad de molestarme
        quiero que me dejen en paz
        """,
    "fr": """
        laisse-moi tranquille | Laissez-nous tranquilles | Laisse moi en paix | Laissez-moi en paix
        Fichez-moi la paix | Fous-moi la paix | Foutez-nous la paix | Ne me dérangez plus | Ne me dérange pas
        Ne pas déranger | Ne nous dérangez pas | Ne m'importunez plus | Lâchez-moi | Lâche-moi | Dégagez
        Ne me harcelez plus | C'est du harcèlement | Arrête de me déranger | vous me dérangez
        """,
    "hi": """
        मुझे अकेला छोड़ दो | मुझे अकेला छोड़ दीजिए | हमें अकेला छोड़ दें | मेरा पीछा छोड़ो
        मुझे परेशान मत करो | परेशान न करें | परेशान मत कीजिए | मुझे तंग मत कर | तंग न करें | डिस्टर्ब मत करो
        चैन से रहने दो | शांति से जीने दीजिए | मुझे परेशान करना बंद करो | जान छोड़ो | दिमाग मत खाओ
        mujhe akela chhod do | akela chod do yaar | peecha chhodo | pareshan mat karo | preshan mt kro
        tang mat karo | disturb na kare | chain se rehne do | paresan mat kijiye | jaan chhodo
        """,
    "pt": """
        me deixe em paz | Deixe-me em paz | Deixa-me em paz | Deixem-me sossegado | Me deixa quieto
        Deixem-nos em paz | não me perturbe | Não me perturbem mais | Não me incomode | Não me incomodem
        Não incomodar | Não perturbar | Não nos incomodem | Para de me encher | Não encham o saco
        Deixa-nos em paz | isso é assédio | Parem de me importunar | quero que me deixem em paz
        Me deixem tranquila
        """,
}
"""Who wants to be left alone, whoever is addressed."""

ENOUGH = {
    "en": """
        No more please | no more of this | nomore | enough is enough | enough texts | Enough of these messages
        enough with the texts | That's enough! | I've had enough of your texts | sick of these texts | no msgs
        fed up with your messages | tired of all these texts | no messages | no msg pls | no txts
        no notifications | no more msgs | no more notifications please | texts off | sms off | msgs off please
        notifications off | text alerts off | turn it off | turn this off | not one more text
        no further texts | no spam | off | messages off | No text messages ever | no texts from you
        """,
    "de": """
        Es reicht! | Mir reicht's | Jetzt reicht es | Genug jetzt | Genug ist genug | Genug SMS
        Genug von euren SMS | Schluss jetzt | Schluss mit den SMS | Keine mehr | Bitte nicht mehr
        Nie wieder SMS | Nichts mehr schicken | Ich habe genug von Ihren Nachrichten
        Ich hab die Nase voll von euren SMS | SMS aus | Nachrichten aus | Benachrichtigungen aus
        keine Nachrichten | keine Nachrichten mehr bitte | Kein Kontakt mehr | sms off
        Keine Kontaktaufnahme mehr | Ich will nichts mehr von Ihnen hören | keine weitere SMS
        keine weitere Nachricht
        """,
    "es": """
        Ya basta | Es suficiente | suficiente | Ya es suficiente | Ya está bien de mensajes
        Harto de sus mensajes | Estoy harta de tantos mensajes | No más, por favor | No más
        ni un mensaje más | ningún mensaje más | sin mensajes | Sin sms por favor | nada de mensajes
        mensajes no, gracias | sms no | cero mensajes | mensajes off | No más msjs | Basta con eso
        No más contacto | Nunca más me escriban | ya estuvo bueno
        """,
    "fr": """
        Ça suffit | ça suffit maintenant | Assez ! | C'est assez | J'en ai assez
        J'en ai assez de vos messages | Ras le bol de vos sms | J'en ai marre de vos messages | Plus jamais
        plus jamais de sms | aucun sms | Plus aucun message | zéro sms | sms non merci | Pas de messages
        pas de messages svp | plus de msg | sms off | Halte aux sms | trop c'est trop | Plus un seul sms
        Plus de contact | pas de msg
        """,
    "hi": """
        बस | बस करो | बस कीजिए | बस करिए | अब बस | बहुत हो गया | बहुत हुआ | अब और नहीं | और मैसेज नहीं
        कोई मैसेज नहीं | अब कोई संदेश नहीं | मैसेज ऑफ करो | नोटिफिकेशन ऑफ | मैसेज की जरूरत नहीं | और SMS नहीं
        bas | bas karo | bas kro yaar | bass kijiye | bahut ho gaya | bohot hua | ab aur nahi
        koi message nahi | sms off karo | message off | aur message nahi | nahi chahiye message
        sms ki zarurat nahi | no sms bhai
        """,
    "pt": """
        Já chega | Chega disso | Basta | Já basta | É suficiente | Já deu | Não mais | Nunca mais
        Chega de msgs | Cansei dessas mensagens | Estou farto de mensagens | Estou cansada das suas mensagens
        sem mensagens | Sem sms por favor | nada de mensagens | mensagens não, obrigado | sms não
        nenhuma mensagem mais | Nem mais uma mensagem | sms off | Nunca mais me escrevam | zero mensagens
        Não quero mais contato
        """,
}
"""Who has had enough, wants none, or has them switched off."""

CEASE = {
    "en": """
        quit sending me these | quit writing me | Quit contacting us | cease contacting me
        Don't write to me anymore | do not write me again | don't send any more | Do not send anymore
        please don't send anymore | No more contact | Never write to me again | I want you to quit texting
        don't message | do not msg | dont msg me | mute | Halt all messages | I'm opting out | I opt out
        I wish to opt out | opted out | delete me from your list | Take me out of your system | unsubscibe
        unsubscrbe me | unsubcribe please | unsubsribe | unsuscribe me | forget my number | Delete me
        I would like to be removed | Please refrain from texting me | avoid texting me
        """,
    "de": """
        Hör auf | Hört auf mir zu schreiben | Schreib mir nicht mehr | Schreibe mir nie wieder
        Schreibt nicht mehr | Schicken Sie mir nie wieder etwas | Schreiben Sie mir nie wieder
        Schreiben Sie nicht mehr | Textet mir nicht mehr | Kontaktiere mich nicht mehr
        Kontaktieren Sie mich nie wieder | Melden Sie sich nicht mehr | Meldet euch nicht mehr
        Schick mir keine SMS | Sende mir keine Nachrichten mehr | Senden Sie nichts mehr
        Schicken Sie mir keine SMS mehr | stoppt das | Stoppen Sie das! | Stoppe das
        Ich möchte nicht mehr kontaktiert werden | nicht mehr kontaktieren
        Ich will nicht mehr angeschrieben werden | Bitte keinen Kontakt | nie wieder schreiben
        Bitte nicht schreiben | Nehmt mich aus dem Verteiler | Streichen Sie mich von der Liste
        Von der Liste streichen | abbestelen | Ich möchte keine SMS mehr erhalten | Unterlasst die SMS
        Unterlassen Sie das | Schreibt mir bitte nicht
        """,
    "es": """
        No envíen más | No me envíes más | No envíes más mensajes | No mandéis más | No me mandes nada
        No manden más | No me escribas | No me vuelvan a escribir | No me escriba más | No me escribáis más
        No escriban más | No me contacten | No me contactes más | No me textees | Deja de escribirme
        Dejad de escribir | Deje de mandarme cosas | Dejen ya de escribirme | Dejen de contactarme
        Para de escribirme | Paren de molestar | Pare de mandar mensajes | Parad de escribirme
        Cesen de escribirme | Ya no me escriban | Ya no me manden mensajes | Ya no quiero mensajes | Detente
        No enviar más | No escribir | No contactar | Eviten escribirme | Absténganse de escribirme | Para ya
        Quiero que dejen de escribirme | Bórrenme | Sáquenme de su lista | Elimínenme de la lista | Paren ya
        """,
    "fr": """
        Stoppez | Stoppe | Stoppez ça | Stoppez tout de suite | Cessez | cessez de m'écrire
        Cesse de m'écrire | Cessez de m'envoyer des messages | Cessez de me contacter
        Merci de cesser vos envois | Veuillez cesser | Arrête de m'écrire | Arrêtez de me contacter
        N'écrivez plus | N'écris plus | Ne m'écris plus | Ne m'écris pas | Ne m'envoie plus rien
        Ne m'envoyez plus rien | N'envoyez plus de messages | N'envoyez plus rien | Ne me contacte plus
        Ne nous contactez plus | Ne me textez plus | Ne plus envoyer | Ne plus écrire
        Je ne veux plus être contacté | Je ne souhaite plus recevoir de messages | Évitez de m'écrire | Stopez
        Retirez-moi de votre liste | Enlève-moi de la liste | Arretez tout | Ne plus contacter | arrétez
        Stoppons | Je ne veux plus que vous m'écriviez | Je ne veux pas de vos messages | desabonement
        Désabone-moi
        """,
    "hi": """
        मैसेज मत करो | मैसेज मत कर | मैसेज मत कीजिए | मैसेज मत करिए | मैसेज मत करना | मैसेज न करें
        संदेश न भेजिए | मुझे मत लिखो | मुझे न लिखें | मैसेज भेजना बंद करो | मैसेज करना बंद कीजिए | मत भेजो
        न भेजें | भेजना बंद करें | संपर्क न करें | मुझसे संपर्क मत करो | कॉन्टैक्ट मत करो | मैसेज रोकिए
        रोक दो | रोक दीजिए | लिस्ट से हटाओ | मुझे लिस्ट से निकाल दो | मेरा नाम हटा दो | मेरा नंबर ब्लॉक करो
        मैसेज भेजना छोड़ो | rok do | roko | rok dijiye | rokiye | message mat karo | msg mt kro | msg mat kr
        sms na bhejiye | mat likho | message bhejna band karo | contact mat karo | sampark na kare
        mujhe list se hatao | mera number hatao | mujhe hata do list se | mat bhejiye | sms mat bhejna
        ruk jao | bandh karo
        """,
    "pt": """
        Parem de me escrever | Para de me escrever | Pare de mandar | Parem de enviar
        Para de mandar mensagem | Não me escreva mais | Não me escrevas | Não me escrevam | Não escrevam mais
        Não mandem mais | Não mande mais | Não me mandes mais nada | Não me envies mais | Não envie mais
        Não me contate | Não me contactem mais | Não entrem mais em contato | Deixem de me enviar mensagens
        Deixa de me escrever | Cessem as mensagens | Cesse de me escrever | Não quero ser contatado
        Não quero que me escrevam | Evitem me escrever | Para | Não enviar mais | Favor não enviar
        Não contatar | Me tira da lista | Me tirem dessa lista | Me excluam | Exclua meu número
        Apaga meu número | Tira meu número | Pode parar | Parem já | Para já
        """,
}
"""Commands, in every person: to stop writing, or to strike them out; with slips that are common."""

SOMETHING_ELSE = {
    "en": """
        I won't stop waiting | Your driver would not stop here | The driver did not stop at my house
        I can't stop waiting for it | The courier never stops at our door | I have not revoked my consent
        I do not withdraw my consent | You sent the wrong number of chairs | wrong number of items
        wrong tracking number | The order number is wrong | It was not me who cancelled
        I didn't order anything else | I didn't order this | It doesn't bother me to wait
        Waiting doesn't disturb us | I don't bother | leave it alone at the door
        Leave the parcel in peace with the neighbour | no more chairs please | I've had enough of waiting
        I am tired of waiting | no messages received | I got no messages | don't send any more chairs
        Don't send anything before Friday | it's 10 off | Turn off at the red house | no need to rush
        I gave my consent | I am not at home | I'm not Friday's delivery | Is this not the right size?
        money back, enough time has passed | don't write me off | The lamp does not turn off
        I want to withdraw money | May I withdraw the return? | You do not have my new address
        I don't know any date | I don't know this product
        """,
    "de": """
        Das stört mich nicht | Die Verspätung stört mich nicht | Warten stört mich nicht
        Ich bin nicht zu Hause | falsche Bestellnummer | Die Sendungsnummer ist falsch | falsche Größe
        Falscher Artikel | Das reicht mir so | Vier Stück reichen | Genug Zeit habe ich
        Ich habe genug vom Warten | Keine Eile | Schluss mit Warten | Ihr schreibt mir nicht
        Warum schreibt ihr mir nicht? | Ich bin nicht sicher | Ich kenne den Termin nicht
        Ich habe nichts anderes bestellt | Ich widerrufe meine Einwilligung nicht
        Ich habe meine Einwilligung gegeben | Nichts mehr da? | Ich habe keine Erlaubnis zum Parken
        Lass es beim Nachbarn | Der Fahrer hat nicht gehalten | Lassen Sie das Paket beim Nachbarn
        Ich will in Ruhe überlegen | Ich brauche es nicht mehr | Das ist nicht die richtige Farbe
        Ich habe mich in der Größe geirrt | Ich habe die Lampe aus
        """,
    "es": """
        No me molesta esperar | El retraso no me molesta | número de pedido equivocado
        El número de guía está mal | Producto equivocado | Se equivocaron de talla
        Se han equivocado de producto | No soy de aquí | No he pedido nada más | Es suficiente tiempo
        Estoy harto de esperar | Nada de prisa | Sin prisa | No me escribieron | No me envían más fotos
        No manden más sillas | No envíen más cajas | Dejen el paquete en la puerta
        Déjeme el paquete con el vecino | No retiro mi consentimiento | Di mi consentimiento | Ya no es azul
        No me han escrito | Ya está bien así | No conozco la fecha | Para mañana | Deje de lado el color
        """,
    "fr": """
        Ça ne me dérange pas | Cela ne me dérange pas d'attendre | mauvais numéro de commande
        Mauvaise taille | Vous vous êtes trompés de couleur | Erreur de taille
        Ce n'est pas moi qui ai annulé | Je ne suis pas chez moi | Je n'ai rien commandé d'autre
        J'en ai assez d'attendre | Assez de temps | Laissez-moi le colis chez le voisin
        Laissez le colis devant la porte | Je ne retire pas mon consentement | J'ai donné mon accord
        N'envoyez plus de chaises | Je n'ai pas de nouvelles | Ne me livrez pas lundi
        Je ne connais pas la date | Plus de chaises en stock ? | Je suis d'accord
        Votre chauffeur ne s'arrête pas | Pas de souci
        """,
    "hi": """
        मुझे परेशानी नहीं है | इंतज़ार से परेशान नहीं हूँ | गलत सामान आया | ऑर्डर नंबर गलत है | गलत साइज़
        मैं घर पर नहीं हूँ | मैंने और कुछ ऑर्डर नहीं किया | बस दो दिन और | बस एक सवाल है
        सामान दरवाज़े पर छोड़ दो | मैंने सहमति दी है | बहुत हो गया इंतज़ार | मैसेज नहीं मिला
        कोई मैसेज नहीं आया | और समय नहीं है | मैं नहीं जानता कब आएगा | parcel neighbour ke paas chhod do
        galat saman aaya | galat size | main ghar pe nahi hu | koi message nahi aaya | bas do din aur
        maine aur kuch order nahi kiya | main rukunga | order number galat hai | aur time nahi hai
        """,
    "pt": """
        Isso não me incomoda | Não me incomoda esperar | número do pedido errado
        O número de rastreio está errado | Produto errado | Vocês se enganaram na cor | Não sou daqui
        Não comprei nada mais | Estou farto de esperar | Chega amanhã? | Chega na sexta | Quando chega?
        Cansei de esperar | Sem pressa | Nada de novo | Não mandem mais cadeiras | Deixe com o vizinho
        Deixem o pacote na portaria | Não retiro meu consentimento | Dei meu consentimento | Já deu certo
        Não conheço a data | Para amanhã | Nunca mais chega | Não me escreveram
        """,
}
"""The same words about waiting, drivers, parcels, other numbers, or about what is not so."""


@pytest.mark.parametrize(("language", "body"), [*every(LEFT_ALONE, ENOUGH, CEASE)])
def test_who_wants_no_texts_gets_none_however_it_is_said(language: str, body: str) -> None:
    for found in (read(body, languages=[language]), read(body.upper()), read(f"{body}!!")):
        assert (found.meaning, found.order) == ("stop", False)


@pytest.mark.parametrize(("language", "body"), every(SOMETHING_ELSE))
def test_the_same_words_about_something_else_stop_nothing(language: str, body: str) -> None:
    assert read(body, languages=[language]) == UNCLEAR
