"""What a line takes back while it is on its way does not go if it comes back unsent; what holds then does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from backorder.ports import Claimed, Outgoing, Sent
from backorder.storage.engine import writing
from backorder.storage.tables import backorders
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop

BUSY = Sent(outcome="transient", code="429", reason="busy")
SETTLE = timedelta(hours=2)
REST = timedelta(minutes=20)
TWO = """name = "standard"
[updates]
gather = "0s"
every = "7d"
[duties]
pack = "none"
"""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A line of two lamps that was promised day 20, and a mail of day 32 that is on its way."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, TWO)
    shop.purchase("PO-1", {"stated_date": day(20), "quantity": 100})
    shop.start(quantity=2)
    shop.dispatch()
    shop.now = at(1)
    move(shop, 32)
    shop.now += SETTLE
    return Desk(shop)


def move(shop: Shop, to: int) -> None:
    """The supplier's date moves, and the line looks at it."""
    shop.state_dates((100, day(to)))
    shop.replan()
    shop.review()


def waits(shop: Shop) -> list[str]:
    """Kinds of what is still to go."""
    return [row["kind"] for row in shop.rows("SELECT kind FROM messages WHERE state = 'planned'")]


def later(desk: Desk) -> list[Outgoing]:
    """What goes once the provider is back, and what was settled for long enough."""
    desk.wait(REST)
    desk.shop.now += SETTLE
    desk.shop.out.given.clear()
    while isinstance(call := desk.take(), Claimed):
        desk.shop.out.given.append(call.outgoing)
        desk.record_outcome(call, Sent(outcome="accepted", provider_id=call.outgoing.id))
    return desk.shop.out.given


def windows(shop: Shop) -> list[str]:
    """The last days that the line was promised."""
    return [str(row["by"]) for row in shop.rows('SELECT "by" FROM promises ORDER BY revision')]


def test_a_date_that_moves_while_its_mail_is_refused_for_now_is_told_as_it_is_then(desk: Desk) -> None:
    shop, call = desk.shop, desk.claimed()
    old = shop.state().pending
    move(shop, 45)
    assert shop.state().pending == old, "it may have gone by now"
    assert desk.record_outcome(call, BUSY)[0] == "message_not_sent"
    assert shop.state().recalled == ()
    [mail] = later(desk)
    promise = shop.state().promise
    assert shop.state().pending is None
    assert promise is not None
    assert promise.by is not None
    assert old is not None
    assert old.window.by is not None
    assert promise.by > old.window.by + timedelta(days=10)
    assert len(windows(shop)) == 2
    assert mail.text != call.outgoing.text


def test_what_is_accepted_counts_though_it_was_taken_back(desk: Desk) -> None:
    """It could not be stopped: the later date is told after it, as ever."""
    shop, call = desk.shop, desk.claimed()
    move(shop, 45)
    assert desk.record_outcome(call, Sent(outcome="accepted", provider_id="x"))[0] == "message_sent"
    assert shop.state().recalled == ()
    assert len(windows(shop)) == 2
    assert len(later(desk)) == 1
    assert len(windows(shop)) == 3


def test_nothing_goes_in_a_hold_that_was_given_while_a_mail_was_tried(desk: Desk) -> None:
    shop, call = desk.shop, desk.claimed()
    shop.ask("O-1", shop.silence(shop.now + timedelta(days=3)))
    shop.review("O-1", "H-1")
    desk.record_outcome(call, BUSY)
    assert later(desk) == []
    shop.now += timedelta(days=3)
    shop.review()
    assert len(later(desk)) == 1


def test_a_cut_line_is_told_of_no_more_than_what_is_open(desk: Desk) -> None:
    shop, call = desk.shop, desk.claimed()
    shop.cancel(quantity=1)
    desk.record_outcome(call, BUSY)
    mails = later(desk)
    pending = shop.state().promise
    assert pending is not None
    assert call.outgoing.text not in [each.text for each in mails]
    facts = shop.rows(
        "SELECT i.facts FROM message_items i JOIN messages m ON m.id = i.message"
        " WHERE m.kind = 'delayed' AND m.state = 'sent'"
    )
    assert ['"quantity":1' in row["facts"] for row in facts] == [True]


def test_an_update_that_a_hold_takes_back_does_not_go_when_it_is_tried_again(desk: Desk) -> None:
    shop = desk.shop
    later(desk)
    shop.now = at(9, hour=10)
    shop.review()
    assert waits(shop) == ["still_waiting"]
    shop.now += timedelta(minutes=10)
    call = desk.claimed()
    shop.ask("O-1", shop.silence(shop.now + timedelta(days=3)))
    shop.review("O-1", "H-1")
    assert shop.state().recalled == shop.state().unsent != ()
    assert desk.record_outcome(call, BUSY) == ["message_not_sent"]
    assert (shop.state().recalled, shop.state().unsent) == ((), ())
    assert later(desk) == []


def test_the_door_stops_what_came_back_while_somebody_held_its_line(desk: Desk) -> None:
    """Whoever holds the line is not waited for: it hears of it when the message would go."""
    shop, call = desk.shop, desk.claimed()
    move(shop, 45)
    with writing(shop.services.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(backorders.c.id).where(backorders.c.id == "O-1/1").with_for_update())
            assert desk.record_outcome(call, BUSY) == []
    if shop.services.engine.dialect.name == "sqlite":  # where nobody can hold it while another one writes
        shop.run("UPDATE messages SET state = 'planned' WHERE id = :id", id=call.message)
    assert call.outgoing.text not in [each.text for each in later(desk)]
    [row] = shop.rows("SELECT state FROM messages WHERE id = :id", id=call.message)
    assert row["state"] == "withdrawn"


def test_a_review_takes_back_what_waits_again_before_the_door_does(desk: Desk) -> None:
    shop, call = desk.shop, desk.claimed()
    move(shop, 45)
    shop.run("UPDATE messages SET state = 'planned' WHERE id = :id", id=call.message)
    shop.review()
    assert shop.state().recalled == ()
    assert len(waits(shop)) == 1
    assert len(later(desk)) == 1
    [row] = shop.rows("SELECT state FROM messages WHERE id = :id", id=call.message)
    assert row["state"] == "withdrawn"
