"""What is wrong with a supplier's form is said at its fields, all of it, and nothing is written down."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

from tests.support.customer_page import plain
from tests.support.days import day
from tests.support.shop import Shop
from tests.support.supplier_page import asks, fields_of, path_of, shown, waiting, words

Visitor = Callable[[], httpx.Client]
STANDS = [(1, 10, day(20))]
UNREADABLE, PAST, FAR = (
    "There is no such day in the calendar",
    "This day is over",
    "more than five years away",
)
WRONG = "Write a whole number from 1 to 10."


def faults(found: httpx.Response) -> dict[str, str]:
    """What a page says at its fields."""
    said = re.findall(r'<p class="fault" id="([^"]+)-fault">(.*?)</p>', found.text, re.DOTALL)
    return {field: " ".join(each.split()) for field, each in said}


ODD_DAYS = (
    ("", "Please name the day."),
    ("0001-01-01", PAST),
    ("1999-12-31", PAST),
    (str(day(12)), PAST),
    ("2025-02-31", UNREADABLE),
    ("31.05.2025", UNREADABLE),
    ("2025-05-31T10:00:00Z", UNREADABLE),
    ("45000", UNREADABLE),
    ("tomorrow", UNREADABLE),
    ("2025-05-3\u0661", UNREADABLE),
    ("\x002025-05-31", UNREADABLE),
    ("\u202e2025-05-31", UNREADABLE),
    ("<script>alert(1)</script>", UNREADABLE),
    ("9" * 5000, UNREADABLE),
    ("2030-03-17", FAR),
    ("9999-12-31", FAR),
)
"""What is typed for a day, and what is said of it."""


def test_an_odd_day_is_refused_at_its_field(shop: Shop, visitor: Visitor, unlimited: None) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    form = shown(browser, path)
    for typed, fault in ODD_DAYS:
        found = browser.post(path, data=form | {"answer-1": "date", "date-1": typed})
        assert found.status_code == 422, typed
        assert list(faults(found)) == ["date-1"], typed
        assert fault in faults(found)["date-1"], typed
        assert "Nothing was sent yet" in plain(found)
        assert 'value="date" checked' in found.text
        assert "<script>" not in found.text
        assert "\x00" not in found.text
    assert words(shop) == STANDS


def test_odd_units_are_refused_at_their_field(shop: Shop, visitor: Visitor, unlimited: None) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    form = shown(browser, path) | {"answer-1": "parts", "units-1-2": "5", "day-1-2": str(day(21))}
    odd = ("0", "-1", "+4", "1.5", "11", "1e3", "9" * 400, "\x00", "\u202e4", "four", "٤٤", "4 4")
    for typed in odd:
        found = browser.post(path, data=form | {"units-1-1": typed})
        assert found.status_code == 422, typed
        assert faults(found) == {"units-1-1": WRONG}, typed
    assert words(shop) == STANDS


def test_every_fault_of_every_line_is_said_at_once(shop: Shop, visitor: Visitor) -> None:
    shop.purchase("PO-2", *({"quantity": 6, "stated_date": day(20)} for _ in range(4)))
    asks(shop, "PO-1", "PO-2")
    path, browser = path_of(shop), visitor()
    typed = {"answer-1": "parts", "units-1-1": "11", "day-1-1": "31 Feb", "day-1-2": str(day(21))}
    typed |= {"answer-2": "date", "note-2": "\u202eno"}
    typed |= {"answer-3": "parts", "units-3-1": "2", "units-3-2": "3", "day-3-2": str(day(30))}
    typed |= {"answer-4": "sometime", "note-5": "x" * 1001, "answer-5": "parts"}
    found = browser.post(path, data=shown(browser, path) | typed)
    assert found.status_code == 422
    said = faults(found)
    assert said["units-1-1"] == WRONG
    assert UNREADABLE in said["day-1-1"]
    assert said["units-1-2"] == "How many units?"
    assert said["date-2"] == "Please name the day."
    assert said["note-2"] == "This note holds characters that can’t be stored."
    assert said["parts-3"].startswith("These are 5 of 6 units.")
    assert said["answer-4"] == "Please choose one of the answers."
    assert said["parts-5"] == "Please say how many units come when."
    assert said["note-5"] == "This note is too long: 1,000 characters at most."
    assert len(said) == 9
    summary = re.findall(r'<li><a href="#([^"]+)">', found.text)
    assert sorted(summary) == sorted(said), "each is named above the page, and leads to its field"
    assert all(f'id="{each}"' in found.text for each in summary)
    assert words(shop) == STANDS


def test_a_form_that_says_nothing_asks_for_an_answer(shop: Shop, visitor: Visitor) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    form = shown(browser, path)
    for typed in ({}, {"answer-1": ""}, {"note-1": "soon"}, {"date-1": str(day(25))}):
        found = browser.post(path, data=form | typed)
        assert found.status_code == 422, typed
        assert faults(found) == {"answer-1": "Please choose one of the answers."}, typed


def test_a_form_of_several_lines_that_says_nothing_asks_for_one(shop: Shop, visitor: Visitor) -> None:
    shop.purchase("PO-2", {"quantity": 6, "stated_date": day(20)})
    asks(shop, "PO-1", "PO-2")
    path, browser = path_of(shop), visitor()
    found = browser.post(path, data=shown(browser, path))
    assert faults(found) == {"answer-1": "Please answer for at least one line."}


def test_parts_of_one_day_are_one(shop: Shop, visitor: Visitor) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    parts = {"answer-1": "parts", "units-1-1": "4", "units-1-2": "6"}
    days = {"day-1-1": str(day(25)), "day-1-2": str(day(25))}
    confirm = browser.post(path, data=shown(browser, path) | parts | days)
    assert "They arrive on 28 March 2025." in plain(confirm)
    dateless = browser.post(path, data=shown(browser, path) | parts)
    assert "You can’t say yet when they arrive." in plain(dateless)


def test_no_form_is_too_much_for_it(shop: Shop, visitor: Visitor) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    form = shown(browser, path) | {"answer-1": "parts"}
    many = {f"units-1-{row}": "1" for row in range(1, 10_001)}
    assert browser.post(path, data=form | many).status_code == 400
    assert browser.post(path, data=form | {"note-1": "x" * 300_000}).status_code == 413
    twice = browser.post(path, content="answer-1=holds&answer-1=cannot", headers=FORM)
    assert twice.status_code == 422
    assert browser.post(path, json={"answer-1": "holds"}).status_code == 415
    assert browser.post(path, content=b"answer-1=%ff\xff", headers=FORM).status_code == 400
    beyond = {f"units-1-{row}": "1" for row in range(31, 41)}
    assert browser.post(path, data=form | beyond).status_code == 422, "nobody sees these"
    others = {"answer-77": "holds", "shown-77": "x", "answer-x": "holds", "more": "soon", "units-1-x": "4"}
    assert browser.post(path, data=form | others).status_code in (200, 409)
    assert browser.post(path, data={**form, "shown-1": "", "answer-1": "holds"}).status_code == 409
    assert words(shop) == STANDS


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_what_suppliers_write_is_shown_as_it_is_and_does_nothing(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """Nor does a link in it open anything where a buyer reads it."""
    shop.product(name="Shade & <Co>’s")
    asks(shop)
    path, browser = path_of(shop), visitor()
    note = f'</textarea><script>alert("1")</script> & https://orders.shop.example{path}'
    confirm = browser.post(path, data=shown(browser, path) | {"answer-1": "cannot", "note-1": note})
    assert "<script" not in confirm.text
    assert "&amp;amp;" not in confirm.text
    assert browser.post(path, data=fields_of(confirm.text) | {"do": "say"}).status_code == 303
    found = browser.get(path)
    assert "<script" not in found.text
    assert "10 × Shade & <Co>’s" in plain(found)
    [row] = shop.rows("SELECT note FROM stated_dates WHERE revision = 2")
    assert row["note"] == note.replace(path, "/s/...")
    assert waiting(shop) == ["PO-1/1"]
