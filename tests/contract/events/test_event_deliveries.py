"""Events on their way to receivers: in order, at least once, and no receiver in another one's way."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from activities.events import DeliverEvents, EventDispatcher
from activities.threads import Threads
from backorder.domain.event_delivery import FIRST_PAUSE, GIVES_UP_AFTER
from backorder.errors import RejectedError
from backorder.messaging.webhook_sender import WebhookSender
from backorder.ports import Answered, EventAnswered, EventCall
from backorder.queries.case_view import case
from backorder.queries.event_feed import event_feed
from backorder.queries.views import CaseView
from backorder.services.publish_events import LEASE
from backorder.services.receivers import MOST_OLD_SECRETS
from backorder.storage import deliveries, tasks
from backorder.storage.engine import writing
from tests.support.event_sending import EventDesk, end, written
from tests.support.receivers import Call, Receiver
from tests.support.senders import Notified
from tests.support.shop import Shop

CANCELLED = "backorder.cancelled"
REFUSED = Answered(reason="it answered 500")


def test_each_receiver_gets_each_event_once_as_the_feed_shows_it(shop: Shop, desk: EventDesk) -> None:
    with Receiver() as all_types, Receiver() as some:
        secret = desk.put("all", all_types.url).secret
        desk.put("some", some.url, CANCELLED)
        end(shop, "O-1", "O-2")
        desk.deliver()
        assert sorted(all_types.ids) == sorted(written(shop))
        assert sorted(some.ids) == sorted(written(shop, CANCELLED))
        feed = {each.id: each for each in event_feed(shop.services.database).events}
        for call in all_types.calls:
            body = Webhook(secret).verify(call.body, dict(call.headers))
            of_feed = feed[call.id]
            assert body == {"type": of_feed.type, "timestamp": of_feed.timestamp, "data": of_feed.data}
        assert desk.deliver() == 0
        assert set(desk.states("all")) == {"delivered"}


def test_a_new_receiver_gets_what_is_written_from_now_on(shop: Shop, desk: EventDesk) -> None:
    end(shop, "O-1")
    desk.deliver()
    with Receiver() as receiver:
        desk.put("shop", receiver.url)
        end(shop, "O-2")
        desk.deliver()
        assert {json.loads(call.body)["data"]["order_id"] for call in receiver.calls} == {"O-2"}


def test_each_attempt_is_signed_anew_with_the_same_id_and_body(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    receiver.next(500)
    end(shop, "O-1")
    desk.deliver()
    first = receiver.calls[0]
    assert receiver.ids.count(first.id) == 1
    desk.wait(FIRST_PAUSE)
    desk.deliver()
    again = receiver.calls[-1]
    assert (again.id, again.body) == (first.id, first.body)
    assert set(desk.states()) == {"delivered"}


def test_first_attempts_are_in_order_whatever_becomes_of_them(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    """The first event of a line is refused: those after it are tried, and none before it."""
    receiver.usual = lambda call: 500 if call.id in written(shop)[:1] else 200
    end(shop, "O-1")
    desk.deliver()
    assert receiver.ids == written(shop)
    assert desk.states() == ["pending", *["delivered"] * (len(receiver.ids) - 1)]


def test_a_line_has_one_event_on_its_way_and_other_lines_do_not_wait(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    end(shop, "O-1", "O-2", "O-3")
    calls = desk.batch().calls or desk.batch().calls
    assert [call.backorder for call in calls] == ["O-1/1", "O-2/1"], "two at once, of two lines"
    assert desk.batch(busy=calls).calls == ()
    [third] = desk.batch(desk.call(calls[1]), busy=calls[:1]).calls
    assert third.backorder in ("O-2/1", "O-3/1")
    assert third.event != calls[1].event


def test_a_claim_that_was_lost_goes_again(shop: Shop, desk: EventDesk, receiver: Receiver) -> None:
    """Whoever had it died: what was never answered is not taken for delivered."""
    end(shop, "O-1")
    [lost, *_] = desk.batch().calls
    assert desk.deliver() == 0
    assert desk.states()[0] == "pending"
    desk.wait(LEASE)
    desk.deliver()
    assert receiver.ids == written(shop)
    assert receiver.ids[0] == lost.event


def test_an_answer_that_comes_late_does_not_undo_a_later_one(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    end(shop, "O-1")
    [lost, *_] = desk.batch().calls
    desk.wait(LEASE)
    desk.deliver()
    desk.batch(EventAnswered(call=lost, answered=REFUSED))
    assert desk.states()[0] == "delivered"


def test_a_refusal_that_comes_late_takes_nothing_from_who_tries_again(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    end(shop, "O-1")
    [first, *_] = desk.batch().calls
    desk.wait(LEASE)
    [again, *_] = desk.batch().calls
    assert (again.event, again.attempt) == (first.event, 2)
    claimed = shop.rows("SELECT * FROM deliveries ORDER BY position")
    desk.batch(EventAnswered(call=first, answered=REFUSED), busy=(again,))
    assert shop.rows("SELECT * FROM deliveries ORDER BY position") == claimed


def test_what_was_handed_back_was_not_tried(shop: Shop, desk: EventDesk, receiver: Receiver) -> None:
    end(shop, "O-1")
    [call, *_] = desk.batch().calls
    desk.batch(EventAnswered(call=call, answered=Answered(reason="too slow", handed_back=True)))
    row = shop.rows("SELECT * FROM deliveries ORDER BY position")[0]
    # It was claimed anew by the same look.
    assert (row["attempts"], row["state"]) == (1, "pending")
    assert receiver.calls == []


def test_after_three_days_an_event_is_given_up_and_the_others_go_on(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    end(shop, "O-1")
    begun = desk.now
    desk.batch()
    bad = written(shop)[0]
    receiver.usual = lambda call: 500 if call.id == bad else 200
    desk.wait(LEASE)
    while "dead" not in desk.states():
        desk.deliver()
        pause = desk.events.sleep(desk.now)
        assert pause is None or pause > timedelta(0), "it would look again at once, for ever"
        desk.wait(pause or timedelta(0))
    assert GIVES_UP_AFTER <= desk.now - begun < GIVES_UP_AFTER + timedelta(minutes=5)
    assert 15 < receiver.ids.count(bad) < 60
    assert desk.states() == ["dead", *["delivered"] * (len(written(shop)) - 1)]
    [task] = tasks.waiting(shop.services.engine)
    assert (task.kind, task.subject) == ("receiver_refusing", "shop")
    assert "500" in str(task.detail["reason"])
    assert desk.events.sleep(desk.now) is None
    receiver.usual = 200
    sent, after = desk.receivers.resend("shop", bad, at=shop.now, now=desk.now)
    assert (sent, after.events) == ((bad,), True)
    assert tasks.waiting(shop.services.engine) == []
    desk.deliver()
    assert set(desk.states()) == {"delivered"}


def test_what_is_refused_for_an_hour_is_shown_on_the_line(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    receiver.usual = 500
    desk.now = datetime.now(UTC)
    end(shop, "O-1", "O-2")
    desk.deliver()
    assert look(shop, "O-1") == ((), [])
    shop.run("UPDATE deliveries SET first_at = :then WHERE backorder = 'O-1/1'", then=stamp(minutes=61))
    needs, why = look(shop, "O-1")
    assert needs == ("events_refused",)
    assert why[0].startswith('receiver "shop" was called once with backorder.')
    assert why[0].endswith(", and it answered 500; it is tried again")
    assert look(shop, "O-2") == ((), [])
    receiver.usual = 200
    desk.wait(FIRST_PAUSE)
    desk.deliver()
    assert look(shop, "O-1") == ((), [])


def look(shop: Shop, order: str) -> tuple[tuple[str, ...], list[str]]:
    """What a line needs of a person, and what its case says of events."""
    found = case(shop.services.database, f"{order}/1", shop.now)
    assert isinstance(found, CaseView)
    return found.needs, [each.why for each in found.next if each.what == "events_refused"]


def stamp(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_a_delivered_event_can_be_sent_again(shop: Shop, desk: EventDesk, receiver: Receiver) -> None:
    end(shop, "O-1")
    desk.deliver()
    last = written(shop)[-1]
    desk.receivers.resend("shop", last, at=shop.now, now=desk.now)
    desk.deliver()
    assert receiver.ids == [*written(shop), last]


def test_a_removed_receiver_gets_nothing_more(shop: Shop, desk: EventDesk, receiver: Receiver) -> None:
    end(shop, "O-1")
    desk.batch()
    desk.receivers.remove("shop", at=shop.now, now=desk.now)
    desk.wait(LEASE)
    assert desk.deliver() == 0
    assert desk.events.sleep(desk.now) is None
    again = desk.put("shop", receiver.url)
    assert (again.before, bool(again.secret)) == (None, True)
    desk.deliver()
    assert receiver.calls == []
    end(shop, "O-2")
    desk.deliver()
    assert {json.loads(call.body)["data"]["order_id"] for call in receiver.calls} == {"O-2"}


def test_both_secrets_sign_for_a_day(shop: Shop, desk: EventDesk) -> None:
    with Receiver() as receiver:
        old = desk.put("shop", receiver.url).secret
        new = desk.receivers.rotate("shop", now=desk.now).secret
        assert new != old
        end(shop, "O-1")
        desk.deliver()
        for call in receiver.calls:
            assert len(call.headers["webhook-signature"].split()) == 2
            for secret in (old, new):
                Webhook(secret).verify(call.body, dict(call.headers))
        desk.wait(timedelta(hours=24))
        end(shop, "O-2")
        desk.deliver()
        [late] = {call.headers["webhook-signature"].count("v1,") for call in receiver.calls[-2:]}
        assert late == 1
        Webhook(new).verify(receiver.calls[-1].body, dict(receiver.calls[-1].headers))


def test_each_secret_signs_until_its_own_end_however_often_another_came(shop: Shop, desk: EventDesk) -> None:
    """A rotation asked for twice, since its answer was lost, cuts nobody off."""
    with Receiver() as receiver:
        known = [desk.put("shop", receiver.url).secret]
        for _ in range(MOST_OLD_SECRETS):
            desk.wait(timedelta(hours=1))
            known.append(desk.receivers.rotate("shop", now=desk.now).secret)
        with pytest.raises(RejectedError, match="still sign"):
            desk.receivers.rotate("shop", now=desk.now)
        end(shop, "O-1")
        desk.deliver()
        for secret in known:
            Webhook(secret).verify(receiver.calls[-1].body, dict(receiver.calls[-1].headers))
        desk.wait(timedelta(hours=22, minutes=30))
        end(shop, "O-2")
        desk.deliver()
        assert receiver.calls[-1].headers["webhook-signature"].count("v1,") < len(known)
        known.append(desk.receivers.rotate("shop", now=desk.now).secret)
        desk.wait(timedelta(hours=24))
        end(shop, "O-3")
        desk.deliver()
        Webhook(known[-1]).verify(receiver.calls[-1].body, dict(receiver.calls[-1].headers))
        assert receiver.calls[-1].headers["webhook-signature"].count("v1,") == 1


def test_the_dispatcher_sleeps_until_the_next_attempt(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    assert desk.events.sleep(desk.now) is None
    receiver.usual = 503
    end(shop, "O-1")
    assert desk.events.sleep(desk.now) == timedelta(0), "an event has no place yet"
    desk.deliver()
    assert desk.events.sleep(desk.now) == FIRST_PAUSE
    desk.wait(FIRST_PAUSE)
    assert desk.events.sleep(desk.now) == timedelta(0), "one is due"


# --- through the activity, as it runs in a worker


class Counting(WebhookSender):
    """Counts how many calls to each receiver are under way at once, at most."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._counting = threading.Lock()

    def send(self, call: EventCall) -> Answered:
        with self._counting:
            self._now[call.receiver] += 1
            self.most[call.receiver] = max(self.most[call.receiver], self._now[call.receiver])
        try:
            return super().send(call)
        finally:
            with self._counting:
                self._now[call.receiver] -= 1


