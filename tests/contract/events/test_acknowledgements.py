"""A coupon's message waits until the order system has taken its event over, and for nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backorder.domain.event_delivery import FIRST_PAUSE, GIVES_UP_AFTER
from backorder.errors import RefusedError
from backorder.ports import EventAnswered, Notify
from backorder.queries.case_view import case
from backorder.queries.event_feed import event_feed
from backorder.queries.messages import of_case
from backorder.queries.task_words import task_in_words
from backorder.queries.views import CaseView
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.acknowledge_events import acknowledge
from backorder.services.publish_events import LEASE
from backorder.storage import tasks
from backorder.storage.acknowledgements import WAITS
from backorder.storage.engine import reading, writing
from tests.support.days import at
from tests.support.event_sending import EventDesk
from tests.support.policies import kind
from tests.support.receivers import Receiver
from tests.support.shop import PROMOTIONS, Shop

ISSUED = "backorder.coupon_issued"
COUPON = "stage/thanks"


@pytest.fixture
def desk(shop: Shop) -> EventDesk:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, kind())
    shop.purchase()
    return EventDesk(shop)


def give(shop: Shop, order: str = "O-1") -> str:
    """A line whose customer is given a coupon. Returns the ID of its event."""
    shop.now = at(0)
    customer = {"id": "ann", "name": "Ann", "email": "ann@example.com", "marketing_consent": PROMOTIONS}
    shop.start(order, policy="kind", customer=customer)
    shop.dispatch()
    shop.now = at(5, 10)
    shop.review(order)
    [row] = shop.rows(
        "SELECT id FROM events WHERE type = :type AND backorder = :line", type=ISSUED, line=f"{order}/1"
    )
    return str(row["id"])


def coupon(shop: Shop, order: str = "O-1") -> str:
    """The state of the coupon's message, once everything is sent that can be."""
    shop.dispatch()
    with reading(shop.services.engine) as connection:
        found, _ = of_case(connection, f"{order}/1")
    [mine] = [each for each in found if each.step == COUPON]
    return WAITS if mine.state == "planned" and mine.reason == WAITS else mine.state


def position(shop: Shop, event: str) -> int:
    [found] = [each.position for each in event_feed(shop.services.database).events if each.id == event]
    return found


def key(shop: Shop, **fields: object) -> str:
    """A key of the order system. Returns its ID."""
    wanted = parse(NewApiKey, {"name": "shop", "roles": ["orders"], "acknowledges": True} | fields)
    return api_keys.create(shop.services.engine, wanted, datetime.now(UTC))[0].id


def test_without_anybody_who_acknowledges_it_goes_at_once(shop: Shop, desk: EventDesk) -> None:
    with Receiver() as careless, Receiver() as other:
        desk.put("careless", careless.url, acknowledges=False)
        desk.put("other", other.url, "backorder.cancelled")
        give(shop)
        assert coupon(shop) == "sent"


