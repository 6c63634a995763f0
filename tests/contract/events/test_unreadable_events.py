"""Events that cannot be read: in nobody's way, shown, and given up in the end like any that is not taken."""

from __future__ import annotations

from backorder.domain.event_delivery import GIVES_UP_AFTER
from backorder.services.publish_events import LEASE, UNREADABLE_AGAIN
from backorder.storage import tasks
from tests.support.event_sending import EventDesk, end, written
from tests.support.receivers import Receiver
from tests.support.shop import Shop


def test_an_event_that_cannot_be_read_stands_in_nobodys_way_and_is_given_up(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    end(shop, "O-1")
    desk.batch()
    desk.wait(LEASE)
    shop.unprotect("events")
    bad = written(shop)[0]
    [good] = shop.rows("SELECT data FROM events WHERE id = :id", id=bad)
    shop.run("UPDATE events SET data = '{' WHERE id = :id", id=bad)
    desk.deliver()
    assert desk.states() == ["pending", *["delivered"] * (len(written(shop)) - 1)]
    assert [row["subject"] for row in shop.rows("SELECT subject FROM engine_errors")] == [f"event/{bad}"]
    desk.wait(GIVES_UP_AFTER)
    desk.deliver()
    assert desk.states()[0] == "dead"
    assert bad not in receiver.ids
    [task] = tasks.waiting(shop.services.engine)
    assert task.kind == "receiver_refusing"
    assert "cannot be read" in str(task.detail["reason"])
    shop.run("UPDATE events SET data = :data WHERE id = :id", id=bad, data=good["data"])
    desk.receivers.resend("shop", bad, at=shop.now, now=desk.now)
    desk.deliver()
    assert set(desk.states()) == {"delivered"}
    assert receiver.ids[-1] == bad
    assert not shop.rows("SELECT subject FROM engine_errors")


def test_an_event_that_can_be_read_again_is_noted_no_more(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    end(shop, "O-1", "O-2")
    desk.batch()
    desk.wait(LEASE)
    shop.unprotect("events")
    before = shop.rows("SELECT id, data FROM events")
    shop.run("UPDATE events SET data = '{' WHERE backorder = 'O-1/1'")
    desk.deliver()
    assert shop.rows("SELECT subject FROM engine_errors")
    for row in before:
        shop.run("UPDATE events SET data = :data WHERE id = :id", **row)
    desk.wait(UNREADABLE_AGAIN)
    desk.deliver()
    assert set(desk.states()) == {"delivered"}
    assert not shop.rows("SELECT subject FROM engine_errors")