def run(shop: Shop, sender: WebhookSender) -> None:
    """One run of the activity, until nothing is due."""
    with ThreadPoolExecutor(2) as pool:
        dispatcher = EventDispatcher(shop.services.events, sender, Notified(), Threads(pool), linger=0.0)
        asyncio.run(dispatcher.deliver_events(DeliverEvents(at=datetime.now(UTC))))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["hang", "drip", "redirect", "endless", "drop", 500])
def test_a_receiver_that_misbehaves_hurts_nobody_else(shop: Shop, desk: EventDesk, way: int | str) -> None:
    orders = [f"O-{number}" for number in range(3)]
    with Receiver(way, elsewhere="http://127.0.0.1:9/") as bad, Receiver() as good:
        desk.now = datetime.now(UTC)
        desk.put("bad", bad.url)
        desk.put("good", good.url)
        end(shop, *orders)
        sender = Counting(private=True, seconds=1.0)
        run(shop, sender)
        assert sorted(good.ids) == sorted(written(shop))
        assert max(sender.most.values()) <= 2
        bad_ones = [json.loads(call.body)["data"]["order_id"] for call in bad.calls]
        assert set(bad_ones) == set(orders), "every line's first event was tried"
    assert set(desk.states("good")) == {"delivered"}
    assert set(desk.states("bad")) == ({"delivered"} if way == "endless" else {"pending"})


