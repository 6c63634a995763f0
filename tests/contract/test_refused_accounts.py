"""An account that takes messages and refuses them afterwards: that it takes one says nothing about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.domain.delivery_reports import Reported
from backorder.messaging.provider_reports import ProviderReport
from backorder.ports import Claimed, Notify, Sent
from backorder.services.pause_channel import resume
from backorder.storage import channels, tasks
from tests.support.sending import ANN, Desk, desk_by
from tests.support.shop import Shop

ACCEPTED = Sent(outcome="accepted", provider_id="x")
NO_KEY = Sent(outcome="transient", code="401", reason="wrong key", account=True)
POLICY = """
name = "plain"
[updates]
gather = "0s"
"""
TWICE = POLICY.replace("plain", "loud") + 'both = ["confirmed"]\n'
LATER = timedelta(minutes=5)
PHONE = "+4915123456789"


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return desk_by(shop, POLICY, TWICE)


def start(desk: Desk, order: str = "O-1", policy: str = "plain", **customer: object) -> None:
    desk.shop.start(order, policy=policy, customer=customer)


def says(desk: Desk, message: Claimed, said: Reported) -> Notify:
    """The provider says what became of a message. Returns whom to wake."""
    send = message.outgoing
    report = ProviderReport(
        id=f"test/{said}/{send.id}/{message.attempt}",
        provider="Test",
        channel=send.channel,
        event=said.value,
        said=said,
        at=desk.now,
        code="30002" if said is Reported.SHOP_REFUSED else "",
        send=send.id,
    )
    return desk.shop.services.reports.record([report], at=desk.shop.now, now=desk.now).after


def taken(desk: Desk, person: str = ANN) -> Claimed:
    """The next message, which its provider accepts."""
    message = desk.claimed(person)
    desk.record_outcome(message, ACCEPTED)
    return message


def refuse(desk: Desk, times: int = 1, person: str = ANN) -> None:
    """Messages are accepted and refused a moment later, as often as that."""
    for _ in range(times):
        message = taken(desk, person)
        desk.wait(timedelta(seconds=3))
        says(desk, message, Reported.SHOP_REFUSED)
        desk.wait(LATER)


def stands(desk: Desk, name: str = "email") -> str:
    found = {each.name: each.state for each in channels.all_channels(desk.shop.services.engine)}
    return found[name]


def task_since(desk: Desk) -> list[object]:
    return [task.at for task in tasks.waiting(desk.shop.services.engine) if task.kind == channels.TASK]


def test_refusals_in_a_row_pause_the_channel_though_each_message_was_accepted(desk: Desk) -> None:
    start(desk)
    refuse(desk, 2)
    assert (stands(desk), task_since(desk)) == ("failing", [])
    refuse(desk)
    assert (stands(desk), len(task_since(desk))) == ("paused", 1)
    assert desk.message()["state"] == "planned"
    assert desk.shop.state().needs == ()


def test_a_pause_with_one_task_stands_while_what_is_tried_is_accepted_and_refused(desk: Desk) -> None:
    start(desk)
    refuse(desk, 3)
    [since] = task_since(desk)
    for _ in range(3):
        desk.shop.now += timedelta(minutes=5)
        message = taken(desk)
        assert stands(desk) == "paused", "it has accepted every one"
        says(desk, message, Reported.SHOP_REFUSED)
        desk.wait(LATER)
        assert (stands(desk), task_since(desk)) == ("paused", [since])


def test_the_channel_is_back_once_one_has_arrived(desk: Desk) -> None:
    start(desk)
    refuse(desk, 3)
    message = taken(desk)
    after = says(desk, message, Reported.DELIVERED)
    assert (stands(desk), task_since(desk)) == ("open", [])
    assert 1 - desk.shop.services.dispatch.shard_of(ANN) in after.shards, "what waits there goes on too"
    assert desk.message()["state"] == "sent"


def test_what_arrives_of_before_the_trouble_says_nothing(desk: Desk) -> None:
    start(desk, "O-0", id="ben", email="ben@example.com")
    before = taken(desk, "customer/ben")
    start(desk)
    refuse(desk, 3)
    says(desk, before, Reported.DELIVERED)
    assert stands(desk) == "paused"


def test_without_a_word_of_its_arrival_the_channel_is_back_once_nothing_more_was_refused(desk: Desk) -> None:
    """Not every carrier reports that a text arrived."""
    for order in ("O-1", "O-2", "O-3"):
        start(desk, order)
    refuse(desk, 3)
    taken(desk)
    assert stands(desk) == "paused"
    assert desk.take() is None, "one at a time tries it"
    desk.wait(desk.shop.services.dispatch.delays.probe)
    taken(desk)
    assert (stands(desk), task_since(desk)) == ("open", [])
    assert taken(desk).attempt >= 1


def test_who_refuses_now_and_then_is_not_refusing_all(desk: Desk) -> None:
    start(desk, "O-0", id="ben", email="ben@example.com")
    start(desk)
    for number in range(5):
        refuse(desk)
        start(desk, f"O-1{number}", id="cem", email="cem@example.com")
        says(desk, taken(desk, "customer/cem"), Reported.DELIVERED)
        assert stands(desk) == "open"


def test_long_after_one_refusal_a_failure_pauses_nothing(desk: Desk) -> None:
    """It took what was tried again: nothing is the matter that began back then."""
    start(desk)
    refuse(desk)
    taken(desk)
    desk.wait(timedelta(days=1))
    start(desk, "O-2")
    desk.record_outcome(desk.claimed(), Sent(outcome="transient", code="503", reason="busy"))
    assert stands(desk) == "failing"


def test_a_refusal_counts_though_the_second_way_has_said_it(desk: Desk) -> None:
    for number in range(3):
        person = f"p{number}"
        start(
            desk,
            f"O-{number}",
            "loud",
            id=person,
            email=f"{person}@example.com",
            phone=f"{PHONE}{number}",
            sms_consent=True,
        )
        mail = taken(desk, f"customer/{person}")
        assert taken(desk, f"customer/{person}").outgoing.channel == "sms"
        says(desk, mail, Reported.SHOP_REFUSED)
    assert stands(desk) == "paused"


def test_a_person_lets_it_go_on(desk: Desk) -> None:
    start(desk)
    refuse(desk, 3)
    resume(desk.shop.services.engine, "email", by="Eva", at=desk.shop.now)
    assert stands(desk) == "open"
    refuse(desk, 2)
    assert stands(desk) == "failing", "it starts anew"


def test_a_key_that_is_mended_is_believed_at_once(desk: Desk) -> None:
    """Who says no says it beforehand."""
    start(desk)
    for _ in range(3):
        desk.record_outcome(desk.claimed(), NO_KEY)
        desk.wait(LATER)
    assert stands(desk) == "paused"
    taken(desk)
    assert stands(desk) == "open"
    assert desk.shop.state().promise is not None


def test_a_second_way_that_waits_for_its_account_has_not_failed(desk: Desk) -> None:
    """Its first way is dead, and the text goes as soon as the account is mended."""
    start(desk, "O-1", "loud", phone=PHONE, sms_consent=True)
    mail, copy = taken(desk), taken(desk)
    says(desk, mail, Reported.BOUNCED)
    says(desk, copy, Reported.SHOP_REFUSED)
    assert [desk.message(number)["state"] for number in range(2)] == ["sent", "planned"]
    assert desk.shop.state().needs == ()
    desk.wait(LATER)
    assert taken(desk).outgoing.channel == "sms"
    assert desk.shop.state().needs == ()
