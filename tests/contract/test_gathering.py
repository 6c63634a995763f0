"""One message names the lines of an order that are told of at once; each line hears of its own part."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from backorder.domain.gathering import ITEMS
from backorder.domain.line.decision_builder import RECALLED
from backorder.domain.line.events import PolicyMoved
from backorder.ports import Sent
from backorder.services.record_request import NewRequest
from backorder.storage.engine import writing
from backorder.storage.tables import backorders
from tests.support.days import at, day
from tests.support.order_of_lines import (
    GATHERING,
    MINUTE,
    TEXTS,
    cancelled,
    confirmed,
    gathering_desk,
    load,
    look,
    moved,
    order,
    sent,
    states,
    told,
)
from tests.support.senders import Recorder
from tests.support.sending import Desk
from tests.support.shop import Shop

LATE = GATHERING.replace("gather =", 'quiet_hours = "21:00-12:00"\ngather =')


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A shop with a hundred lamps on the way for day 20."""
    return gathering_desk(shop)


def test_an_orders_lines_are_confirmed_in_one_message(desk: Desk) -> None:
    shop = desk.shop
    order(shop, "1", "2", "3")
    assert sent(shop) == [], "they wait for each other"
    shop.now += MINUTE
    [mail] = sent(shop)
    assert mail.text.count("Lamp") >= 3
    assert states(shop, "confirmed") == [(f"O-1/{n}", "sent", "") for n in (1, 2, 3)]
    assert len(shop.rows("SELECT * FROM messages")) == 1
    assert set(told(shop)) == {"O-1/1", "O-1/2", "O-1/3"}
    assert sent(shop) == []


def test_each_line_makes_the_first_wait_anew_but_not_for_ever(desk: Desk) -> None:
    shop, waited = desk.shop, timedelta()
    step = timedelta(seconds=40)
    for number in range(20):
        order(shop, str(number))
        if sent(shop):
            break
        shop.now += step
        waited += step
    assert timedelta(minutes=4) < waited <= timedelta(minutes=6)
    assert desk.message()["state"] == "sent"


def test_confirmations_of_different_orders_are_different_messages(desk: Desk) -> None:
    shop = desk.shop
    order(shop, "1")
    shop.start("O-2", policy="gathering")
    shop.now += MINUTE
    assert len(sent(shop)) == 2


def test_news_of_a_line_goes_into_no_message_that_is_older_than_what_it_was_told_last(desk: Desk) -> None:
    """It would count as overtaken there, and be told a day later."""
    shop = desk.shop
    shop.product("DESK")
    shop.purchase("PO-2", {"sku": "DESK", "stated_date": day(20)})
    confirmed(shop, "1")
    shop.now = at(1)
    moved(shop, "1")
    order(shop, "2", sku="DESK")
    shop.now += MINUTE
    assert len(sent(shop)) == 1, "the second line is confirmed while the first one's news settles"
    shop.state_dates((10, day(32)), order="PO-2")
    shop.replan("DESK")
    look(shop, "2")
    shop.now += timedelta(hours=3)
    sent(shop)
    assert states(shop, "delayed") == [("O-1/1", "sent", ""), ("O-1/2", "sent", "")]


def test_lines_that_slip_together_are_told_in_one_message(desk: Desk) -> None:
    """One mail, and each line's promise on its own."""
    shop = desk.shop
    confirmed(shop, "1", "2", "3")
    shop.now = at(1)
    moved(shop, "1", "2", "3")
    shop.now += timedelta(hours=2)
    [mail] = sent(shop)
    assert "Lamp" in mail.text
    assert [len(each) for each in told(shop).values()] == [2, 2, 2]
    assert len({days[1] for days in told(shop).values()}) == 1


