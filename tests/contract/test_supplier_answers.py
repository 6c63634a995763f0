"""What suppliers say by their links: what needs no buyer, and that it is written once, and whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from backorder import schemas
from backorder.domain.supply.approval import source_of_link
from backorder.errors import RefusedError
from backorder.messaging.customer_links import PAGE, SUPPLIER
from backorder.queries.supplier_page import AskedLine, StatedPart
from backorder.schemas import parse
from backorder.services.supplier_answers import SupplierAnswer
from backorder.storage import tasks
from tests.contract.purchasing_days import past
from tests.support.customer_page import BASE, LINKS
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import Shop
from tests.support.stated_dates import HOURS, says
from tests.support.supplier_page import ASKED_ON, MAIL, asks, newest_send, opened, waiting, words


@pytest.fixture
def asked(shop: Shop) -> Shop:
    """A shop that asked its supplier about ten lamps that are due on day 20, by a mail with a link."""
    linked(shop)
    shop.purchase()
    asks(shop)
    return shop


def linked(shop: Shop) -> None:
    shop.services.links = LINKS
    shop.supplier(email=MAIL)


def lines(shop: Shop) -> tuple[AskedLine, ...]:
    page = opened(shop)
    assert page is not None
    return page.lines


def answer(
    line: AskedLine, *parts: StatedPart, id: str = "page-1", send: str = "", note: str = ""
) -> SupplierAnswer:
    raw: dict[str, Any] = {"purchase_order": line.order, "line": line.line, "note": note}
    raw["splits"] = [{"quantity": units, "date": when} for units, when in parts]
    raw |= {"cannot_supply": not parts, "source": source_of_link(send, id)}
    return SupplierAnswer(stated=parse(schemas.DatesByLink, raw), shown=line.shown)


def given(shop: Shop, *answers: SupplierAnswer) -> bool:
    """Whether answers are taken, or found out of date."""
    return shop.services.supplier_answers.record(newest_send(shop), answers, shop.now) is not None


# --- the link in the mail


@pytest.mark.parametrize("on", [ASKED_ON, 22])
def test_a_mail_to_a_supplier_has_a_link_of_its_own_that_no_row_shows(shop: Shop, on: int) -> None:
    linked(shop)
    shop.purchase()
    asks(shop, on=on)
    [mail] = shop.out.given
    [row] = shop.rows("SELECT id, html, text FROM sends")
    live = f"{BASE}/s/{LINKS.token(SUPPLIER, row['id'])}"
    assert f'<a href="{live}"' in mail.html
    assert live in mail.text
    assert "you need no account" in mail.text
    assert f"{BASE}/s/..." in row["text"]
    assert f"{BASE}/s/..." in row["html"]
    assert LINKS.token(SUPPLIER, row["id"]) not in row["text"] + row["html"]
    assert "/b/" not in row["text"] + row["html"]
    assert LINKS.opened(PAGE, LINKS.token(SUPPLIER, row["id"])) is None
    page = opened(shop)
    assert page is not None
    [line] = page.lines
    assert (line.order, line.line, line.units, line.due) == ("PO-1", "1", 10, day(20))
    assert line.late == max(0, on - 20)
    assert line.may_hold is (on < 20)


def test_one_mail_names_all_lines_and_its_link_opens_those_that_are_open(shop: Shop) -> None:
    linked(shop)
    shop.supplier("bolt", email="bolt@example.com")
    shop.product("VASE", supplier="bolt")
    shop.purchase()
    shop.purchase("PO/2", {"stated_date": day(20)}, {"quantity": 3}, {"quantity": 4, "stated_date": day(20)})
    shop.purchase("PO-3", {"sku": "VASE", "stated_date": day(20)}, supplier="bolt")
    asks(shop, "PO-1", "PO/2", "PO-3")
    named = [(each.order, each.line, each.units) for each in lines(shop)]
    assert ("PO-1", "1", 10) in named
    assert {order for order, _, _ in named} == {"PO-1", "PO/2"}, "no other supplier's"
    numbers = {(each.order, each.line): each.number for each in lines(shop)}
    shop.receive(10, order="PO-1")
    left = {(each.order, each.line): each.number for each in lines(shop)}
    assert left == {key: number for key, number in numbers.items() if key != ("PO-1", "1")}


def test_a_line_that_another_supplier_has_by_now_is_no_longer_shown(asked: Shop) -> None:
    asked.supplier("bolt")
    asked.run("UPDATE purchase_orders SET supplier = 'bolt'")
    page = opened(asked)
    assert page is not None
    assert page.lines == ()


# --- what needs a buyer


def test_a_date_that_stands_is_confirmed_without_a_buyer(asked: Shop) -> None:
    """And it is the supplier's word: they are not asked again."""
    asked.start("O-1", 4)
    [line] = lines(asked)
    assert given(asked, answer(line, *line.parts))
    assert words(asked) == [(1, 10, day(20)), (2, 10, day(20))]
    assert waiting(asked) == []
    assert tasks.waiting(asked.services.engine) == []
    assert asked.rows("SELECT revision FROM purchase_order_lines") == [{"revision": 2}]
    asks(asked, on=14)
    assert len(asked.rows("SELECT * FROM messages WHERE person = 'supplier/acme'")) == 1


