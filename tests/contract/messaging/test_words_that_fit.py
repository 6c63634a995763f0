"""Sentences that are put together fit their parts: how many, at which hour, and all that was said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind
from backorder.messaging.render import render
from tests.contract.messaging.situations import BY, CAME, content


@pytest.mark.parametrize(
    ("locale", "left"),
    [
        ("en", "has already left us"),
        ("de", "ist schon unterwegs"),
        ("es", "ya ha salido"),
        ("fr", "est déjà parti"),
        ("hi", "निकल चुका है"),
        ("pt", "já saiu"),
    ],
)
def test_what_had_left_too_late_is_said_among_other_answers_too(locale: str, left: str) -> None:
    """Else its customer reads "cancel", and not that the parcel has left."""
    late = Facts(quantity=2, choice="cancel", received_at=CAME, left_late=True)
    kept = Facts(quantity=1, by=BY, choice="keep", until=BY)
    said = render(replace(content(Kind.ANSWER_RECEIVED, late, kept), locale=locale))
    assert " ".join(said.text.split()).count(left) == 1