def test_calls_are_made_in_order_by_line(shop: Shop, desk: EventDesk) -> None:
    orders = [f"O-{number}" for number in range(5)]
    with Receiver() as receiver:
        desk.now = datetime.now(UTC)
        desk.put("shop", receiver.url)
        end(shop, *orders)
        run(shop, WebhookSender(private=True))
        placed = written(shop)
        for order in orders:
            mine = [call.id for call in receiver.calls if of(call) == order]
            assert mine == [id for id in placed if id in mine]
        assert sorted(receiver.ids) == sorted(placed)


def of(call: Call) -> str:
    return str(json.loads(call.body)["data"]["order_id"])


def test_what_was_given_up_is_sent_again_some_at_once_in_its_order(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    receiver.usual = 200
    end(shop, "O-1", "O-2")
    desk.deliver()
    first, second, third = written(shop)[:3]
    for each in (first, second, third):
        shop.run("UPDATE deliveries SET state = 'dead' WHERE event = :event", event=each)
    with writing(shop.services.engine) as connection:
        sent = deliveries.send_given_up(connection, "shop", desk.now, most=2)
        assert (sent, deliveries.given_up(connection, "shop")) == ([first, second], 1)
    shop.run("UPDATE deliveries SET state = 'dead' WHERE event IN (:a, :b)", a=second, b=first)
    resent = desk.receivers.resend_given_up("shop", request="all", at=shop.now, now=desk.now)
    assert (resent.events, resent.left) == ((first, second, third), 0)
