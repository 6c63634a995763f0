"""The table of message kinds is whole, and its columns agree with each other."""

from __future__ import annotations

from backorder.domain.notifications import (
    COMMERCIAL_KINDS,
    DATED_KINDS,
    LEGAL_KINDS,
    NOTIFICATIONS,
    OFFER_KINDS,
    OWED_KINDS,
    PROMISE_KINDS,
    SUPPLIER_KINDS,
    Kind,
)


def test_every_kind_has_its_row_and_its_own_words() -> None:
    assert set(NOTIFICATIONS) == set(Kind)
    assert len({row.label for row in NOTIFICATIONS.values()}) == len(NOTIFICATIONS)


def test_the_columns_agree() -> None:
    assert PROMISE_KINDS <= DATED_KINDS
    assert COMMERCIAL_KINDS <= OFFER_KINDS
    assert not LEGAL_KINDS & COMMERCIAL_KINDS
    assert not OWED_KINDS & (PROMISE_KINDS | OFFER_KINDS)
    assert not SUPPLIER_KINDS & (PROMISE_KINDS | OFFER_KINDS | OWED_KINDS | LEGAL_KINDS)
