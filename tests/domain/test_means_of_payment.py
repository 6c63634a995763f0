"""Which means of payment a bank shows."""

from __future__ import annotations

import pytest

from backorder.domain.means_of_payment import is_shown_by_a_bank


@pytest.mark.parametrize("means", ["", "card", "Visa", "bank transfer", "SEPA", "PayPal", "UPI", "credit"])
def test_a_bank_shows_what_comes_by_it_or_may_do_so(means: str) -> None:
    assert is_shown_by_a_bank(means)


@pytest.mark.parametrize(
    "means",
    [
        "STORE_CREDIT",
        "store credit",
        "Gutschein",
        "gift card",
        "GIFT_CARD",
        "e-gift card",
        "Geschenkkarte",
        "carte cadeau",
        "tarjeta regalo",
        "cartão presente",
        "cash",
        "in bar",
        "efectivo",
        "en espèces",
        "dinheiro",
        "cheque",
        "Scheck",
        "invoice",
        "wallet balance",
    ],
)
def test_no_bank_shows_what_it_has_nothing_to_do_with(means: str) -> None:
    assert not is_shown_by_a_bank(means)