def test_news_of_an_order_gathers_for_as_long_as_the_first_settles(desk: Desk) -> None:
    """What comes while the first waits goes with it; what comes later settles by itself."""
    shop = desk.shop
    shop.product("DESK")
    shop.purchase("PO-2", {"sku": "DESK", "stated_date": day(20), "quantity": 100})
    order(shop, "1")
    order(shop, "2", "3", sku="DESK")
    shop.now += MINUTE
    assert len(sent(shop)) == 1
    begun = shop.now = at(1)
    moved(shop, "1")
    shop.now = begun + timedelta(minutes=90)
    shop.state_dates((100, day(34)), order="PO-2")
    shop.replan("DESK")
    look(shop, "2")
    shop.now = begun + timedelta(minutes=119)
    assert sent(shop) == []
    shop.now = begun + timedelta(hours=2)
    [mail] = sent(shop)
    assert "2 items" in mail.text
    assert {line: len(days) for line, days in told(shop).items()} == {"O-1/1": 2, "O-1/2": 2, "O-1/3": 1}
    look(shop, "3")
    assert sent(shop) == []
    shop.now = begun + timedelta(hours=4)
    assert len(sent(shop)) == 1


def test_lines_that_slip_together_are_one_text_unless_one_of_them_has_other_hours(desk: Desk) -> None:
    shop = desk.shop
    order(shop, "1", "2", customer=TEXTS)
    load(shop, LATE)
    order(shop, "3", "4", customer=TEXTS)
    shop.now += MINUTE
    [text] = sent(shop)
    assert text.channel == "sms"
    assert [state for _, state, _ in states(shop, "confirmed")] == ["sent", "sent", "planned", "planned"]
    shop.now = at(0, hour=12)
    assert len(sent(shop)) == 1


def test_a_line_that_moves_to_another_policy_after_it_was_gathered_goes_by_that(desk: Desk) -> None:
    shop = desk.shop
    order(shop, "1", "2", customer=TEXTS)
    shop.now += MINUTE
    assert len(shop.services.dispatch.prepare(desk.round())[0]) == 1
    load(shop, LATE)
    asked = PolicyMoved(at=shop.now, day=day(0), policy="gathering", reason="", by="Eve")
    shop.services.requests.record("O-1/1", NewRequest(id="M", kind="policy", event=asked, given={}), shop.now)
    look(shop, "1", "M")
    assert len(sent(shop)) == 1
    assert [state for _, state, _ in states(shop, "confirmed")] == ["planned", "sent"]
    shop.now = at(0, hour=12)
    assert len(sent(shop)) == 1


def test_a_line_that_ends_after_it_was_gathered_is_not_said(desk: Desk) -> None:
    """Its part is taken back while the message waits; the others go on without it."""
    shop = desk.shop
    order(shop, "1", "2", "3")
    shop.now += MINUTE
    assert shop.services.dispatch.prepare(desk.round())[0], "they are one message now"
    assert len(shop.rows("SELECT * FROM messages")) == 1
    cancelled(shop, "2")
    mails = sent(shop)
    [mail] = [each for each in mails if "/3" not in each.subject and "cancel" not in each.subject.lower()]
    assert states(shop, "confirmed") == [
        ("O-1/1", "sent", ""),
        ("O-1/2", "withdrawn", ""),
        ("O-1/3", "sent", ""),
    ]
    assert mail.text.count("Lamp") == 2
    assert set(told(shop)) == {"O-1/1", "O-1/3"}


def test_the_door_stops_one_line_and_lets_the_others_through(desk: Desk) -> None:
    """A line has ended between words and claim: it hears so, and the words are put anew."""
    shop, dispatch = desk.shop, desk.shop.services.dispatch
    order(shop, "1", "2")
    shop.now += MINUTE
    round = desk.round(stored=("email", "sms"))
    prepared, _ = dispatch.prepare(round)
    shop.run("UPDATE backorders SET phase = 'cancelled' WHERE id = 'O-1/1'")
    assert dispatch.write(round, (), prepared, (), careful=False).stored == ()
    assert ("O-1/1", "withdrawn", "its line has come to an end") in states(shop, "confirmed")
    assert ("O-1/2", "planned", "") in states(shop, "confirmed")
    entries = shop.rows("SELECT what FROM timeline WHERE backorder = 'O-1/1' ORDER BY number")
    assert entries[-1]["what"] == "message_not_sent"