def test_it_goes_once_every_receiver_has_taken_the_event(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    with Receiver() as second:
        desk.put("second", second.url, ISSUED)
        event = give(shop)
        assert coupon(shop) == WAITS
        second.usual = 500
        desk.deliver()
        assert event in receiver.ids
        assert coupon(shop) == WAITS
        found = case(shop.services.database, "O-1/1", shop.now)
        assert isinstance(found, CaseView)
        assert "the message waits for an acknowledgement" in {
            each.why for each in found.next if each.what == "coupon"
        }
        second.usual = 200
        desk.wait(FIRST_PAUSE)
        desk.deliver()
        assert coupon(shop) == "sent"


def test_a_receiver_that_only_listens_holds_nothing_back(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    with Receiver() as careless:
        careless.usual = 500
        desk.put("careless", careless.url, acknowledges=False)
        event = give(shop)
        assert coupon(shop) == WAITS
        desk.deliver()
        assert event in careless.ids
        assert coupon(shop) == "sent"


def test_what_waits_stands_in_nobodys_way_and_lets_its_dispatcher_sleep(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    give(shop)
    assert coupon(shop) == WAITS
    shop.now = at(5, 9)  # its own hour is yet to come
    shop.start("O-2", customer={"id": "ann", "name": "Ann", "email": "ann@example.com"})
    sent = len(shop.out.given)
    shop.dispatch()
    assert len(shop.out.given) == sent + 1, "another message to the same person goes"
    shard = shop.services.dispatch.shard_of("customer/ann")
    [row] = shop.rows("SELECT wake_at FROM dispatchers WHERE shard = :shard", shard=shard)
    assert row["wake_at"] is None, "nothing is to be expected by the clock"


def test_the_acknowledgement_calls_the_dispatcher_that_sleeps(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    give(shop)
    assert coupon(shop) == WAITS
    after, done = Notify(), list[EventAnswered]()
    while True:
        batch = desk.batch(*done)
        after = after.and_also(batch.after)
        done = [desk.call(each) for each in batch.calls]
        if not batch.busy:
            break
    assert after.shards == (shop.services.dispatch.shard_of("customer/ann"),)


def test_it_has_as_long_for_its_first_channel_as_it_would_have_had(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    shop.now = at(0)
    customer = {"id": "ann", "name": "Ann", "email": "ann@example.com", "marketing_consent": PROMOTIONS}
    both = PROMOTIONS | {"sms": PROMOTIONS["email"]}
    texts = {"phone": "+4915123456789", "sms_consent": True, "marketing_consent": both}
    shop.start(policy="kind", customer=customer | texts)
    shop.dispatch()
    shop.now = at(5, 10)
    shop.review()
    before, after = "SELECT * FROM messages WHERE kind = 'coupon'", at(6, 10)
    [waiting] = shop.rows(before)
    shop.now = after
    desk.deliver()
    [let_go] = shop.rows(before)
    assert (waiting["awaits"] is None, let_go["awaits"]) == (False, None)

    def length(row: dict[str, object]) -> timedelta:
        instants = [
            datetime.fromisoformat(str(row[name]).replace(" ", "T")) for name in ("not_before", "fallback_at")
        ]
        return instants[1] - instants[0]

    assert length(let_go) == length(waiting) == timedelta(hours=4)


def test_a_key_acknowledges_by_reading_on(shop: Shop, desk: EventDesk) -> None:
    engine, mine = shop.services.engine, key(shop)
    event = give(shop)
    assert coupon(shop) == WAITS
    desk.deliver()
    place = position(shop, event)
    assert not acknowledge(engine, mine, place - 1, shop.now)
    assert coupon(shop) == WAITS
    other = key(shop, acknowledges=False)
    assert not acknowledge(engine, other, place, shop.now)
    assert acknowledge(engine, mine, place, shop.now).shards
    assert coupon(shop) == "sent"


@pytest.mark.parametrize("roles", [["supply"], ["storefront"], ["agent", "supply"]])
def test_a_key_that_may_not_read_the_events_acknowledges_none(roles: list[str], shop: Shop) -> None:
    with pytest.raises(RefusedError, match=r"acknowledges: .* reads the events"):
        key(shop, roles=roles)
    key(shop, roles=roles, acknowledges=False)
    key(shop, roles=["agent", "admin"])


def test_a_key_of_before_that_may_not_read_them_is_waited_for_by_nobody(shop: Shop, desk: EventDesk) -> None:
    key(shop)
    shop.run("""UPDATE api_keys SET roles = '["supply"]'""")
    give(shop)
    assert coupon(shop) == "sent"


def test_a_reader_who_stops_is_a_persons_task_until_somebody_reads_on(shop: Shop, desk: EventDesk) -> None:
    def sweep(days: int) -> list[tuple[str, str, str]]:
        shop.now = at(5 + days, 11)
        shop.services.reconciler.expire(shop.now)
        found = tasks.waiting(shop.services.engine)
        return [
            (each.kind, each.subject, task_in_words(each.kind, each.subject, each.detail)) for each in found
        ]

    mine, event = key(shop), give(shop)
    desk.deliver()
    assert sweep(0) == []
    words = "the key of shop has not read the events for a day, and messages wait for that"
    assert sweep(1) == [("reader_stopped", mine, words)]
    assert len(sweep(2)) == 1
    acknowledge(shop.services.engine, mine, position(shop, event), shop.now)
    assert sweep(2) == []
    assert coupon(shop) == "sent"


def test_a_task_about_a_reader_ends_with_its_key(shop: Shop, desk: EventDesk) -> None:
    mine = key(shop)
    give(shop)
    desk.deliver()
    shop.now = at(7)
    shop.services.reconciler.expire(shop.now)
    assert len(tasks.waiting(shop.services.engine)) == 1
    api_keys.revoke(shop.services.engine, mine, datetime.now(UTC))
    shop.services.reconciler.expire(shop.now)
    assert tasks.waiting(shop.services.engine) == []


def test_a_reader_cannot_acknowledge_what_does_not_exist_yet(shop: Shop, desk: EventDesk) -> None:
    mine = key(shop)
    acknowledge(shop.services.engine, mine, 10**9, shop.now)
    event = give(shop)
    desk.deliver()
    assert coupon(shop) == WAITS
    acknowledge(shop.services.engine, mine, position(shop, event), shop.now)
    assert coupon(shop) == "sent"


def test_what_was_written_before_a_key_was_made_is_not_for_it(shop: Shop, desk: EventDesk) -> None:
    first = key(shop)
    event = give(shop)
    desk.deliver()
    key(shop)
    acknowledge(shop.services.engine, first, position(shop, event), shop.now)
    assert coupon(shop) == "sent"


def test_a_key_that_is_revoked_is_waited_for_no_longer(shop: Shop, desk: EventDesk) -> None:
    mine = key(shop)
    give(shop)
    desk.deliver()
    assert not shop.services.reconciler.expire(shop.now).shards
    assert coupon(shop) == WAITS
    api_keys.revoke(shop.services.engine, mine, datetime.now(UTC))
    assert shop.services.reconciler.expire(shop.now).shards
    assert coupon(shop) == "sent"


def test_what_waited_for_an_event_that_was_given_up_is_a_persons_task(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    receiver.usual = 500
    event = give(shop)
    desk.deliver()
    desk.wait(GIVES_UP_AFTER + LEASE)
    desk.deliver()
    assert set(desk.states()) == {"dead"}
    assert coupon(shop) == WAITS
    found = {task.kind: task for task in tasks.waiting(shop.services.engine)}
    assert set(found) == {"receiver_refusing", "event_unacknowledged"}
    mine = found["event_unacknowledged"]
    assert (mine.subject, mine.detail["event"], mine.detail["receiver"]) == ("O-1/1", event, "shop")
    receiver.usual = 200
    desk.receivers.resend("shop", event, at=shop.now, now=desk.now)
    desk.deliver()
    assert coupon(shop) == "sent"
    assert {task.kind for task in tasks.waiting(shop.services.engine)} == {"receiver_refusing"}


def test_a_task_about_an_event_names_its_command_and_ends_once_that_receiver_took_it(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    """A key that has not read so far yet is waited for, but the receiver has done its part."""
    key(shop)
    receiver.usual = 500
    event = give(shop)
    desk.deliver()
    desk.wait(GIVES_UP_AFTER + LEASE)
    desk.deliver()
    shop.services.reconciler.expire(shop.now)
    [mine] = [each for each in tasks.waiting(shop.services.engine) if each.kind == "event_unacknowledged"]
    assert tasks.commands_of(mine)[0] == f"backorder receiver resend shop {event}"
    receiver.usual = 200
    desk.receivers.resend("shop", event, at=shop.now, now=desk.now)
    desk.deliver()
    shop.services.reconciler.expire(shop.now)
    assert coupon(shop) == WAITS
    assert "event_unacknowledged" not in {task.kind for task in tasks.waiting(shop.services.engine)}


def test_a_task_about_an_event_ends_once_nothing_waits_for_it(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    receiver.usual = 500
    give(shop)
    desk.deliver()
    desk.wait(GIVES_UP_AFTER + LEASE)
    desk.deliver()
    shop.cancel()
    shop.dispatch()
    shop.services.reconciler.expire(shop.now)
    assert {task.kind for task in tasks.waiting(shop.services.engine)} == {"receiver_refusing"}


def test_an_event_that_a_mere_listener_did_not_take_is_nobodys_acknowledgement(
    shop: Shop, desk: EventDesk
) -> None:
    key(shop)
    with Receiver() as listener:
        listener.usual = 500
        desk.put("listener", listener.url, acknowledges=False)
        give(shop)
        desk.deliver()
        desk.wait(GIVES_UP_AFTER + LEASE)
        desk.deliver()
    assert coupon(shop) == WAITS
    assert {task.kind for task in tasks.waiting(shop.services.engine)} == {"receiver_refusing"}


def test_a_receiver_that_is_removed_is_waited_for_no_longer(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    give(shop)
    desk.batch()
    assert coupon(shop) == WAITS
    assert desk.receivers.remove("shop", at=shop.now, now=desk.now).after.shards
    assert coupon(shop) == "sent"


def test_what_a_receiver_gets_no_more_is_waited_for_no_longer(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    """Its types are narrowed, while one event was given up and others wait."""
    receiver.usual = 500
    give(shop)
    desk.deliver()
    desk.wait(GIVES_UP_AFTER + LEASE)
    desk.deliver()
    assert coupon(shop) == WAITS
    assert desk.put("shop", receiver.url, "backorder.cancelled").after.shards
    assert coupon(shop) == "sent"
    assert set(desk.states()) == {"dropped"}
    assert tasks.waiting(shop.services.engine) == []
    calls = len(receiver.calls)
    desk.wait(GIVES_UP_AFTER)
    assert desk.deliver() == 0
    assert len(receiver.calls) == calls


def test_what_a_receiver_still_gets_stays_on_its_way(shop: Shop, desk: EventDesk, receiver: Receiver) -> None:
    give(shop)
    desk.batch()
    desk.put("shop", receiver.url, ISSUED)
    assert coupon(shop) == WAITS
    assert "pending" in desk.states()
    desk.deliver()
    assert coupon(shop) == "sent"


def test_a_coupon_that_is_taken_back_stays_taken_back(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    give(shop)
    shop.cancel()
    desk.deliver()
    assert coupon(shop) == "withdrawn"
