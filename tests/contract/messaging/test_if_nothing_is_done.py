"""What the page says to who does nothing is true of the line as it stands, in every language."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from backorder.messaging.page import reader

PLACE = {
    "en": "place in the queue",
    "de": "Platz in der Warteliste",
    "es": "lugar en la lista de espera",
    "fr": "place dans la file",
    "hi": "कतार में आपकी जगह",
    "pt": "lugar na fila",
}
REST = {"en": "rest", "de": "Rest", "es": "resto", "fr": "reste", "hi": "बाक़ी", "pt": "restante"}
LANGUAGES = list(PLACE)


def said(language: str, **stands: Any) -> str:
    """What the page says of five lamps, of which is true what is named."""
    line = SimpleNamespace(
        quantity="5", count=5, partial=False, product="Lamp", why="", silence="", rest=None
    )
    usual = {
        "line": line,
        "open": 5,
        "status": "waiting",
        "carried": "",
        "revocable": None,
        "chosen": "",
        "asked": False,
        "ends_on": "",
        "news_on": "",
        "payment": None,
        "charged": True,
    }
    each = SimpleNamespace(**usual | stands)
    return " ".join(str(reader(language).words.nothing(each)).split())


def revocable(*, withdrawn: bool = False) -> SimpleNamespace:
    """Two of the five are cancelled and can be taken back."""
    return SimpleNamespace(units="2", withdrawn=withdrawn, words=())


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_asked_for_all_of_it_keeps_no_place(language: str) -> None:
    all_of_it, some = (said(language, carried=what) for what in ("all", "part"))
    assert PLACE[language] not in all_of_it
    assert some.startswith(all_of_it)
    assert PLACE[language] in some
    assert said(language, carried="kept") == all_of_it


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("withdrawn", [True, False])
def test_what_is_cancelled_in_part_stands_and_the_rest_keeps_its_place(
    language: str, withdrawn: bool
) -> None:
    words = said(language, revocable=revocable(withdrawn=withdrawn))
    assert words.index("2") < words.index(PLACE[language])
    assert "5" in words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", ["waiting", "ready"])
def test_what_becomes_of_the_rest_is_not_said_of_all(language: str, status: str) -> None:
    for more in ({}, {"ends_on": "12 Z"}):
        assert REST[language] not in said(language, status=status, **more)
        assert REST[language] in said(language, status=status, revocable=revocable(), **more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_chose_something_else_keeps_no_place(language: str) -> None:
    words = said(language, chosen="Ash lamp")
    assert "Ash lamp" in words
    assert PLACE[language] not in words
    assert PLACE[language] in said(language, chosen="Ash lamp", revocable=revocable()), "that ends the swap"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("first", [True, False])
def test_days_are_named_in_the_order_in_which_they_come(language: str, first: bool) -> None:
    due = SimpleNamespace(until="6 Z", first=first, all=True, count=5, units="5")
    words = said(language, payment=due, ends_on="12 Z")
    assert (words.index("6 Z") < words.index("12 Z")) is first