def test_a_line_that_says_something_else_leaves_the_message(desk: Desk) -> None:
    """The date moves while the gathered message waits: only that line's part is put into words anew."""
    shop = desk.shop
    order(shop, "1", "2", "3")
    shop.now += MINUTE
    shop.services.dispatch.prepare(desk.round())
    [before] = shop.rows("SELECT id, version FROM messages")
    moved(shop, "2")
    rows = shop.rows("SELECT id, version FROM messages ORDER BY number")
    assert (len(rows), rows[0]["id"]) == (2, before["id"])
    assert rows[0]["version"] > before["version"]
    moved_on = [
        shop.rows("SELECT count(*) AS n FROM message_items WHERE message = :id", id=row["id"]) for row in rows
    ]
    assert [each[0]["n"] for each in moved_on] == [2, 1]


def test_a_sibling_that_somebody_holds_stays_behind(desk: Desk) -> None:
    """On SQLite nobody can hold one while another writes."""
    shop = desk.shop
    order(shop, "1", "2", "3")
    shop.now += MINUTE
    if shop.services.engine.dialect.name == "postgresql":
        with writing(shop.services.engine) as connection:
            held = select(backorders.c.id).where(backorders.c.id == "O-1/2").with_for_update()
            connection.execute(held)
            [first] = shop.services.dispatch.batch(desk.round(stored=("email", "sms"))).stored
            assert first == "customer/ann"
        assert [state for _, state, _ in states(shop, "confirmed")] == ["sent", "planned", "sent"]
    sent(shop)
    assert [state for _, state, _ in states(shop, "confirmed")] == ["sent"] * 3


def test_a_line_that_cannot_be_read_stops_none_of_its_siblings(desk: Desk) -> None:
    shop = desk.shop
    order(shop, "1", "2", "3")
    shop.run("UPDATE message_items SET facts = '{' WHERE backorder = 'O-1/2'")
    shop.now += MINUTE
    sent(shop)
    assert [state for _, state, _ in states(shop, "confirmed")] == ["sent", "planned", "sent"]


def test_a_message_names_no_more_lines_than_can_be_read(desk: Desk) -> None:
    shop = desk.shop
    order(shop, *(str(number) for number in range(ITEMS + 10)))
    shop.now += MINUTE
    assert len(sent(shop)) == 2
    counts = shop.rows("SELECT count(*) AS n FROM message_items GROUP BY message ORDER BY 1")
    assert [row["n"] for row in counts] == [10, ITEMS]


def test_what_no_channel_can_carry_is_heard_by_each_line(desk: Desk) -> None:
    shop = desk.shop
    order(shop, "1", "2")
    shop.now += MINUTE
    shop.out = Recorder(Sent(outcome="permanent", code="550", reason="no such mailbox"))
    shop.dispatch()
    assert states(shop, "confirmed") == [
        ("O-1/1", "failed", "no such mailbox"),
        ("O-1/2", "failed", "no such mailbox"),
    ]
    assert all(row["needs"] for row in shop.rows("SELECT needs FROM backorders"))


def test_what_was_tried_already_gathers_nothing_more(desk: Desk) -> None:
    """Nobody knows what a try said that may have arrived after all."""
    shop = desk.shop
    order(shop, "1")
    shop.now += MINUTE
    desk.record_outcome(desk.claimed(), Sent(outcome="transient", code="busy", reason="busy"))
    order(shop, "2")
    desk.wait(timedelta(hours=1))
    shop.now += MINUTE
    assert desk.claimed().message == desk.message()["id"]
    assert states(shop, "confirmed") == [("O-1/1", "claimed", "busy"), ("O-1/2", "planned", "")]


def test_a_line_that_moves_while_its_message_is_refused_for_now_leaves_it(desk: Desk) -> None:
    """What was said of the others is still so, and goes when the provider takes it."""
    shop = desk.shop
    confirmed(shop, "1", "2")
    shop.now = at(1)
    moved(shop, "1", "2")
    shop.now += timedelta(hours=2)
    call = desk.claimed()
    shop.state_dates((100, day(45)))
    shop.replan()
    look(shop, "2")
    heard = desk.record_outcome(call, Sent(outcome="transient", code="busy", reason="busy"))
    assert heard[0] == "message_not_sent"
    assert states(shop, "delayed") == [
        ("O-1/1", "planned", "busy"),
        ("O-1/2", "withdrawn", RECALLED),
        ("O-1/2", "planned", ""),
    ]