@pytest.mark.parametrize("parts", [[(10, day(21))], [(4, day(20)), (6, day(21))], [(10, None)], []])
def test_anything_else_waits_for_the_buyer(asked: Shop, parts: list[StatedPart]) -> None:
    [line] = lines(asked)
    assert given(asked, answer(line, *parts))
    assert waiting(asked) == ["PO-1/1"]
    assert asked.rows("SELECT revision, cancelled_at FROM purchase_order_lines") == [
        {"revision": 1, "cancelled_at": None}
    ]
    [task] = tasks.waiting(asked.services.engine)
    assert (task.kind, task.subject) == ("approve_date", "PO-1/1")
    [line] = lines(asked)
    assert line.said is not None
    assert line.said.state == "waiting"


def test_parts_that_hold_are_confirmed_in_any_cut(shop: Shop) -> None:
    linked(shop)
    shop.purchase()
    says(shop, (4, day(20)), (6, None))
    asks(shop)
    [line] = lines(shop)
    assert line.parts == ((4, day(20)), (6, None))
    assert given(shop, answer(line, (2, day(20)), (6, None), (2, day(20))))
    assert waiting(shop) == []


def test_what_is_left_of_a_word_is_what_holds(shop: Shop) -> None:
    linked(shop)
    shop.purchase()
    says(shop, (4, day(15)), (6, day(20)))
    asks(shop, on=8)
    shop.now = at(9)
    shop.receive(5)
    [line] = lines(shop)
    assert line.parts == ((5, day(20)),)
    assert given(shop, answer(line, *line.parts))
    assert waiting(shop) == []


def test_a_usual_lead_time_that_is_confirmed_needs_no_buyer_unless_it_moves_somebody(shop: Shop) -> None:
    linked(shop)
    shop.purchase("PO-1", {})
    asks(shop, on=7)
    [line] = lines(shop)
    assert (line.stated, line.parts) == (False, ((10, day(14)),))
    assert given(shop, answer(line, *line.parts))
    assert waiting(shop) == [], "nobody waits for these lamps"


def test_a_usual_lead_time_that_somebody_waits_by_is_the_buyers(shop: Shop) -> None:
    """The supplier was far later than they say as a rule: their word moves the customers' dates."""
    linked(shop)
    shop.services.forecasts.import_history(past(*range(35, 55)))
    shop.purchase("PO-1", {})
    Routine(shop).open("O-1", 4)
    asks(shop, on=7)
    [line] = lines(shop)
    assert shop.services.dates.preview(answer(line, *line.parts).stated, shop.now).effects
    assert given(shop, answer(line, *line.parts))
    assert waiting(shop) == ["PO-1/1"]


def test_taking_back_what_waits_is_for_the_buyer_too(asked: Shop) -> None:
    [line] = lines(asked)
    given(asked, answer(line, (10, None)))
    [line] = lines(asked)
    assert given(asked, answer(line, (10, day(20)), id="page-2"))
    assert waiting(asked) == ["PO-1/1"]
    states = asked.rows("SELECT revision, state FROM approvals ORDER BY revision")
    assert states == [{"revision": 2, "state": "rejected"}, {"revision": 3, "state": "waiting"}]


