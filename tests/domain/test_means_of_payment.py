"""Which means of payment a bank shows."""

from __future__ import annotations

import pytest

from backorder.domain.means_of_payment import is_shown_by_a_bank, is_store_credit


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


@pytest.mark.parametrize(
    "means",
    [
        "store credit",
        "storeCredit",
        "account credit",
        "e-voucher",
        "promo code",
        "Gutscheinkarte",
        "Einkaufsgutscheine",
        "Treuepunkte",
        "bon cadeau",
        "crédit en magasin",
        "code promo",
        "crédito de la tienda",
        "cre\u0301dito en tienda",
        "nota de crédito",
        "crédito da loja",
        "código de desconto",
        "स्टोर क्रेडिट",
        "गिफ्ट वाउचर",
        "कूपन",
        "amazon voucher",
        "Amazon-Gutschein",
        "AMAZON_VOUCHER_20",
        "voucher (our shop)",
        "Visa e-voucher",
        "Payback Punkte",
        "5000 points",
        "avoir client",
        "carte ou bon d’achat",
        "vale-presente da loja",
        "cupón de El Corte",
        "अमेज़न वाउचर",
        "card and store credit",
    ],
)
def test_what_buys_only_at_a_shop_is_no_money_by_whatever_name(means: str) -> None:
    assert is_store_credit(means)
    assert not is_shown_by_a_bank(means)


@pytest.mark.parametrize(
    "means",
    [
        "credit",
        "credit card",
        "Gutschrift",
        "Kreditkarte",
        "carte de crédit",
        "gift card",
        "क्रेडिट कार्ड",
        "PayPal-Guthaben",
        "bank account credit",
        "point of sale",
        "points de vente",
        "vale postal",
        "crédito en cuenta",
        "nota bancaria",
    ],
)
def test_what_nobody_can_tell_from_its_name_is_money(means: str) -> None:
    """A plain credit goes to a card as well, and a gift card may be what was paid by."""
    assert not is_store_credit(means)
