"""What one answer led to for several lines of an order is said of all of them, in every language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Facts, Kind, Why
from backorder.messaging.automatic_texts import AutomaticText, automatic_text
from backorder.messaging.message_content import ContentItem, MessageContent, Shop
from backorder.messaging.render import Rendered, render, segments

LANGUAGES = ["en", "de", "es", "fr", "hi", "pt"]
SHOP = Shop(name="Fell & Fjord")
LINK = "https://fellfjord.test/b/Zk3vQ9rT1mXw8yHc2LpNbA"
DAY, NEXT = date(2026, 3, 4), date(2026, 3, 9)
KEPT = Facts(quantity=1, likely=DAY, by=DAY, choice="keep", until=DAY)
GONE = Facts(quantity=1, reason="customer", refund=Money(Decimal("10.00"), "EUR"), refund_by=DAY)
NAMES = ("Lamp", "Desk", "Chair", "Shelf")


def said(kind: Kind, language: str, *facts: Facts) -> Rendered:
    items = (
        ContentItem(order="A-1", product=name, facts=each) for name, each in zip(NAMES, facts, strict=False)
    )
    content = MessageContent(
        kind=kind, locale=language, shop=SHOP, name="Ann", link=LINK, items=tuple(items), region="DE"
    )
    return render(content)


def costs(language: str, text: str) -> int:
    """Segments that a text may cost; more letters than GSM-7 has cost more."""
    return segments(text) - (language == "hi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_that_are_kept_alike_are_one_sentence(language: str) -> None:
    for kept in (KEPT, replace(KEPT, ready=True), replace(KEPT, until=None, likely=None, by=None)):
        text = said(Kind.ANSWER_RECEIVED, language, kept, replace(kept, quantity=3)).sms
        assert "Lamp, 3 x Desk" in text
        assert "2" in text.replace("2026", "")
        assert text.count("2026") == (1 if kept.until else 0)
        assert costs(language, text) <= 2 - (language != "hi"), text
    four = said(Kind.ANSWER_RECEIVED, language, KEPT, KEPT, KEPT, KEPT).sms
    assert "Lamp, Desk, Chair" in four
    assert "4" in four


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "other",
    [
        {"reason": "no_consent"},
        {"until": NEXT, "by": NEXT},
        {"ready": True},
        {"quantity": 2, "part_of_line": True},
        {"why": Why.REFUSED, "until": None, "by": None, "likely": None},
        {"last_day": NEXT, "ends_on": NEXT},
        {"choice": "take_back"},
    ],
)
def test_lines_of_which_something_else_is_true_are_said_apart(
    language: str, other: dict[str, object]
) -> None:
    text = said(Kind.ANSWER_RECEIVED, language, KEPT, KEPT.replace(**other)).sms
    assert "Lamp, Desk" not in text
    assert ("Lamp" in text, "Desk" in text) == (True, True)
    assert segments(text) <= (5 if language == "hi" else 3), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_back_for_cancelled_lines_is_one_sum_where_it_is_one_day(language: str) -> None:
    text = said(Kind.CANCELLED, language, GONE, replace(GONE, quantity=2)).sms
    assert "Lamp, 2 x Desk" in text
    assert any(sum in text for sum in ("20.00", "20,00")), text
    assert text.count("2026") == 1
    assert segments(text) <= (3 if language == "hi" else 2), text
    uncharged = replace(GONE, refund=None, refund_by=None, uncharged=True)
    assert "Lamp, Desk" in said(Kind.CANCELLED, language, uncharged, uncharged).sms


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "other",
    [
        {"refund_by": NEXT},
        {"refund": None, "refund_by": None, "uncharged": True},
        {"refund": Money(Decimal("10.00"), "USD")},
        {"refund_by": None, "refund_sent_on": DAY},
        {"refund": None, "refund_by": None, "kept_back": Money(Decimal("10.00"), "EUR")},
        {"void_code": "BK-1"},
        {"not_shipped": 1},
        {"part_of_line": True, "quantity": 2},
    ],
)
def test_cancelled_lines_whose_money_is_another_are_said_apart(
    language: str, other: dict[str, object]
) -> None:
    text = said(Kind.CANCELLED, language, GONE, GONE.replace(**other)).sms
    assert "Lamp, Desk" not in text
    assert ("Lamp" in text, "Desk" in text) == (True, True)
    assert not any(sum in text for sum in ("20.00", "20,00")), text
    assert segments(text) <= (5 if language == "hi" else 3), text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["left", "ended", "too_late", "unchanged"])
def test_what_changes_nothing_about_some_lines_names_them(language: str, name: AutomaticText) -> None:
    text = automatic_text(name, SHOP, language, on=DAY, links=[LINK], products=NAMES[:2])
    assert "Lamp, Desk" in text
    assert text.endswith(LINK)
    assert segments(text) <= (3 if language == "hi" else 1), text
    assert "Lamp" not in automatic_text(name, SHOP, language, on=DAY, links=[LINK])
    long = automatic_text(name, SHOP, language, on=DAY, links=[LINK], products=["Oak desk lamp, brass " * 4])
    assert segments(long) <= (3 if language == "hi" else 2), long


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_parts_that_are_cancelled_each_has_its_number_though_nothing_was_charged(language: str) -> None:
    part = Facts(quantity=1, reason="customer", uncharged=True, part_of_line=True, remaining=2)
    assert said(Kind.CANCELLED, language, part, part).sms.count("1 x ") == 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("gone", [GONE, Facts(quantity=1, reason="customer", uncharged=True)])
def test_a_swap_that_failed_is_said_once_of_several_cancelled_lines(language: str, gone: Facts) -> None:
    chosen = Alternative(sku="A", name="Lantern", price=Money(Decimal("9.00"), "EUR"))
    plain = said(Kind.CANCELLED, language, gone, gone).sms
    one = said(Kind.CANCELLED, language, replace(gone, chosen=chosen)).sms.split(": ", 1)[1]
    sorry = one[: one.index("Lamp")].split(".")[0].split("।")[0]
    told = said(Kind.CANCELLED, language, replace(gone, chosen=chosen), gone).sms
    assert (told.count(sorry), plain.count(sorry)) == (1, 0)
