"""On what condition a message says that money for shipping comes back, in each language."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from backorder.messaging.render import render
from tests.contract.messaging.situations import SITUATIONS, content

KEPT = {
    "en": "unless you keep something else from this order",
    "de": "wenn Sie nichts anderes aus dieser Bestellung behalten",
    "es": "si no se queda con nada más de este pedido",
    "fr": "si vous ne gardez rien d’autre de cette commande",
    "hi": "अगर आप इस ऑर्डर का और कुछ नहीं रखते",
    "pt": "se você não ficar com mais nada deste pedido",
}


@pytest.mark.parametrize("language", KEPT)
@pytest.mark.parametrize("partial", [False, True])
def test_who_withdraws_after_the_shipment_reads_how_much_was_paid_for_standard_delivery(
    language: str, partial: bool
) -> None:
    facts = Facts(
        quantity=2,
        choice="withdraw",
        refundable=True,
        refund=Money(Decimal("20.00"), "EUR"),
        shipping=Money(Decimal("4.90"), "EUR"),
        part_of_line=partial,
    )
    mail = replace(content(Kind.ANSWER_RECEIVED, facts), locale=language)
    words = " ".join(render(mail).text.split())
    assert "4.90" in words.replace(",", ".")
    assert (KEPT[language] in words) is not partial


@pytest.mark.parametrize("language", KEPT)
def test_of_goods_that_are_sent_back_nobody_reads_that_they_must_not_have_shipped(language: str) -> None:
    mail = replace(
        content(Kind.CANCELLED, SITUATIONS[Kind.CANCELLED]["customer with shipping"]), locale=language
    )
    [item] = mail.items
    before = " ".join(render(mail).text.split())
    after = " ".join(render(replace(mail, items=(replace(item, sent_back=True),))).text.split())
    assert KEPT[language] not in before
    assert KEPT[language] in after
    assert "4" in after
    assert len(after) != len(before)
