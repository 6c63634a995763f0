"""On what condition a message says that money for shipping comes back, in each language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.notifications import Kind
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
