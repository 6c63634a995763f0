"""No more messages a second go to a provider than its rate lets, and nobody else waits for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.ports import Claimed, Done, Doubtful, Sent
from backorder.services.delays import Delays
from tests.support.sending import ANN, BEGIN, Desk
from tests.support.shop import Shop

BOTH = {"phone": "+4915123456789", "sms_consent": True}
TEXTS = {"email": None, "phone": "+4915123456780", "sms_consent": True}
TURN = timedelta(seconds=4)
"""Half a mail a second, and two shards."""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    shop.services.dispatch.delays = Delays(rates={"email": 0.5})
    return Desk(shop)


def others(shop: Shop, count: int) -> list[str]:
    """Customers of Ann's shard."""
    shard_of = shop.services.dispatch.shard_of
    found = (f"c{number}" for number in range(1000))
    return [each for each in found if shard_of(f"customer/{each}") == shard_of(ANN)][:count]


def test_mails_go_one_after_the_other_and_a_text_waits_for_none(desk: Desk) -> None:
    shop = desk.shop
    first, second, third = others(shop, 3)
    shop.start("O-1", customer=BOTH)
    shop.start("O-2", customer=BOTH | {"id": first})
    shop.start("O-3", customer=BOTH | {"id": second})
    shop.start("O-4", customer=TEXTS | {"id": third})
    dispatch = shop.services.dispatch
    calls = dispatch.batch(desk.round(room=8)).calls
    assert [each.outgoing.channel for each in calls] == ["email", "sms"]
    assert desk.pause() == TURN, "the dispatcher sleeps exactly until the next one's turn"
    desk.wait(TURN - timedelta(milliseconds=1))
    assert dispatch.batch(desk.round(room=8)).calls == ()
    desk.wait(timedelta(milliseconds=1))
    shop.now += timedelta(days=1)  # its second way is open, but nothing is wrong with the first
    [mail] = dispatch.batch(desk.round(room=8)).calls
    assert mail.outgoing.channel == "email"
    assert (mail.message, desk.pause()) == (desk.message(1)["id"], TURN)
    desk.wait(TURN)
    assert desk.claimed().message == desk.message(2)["id"]
    assert desk.pause() == Delays().lease - 2 * TURN, "nobody is left who waits for a turn"


def test_look_ups_for_which_no_slot_is_free_keep_no_text_waiting(shop: Shop) -> None:
    desk, asked = Desk(shop), others(shop, 40)
    for number, each in enumerate(asked[1:]):
        shop.start(f"O-{number}", customer={"id": each})
    dispatch = shop.services.dispatch
    while calls := dispatch.batch(desk.round(room=8)).calls:
        unclear = Sent(outcome="unknown", reason="no answer")
        done = [Done(taken=each, sent=unclear) for each in calls if isinstance(each, Claimed)]
        dispatch.batch(desk.round(room=8), done, claim=False)
    desk.wait(timedelta(minutes=4))
    shop.start("T-1", customer=TEXTS | {"id": asked[0]})
    full = replace(desk.round(), room={"email": 0, "sms": 8})
    assert [each.outgoing.channel for each in dispatch.batch(full).calls] == ["sms"]
    free = replace(desk.round(), room={"email": 8, "sms": 8})
    assert all(isinstance(each, Doubtful) for each in dispatch.batch(free).calls)


def test_a_second_try_waits_for_its_turn_and_each_shard_has_its_own(desk: Desk) -> None:
    shop = desk.shop
    shop.start()
    message = desk.claimed()
    desk.record_outcome(message, Sent(outcome="transient", reason="busy", retry_after=0.0))
    shop.run("UPDATE messages SET try_at = NULL")
    assert desk.take() is None, "the first try has had its turn"
    elsewhere = next(
        f"customer/c{number}"
        for number in range(1000)
        if shop.services.dispatch.shard_of(f"customer/c{number}") != shop.services.dispatch.shard_of(ANN)
    )
    shop.start("O-2", customer={"id": elsewhere.partition("/")[2], "email": "c@example.com"})
    assert desk.claimed(elsewhere).message == desk.message(1)["id"]
    desk.wait(TURN)
    assert desk.claimed().message == message.message


def test_a_mass_goes_as_fast_as_the_rate_lets_in_batches(desk: Desk) -> None:
    """Fifty a second are twenty-five in each shard: five in each fifth of a second."""
    shop = desk.shop
    shop.services.dispatch.delays = Delays(rates={"email": 50.0})
    for number, each in enumerate(others(shop, 12)):
        shop.start(f"O-{number}", customer={"id": each})
    sizes = []
    while desk.now < BEGIN + timedelta(seconds=1):
        sizes.append(len(shop.services.dispatch.batch(desk.round(room=8)).calls))
        desk.wait(timedelta(milliseconds=200))
    assert sizes == [5, 5, 2, 0, 0]


def test_a_turn_that_cannot_be_read_keeps_nobody_waiting(desk: Desk) -> None:
    shop = desk.shop
    shop.start()
    word = "someday" if shop.services.engine.dialect.name == "sqlite" else "infinity"
    shard = shop.services.dispatch.shard_of(ANN)
    shop.run(f"INSERT INTO message_rates VALUES ('email', {shard}, '{word}')")
    assert desk.claimed().message == desk.message()["id"]


def test_a_rate_that_was_raised_counts_at_once(desk: Desk) -> None:
    shop = desk.shop
    shop.services.dispatch.delays = Delays(rates={"email": 0.001})
    shop.start()
    desk.claimed()
    shop.start("O-2", customer={"id": others(shop, 1)[0]})
    desk.wait(TURN)
    assert desk.take() is None, "the next one has its turn in half an hour"
    shop.services.dispatch.delays = Delays(rates={"email": 0.5})
    assert desk.pause() == TURN
    desk.wait(TURN)
    assert desk.take() is None, "from now on, not from when it was raised"