@pytest.mark.parametrize("parts", [[(10, day(30))], []])
def test_another_note_to_dates_that_wait_reaches_the_buyer(asked: Shop, parts: list[StatedPart]) -> None:
    """It may be what they decide by; they are asked no longer than they were about the first one."""
    [line] = lines(asked)
    given(asked, answer(line, *parts, note="the ship is late"))
    [until] = {row["until"] for row in asked.rows("SELECT until FROM approvals")}
    asked.now += HOURS
    for number, note in enumerate(("", "the ship is late"), start=2):
        [line] = lines(asked)
        assert given(asked, answer(line, *parts, id=f"page-{number}", note=note))
        assert len(asked.rows("SELECT DISTINCT revision FROM stated_dates")) == 2, "nothing new was said"
    [line] = lines(asked)
    assert given(asked, answer(line, *parts, id="page-4", note="half of it can fly, ask Bo"))
    [task] = tasks.waiting(asked.services.engine)
    assert task.detail["supplier_note"] == "half of it can fly, ask Bo"
    assert waiting(asked) == ["PO-1/1"]
    asked_until = asked.rows("SELECT until FROM approvals WHERE state = 'waiting'")
    assert asked_until == [{"until": until}]
    [line] = lines(asked)
    assert line.said is not None
    assert line.said.note == "half of it can fly, ask Bo"


def test_a_word_that_a_buyer_wrote_down_is_not_shown_to_the_supplier(asked: Shop) -> None:
    [line] = lines(asked)
    given(asked, answer(line, (10, day(30)), note="the ship is late"))
    [line] = lines(asked)
    assert line.said is not None
    assert (line.said.parts, line.said.note) == (((10, day(30)),), "the ship is late")
    says(asked, (10, day(25)), note="they are lying")
    [line] = lines(asked)
    assert line.said is None
    assert line.due == day(25)


@pytest.mark.parametrize(
    ("approve", "state", "due"), [(True, "approved", day(30)), (False, "rejected", day(20))]
)
def test_what_the_buyer_decided_is_shown(asked: Shop, approve: bool, state: str, due: date) -> None:
    [line] = lines(asked)
    given(asked, answer(line, (10, day(30))))
    asked.services.dates.decide("PO-1", "1", approve=approve, by="Bea", at=asked.now)
    [line] = lines(asked)
    assert line.said is not None
    assert (line.said.state, line.due) == (state, due)


def test_a_later_mail_asks_anew(asked: Shop) -> None:
    [line] = lines(asked)
    assert not line.answered
    given(asked, answer(line, *line.parts))
    [line] = lines(asked)
    assert line.answered
    asks(asked, on=22)
    [line] = lines(asked)
    assert line.said is not None
    assert (line.said.state, line.late, line.answered) == ("counts", 2, False)
    given(asked, answer(line, (10, day(30)), id="page-2"))
    [line] = lines(asked)
    assert line.answered
    asked.services.dates.decide("PO-1", "1", approve=False, by="Bea", at=asked.now)
    [line] = lines(asked)
    assert not line.answered, "the buyer keeps the day of before, so that another word is needed"


# --- once, and whole


def test_the_same_answer_twice_is_written_once(asked: Shop) -> None:
    [line] = lines(asked)
    same = answer(line, (10, day(30)))
    assert given(asked, same)
    assert given(asked, same)
    assert len(words(asked)) == 2
    assert not given(asked, answer(line, (10, day(31)), id="page-2")), (
        "the page showed less than there is now"
    )
    assert len(words(asked)) == 2


def test_answers_at_the_same_instant_are_written_once(asked: Shop) -> None:
    [line] = lines(asked)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: given(asked, answer(line, (10, None))), range(4)))
    assert taken == [True] * 4
    assert len(words(asked)) == 2
    assert len(asked.rows("SELECT * FROM approvals")) == 1


def test_one_line_that_changed_keeps_all_of_them_unwritten(shop: Shop) -> None:
    linked(shop)
    shop.purchase()
    shop.purchase("PO-2", {"quantity": 6, "stated_date": day(20)})
    asks(shop, "PO-1", "PO-2")
    first, second = lines(shop)
    shop.receive(1, order="PO-2")
    assert not given(shop, answer(first, (10, None)), answer(second, (6, None)))
    assert words(shop) == [(1, 10, day(20))]
    assert waiting(shop) == []
    [*_, second] = lines(shop)
    with pytest.raises(RefusedError, match="add up"):
        given(shop, answer(first, (10, None)), answer(second, (6, None)))
    assert words(shop) == [(1, 10, day(20))]
    assert given(shop, answer(first, (10, None)), answer(second, (5, None)))
    assert waiting(shop) == ["PO-1/1", "PO-2/1"]


def test_goods_that_cannot_be_had_close_the_line_when_the_buyer_agrees(asked: Shop) -> None:
    [line] = lines(asked)
    given(asked, answer(line))
    asked.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=asked.now)
    page = opened(asked)
    assert page is not None
    assert page.lines == ()
