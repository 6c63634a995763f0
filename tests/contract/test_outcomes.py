"""What became of a message: tried again, looked up, told anew, or gone for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backorder.domain.channels import ACCOUNT_ERRORS, NOTHING_ACCEPTED, Standing
from backorder.domain.line.decide import decide
from backorder.ports import Channel, Claimed, Doubtful, Looked, Notify, Pause, Sent, Taken
from backorder.queries.messages import of_case
from backorder.storage import channels, tasks
from backorder.storage.engine import reading, writing
from tests.support.shop import Shop

ANN = "customer/ann"
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCEPTED = Sent(outcome="accepted", provider_id="x")
BUSY = Sent(outcome="transient", code="429", reason="busy")
REFUSED = Sent(outcome="transient", code="401", reason="wrong key", account=True)
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
GRACE_PERIOD = timedelta(hours=4)
WAIT = timedelta(minutes=1)
ABSENT = Looked(sighting="absent", reason="not known there")


class Desk:
    """Sends to one person by hand, on a machine clock of its own."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.now = BEGIN

    def wait(self, length: timedelta) -> None:
        self.now += length

    def take(self, person: str = ANN) -> Taken:
        with self.shop.services.dispatch.round(person, self.shop.now, self.now) as turn:
            return turn.claim()

    def claimed(self, person: str = ANN) -> Claimed:
        letter = self.take(person)
        assert isinstance(letter, Claimed), letter
        return letter

    def settle(self, letter: Claimed, sent: Sent) -> list[str]:
        """Settle. Returns the events that lines heard."""
        with self.shop.services.dispatch.round(letter.person, self.shop.now, self.now) as turn:
            return _heard(turn.settle(letter, sent))

    def look(self, looked: Looked) -> list[str]:
        """Look up what is due for it. Returns the events that lines heard."""
        letter = self.take()
        assert isinstance(letter, Doubtful), letter
        with self.shop.services.dispatch.round(ANN, self.shop.now, self.now) as turn:
            return _heard(turn.looked(letter, looked))

    def message(self, number: int = 0) -> dict[str, object]:
        return self.shop.rows("SELECT * FROM messages ORDER BY number")[number]


def _heard(heard: object) -> list[str]:
    names = []
    for case, event in heard:  # type: ignore[attr-defined]
        case.record(event, decide(case.policy, case.state, event))
        case.finish(None, None)
        names.append(type(event).__name__)
    return names


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


def settling(desk: Desk) -> timedelta:
    return desk.shop.services.dispatch.delays.settling


def test_what_was_not_processed_never_fails_however_long_it_takes(desk: Desk) -> None:
    """Hours of a provider that is too busy: tried ever more seldom, its words kept once, then it goes."""
    desk.shop.start()
    gaps = []
    while desk.now < BEGIN + timedelta(hours=5):
        desk.settle(desk.claimed(), BUSY)
        waiting = desk.take()
        assert isinstance(waiting, Pause)
        assert waiting.again is not None
        gaps.append(waiting.again - desk.now)
        desk.now = waiting.again
    probe = desk.shop.services.dispatch.delays.probe
    assert gaps[:4] == sorted(set(gaps[:4]))
    assert set(gaps[8:]) == {probe}  # by then the channel is paused, and this is what tries it
    assert desk.message()["attempts"] == len(gaps)
    assert desk.message()["reason"] == "busy"
    assert len(desk.shop.rows("SELECT * FROM sends")) == 1
    assert desk.settle(desk.claimed(), ACCEPTED) == ["MessageSent"]
    assert (desk.message()["state"], desk.message()["reason"]) == ("sent", None)


def test_what_is_found_was_accepted(desk: Desk) -> None:
    desk.shop.purchase()
    desk.shop.start()
    desk.settle(desk.claimed(), UNKNOWN)
    assert isinstance(desk.take(), Pause)
    desk.wait(settling(desk))
    assert desk.look(Looked(sighting="found", provider_id="sg-1")) == ["MessageSent"]
    assert desk.message()["state"] == "sent"
    assert desk.shop.state().promise is not None
    assert desk.shop.rows("SELECT state, provider_id FROM sends") == [
        {"state": "sent", "provider_id": "sg-1"}
    ]


def test_a_promise_that_nobody_knows_is_told_anew_and_never_sent_again(desk: Desk) -> None:
    desk.shop.purchase()
    desk.shop.start()
    desk.settle(desk.claimed(), UNKNOWN)
    desk.wait(settling(desk))
    assert desk.look(ABSENT) == ["MessageUnknown"]
    again = desk.claimed()
    assert again.message != desk.message()["id"]
    desk.settle(again, ACCEPTED)
    desk.wait(settling(desk))
    assert desk.look(ABSENT) == ["MessageNotSent"]
    assert desk.message()["state"] == "withdrawn"
    assert isinstance(desk.take(), Pause)
    assert [row["state"] for row in desk.shop.rows("SELECT state FROM sends ORDER BY claimed_at")] == [
        "lost",
        "sent",
    ]


def test_another_message_goes_once_more_and_not_a_third_time(desk: Desk) -> None:
    desk.shop.start()
    desk.settle(desk.claimed(), ACCEPTED)
    desk.shop.cancel()
    first = desk.claimed()
    for last in (False, True):
        letter = first if not last else desk.claimed()
        assert last == (letter.outgoing.id != first.outgoing.id)
        desk.settle(letter, UNKNOWN)
        desk.wait(settling(desk))
        assert desk.look(ABSENT) == ["MessageUnknown"]
        desk.wait(settling(desk))
        assert desk.look(ABSENT) == (["MessageNotSent"] if last else [])
    assert isinstance(desk.take(), Pause)


def test_what_was_overtaken_is_not_sent_any_more(desk: Desk) -> None:
    desk.shop.start(quantity=2)
    desk.settle(desk.claimed(), ACCEPTED)
    desk.shop.cancel(quantity=1, id="C-1")
    desk.settle(desk.claimed(), UNKNOWN)
    desk.wait(settling(desk))
    desk.look(ABSENT)
    desk.shop.cancel(quantity=1, id="C-2")
    desk.settle(desk.claimed(), ACCEPTED)
    desk.wait(settling(desk))
    assert desk.look(ABSENT) == ["MessageNotSent"]
    assert isinstance(desk.take(), Pause)


def test_a_provider_that_cannot_be_asked_is_asked_for_a_day_and_silences_no_line(desk: Desk) -> None:
    desk.shop.purchase()
    desk.shop.start()
    desk.settle(desk.claimed(), UNKNOWN)
    failed = Looked(sighting="failed", reason="403")
    heard: list[str] = []
    while not heard:
        assert isinstance(desk.take(), Pause)
        desk.wait(settling(desk))
        heard = desk.look(failed)
    assert (heard, desk.now - BEGIN) == (["MessageUnknown"], 3 * settling(desk))
    assert (
        channels.all_channels(desk.shop.services.engine)[0].state == "failing"
    )  # from the send, not from this
    desk.settle(desk.claimed(), ACCEPTED)
    asked = 0
    while desk.message()["state"] == "unknown":
        waiting = desk.take()
        assert isinstance(waiting, Pause)
        assert waiting.again is not None
        desk.now = waiting.again
        heard, asked = desk.look(failed), asked + 1
    assert heard == ["MessageNotSent"]
    assert timedelta(days=1) <= desk.now - BEGIN < timedelta(days=1, hours=2)
    assert 20 < asked < 60


def test_a_claim_that_was_lost_is_looked_up_and_one_of_the_outbox_just_goes(desk: Desk) -> None:
    desk.shop.start()
    desk.claimed()
    desk.wait(desk.shop.services.dispatch.lease)
    with desk.shop.services.dispatch.round(ANN, desk.shop.now, desk.now, ["email"]) as turn:
        letter = turn.claim()
        assert isinstance(letter, Doubtful)
        _heard(turn.looked(letter, Looked(sighting="never", reason="kept here")))
    # A promise is told anew by its line, here too.
    assert desk.settle(desk.claimed(), ACCEPTED) == ["MessageSent"]


def test_a_channel_that_refuses_everybody_is_paused_tried_and_back(desk: Desk) -> None:
    """A wrong key: three tries in all, one task, one probe at a time; then everything goes on."""
    people = [f"p{number}" for number in range(ACCOUNT_ERRORS + 2)]
    for name in people:
        desk.shop.start(f"O-{name}", customer={"id": name})
    for name in people[:ACCOUNT_ERRORS]:
        desk.settle(desk.claimed(f"customer/{name}"), REFUSED)
    blocked = f"customer/{people[-1]}"
    assert desk.take(blocked) == Pause(until=None)
    [task] = tasks.waiting(desk.shop.services.engine)
    assert (task.kind, task.subject) == ("channel_paused", "email")
    found = channels.all_channels(desk.shop.services.engine)[0]
    assert (found.name, found.state, found.reason, found.since) == ("email", "paused", "wrong key", BEGIN)
    assert found.waiting == ACCOUNT_ERRORS + 1
    desk.shop.now += timedelta(minutes=2)
    woken = desk.shop.services.reconciler.orphaned(desk.shop.now).after.people
    assert not {blocked, *(f"customer/{name}" for name in people[1:ACCOUNT_ERRORS])} & set(woken)
    with reading(desk.shop.services.engine) as connection:
        [shown], _ = of_case(connection, f"O-{people[-1]}/1")
    assert shown.reason is not None
    assert "paused since" in shown.reason
    assert shown.try_at is not None

    desk.wait(desk.shop.services.dispatch.delays.probe)
    probe = desk.claimed(blocked)
    assert isinstance(desk.take(f"customer/{people[-2]}"), Pause)
    desk.settle(probe, ACCEPTED)
    assert not tasks.waiting(desk.shop.services.engine)
    waiting = set(desk.shop.services.reconciler.orphaned(desk.shop.now).after.people)
    assert waiting >= {f"customer/{name}" for name in people[:ACCOUNT_ERRORS]}
    for name in people[:-1]:
        assert desk.settle(desk.claimed(f"customer/{name}"), ACCEPTED) == ["MessageSent"]


def test_a_channel_that_accepts_nothing_for_long_is_paused_too(desk: Desk) -> None:
    desk.shop.start()
    while desk.now - BEGIN < NOTHING_ACCEPTED:
        assert not tasks.waiting(desk.shop.services.engine)
        desk.settle(desk.claimed(), Sent(outcome="transient", code="unreached", reason="nobody is there"))
        waiting = desk.take()
        assert isinstance(waiting, Pause)
        assert waiting.again is not None
        desk.now = waiting.again
    desk.settle(desk.claimed(), UNKNOWN)
    assert [task.detail["why"] for task in tasks.waiting(desk.shop.services.engine)] == ["no answer"]


def test_a_channel_refuses_a_message_and_the_next_one_takes_it(desk: Desk) -> None:
    desk.shop.start(customer={"phone": "+4915123456789", "sms_consent": True})
    gone = Sent(outcome="permanent", code="550", reason="no such mailbox")
    assert desk.settle(desk.claimed(), gone) == []
    letter = desk.claimed()
    assert letter.outgoing.channel == "sms"
    assert desk.settle(letter, gone) == ["MessageFailed"]
    assert desk.message()["state"] == "failed"
    assert desk.shop.state().needs == ("unreachable",)


BOTH = {"phone": "+4915123456789", "sms_consent": True}


def pause(desk: Desk, *names: Channel) -> None:
    """Channels fail for everybody, and have just been tried."""
    down = Standing(paused=True, since=desk.now, reason="down", probe_at=desk.now + WAIT)
    with writing(desk.shop.services.engine) as connection:
        for name in names:
            channels.keep(connection, name, Standing(), down, desk.shop.now)


def test_a_message_whose_channel_is_paused_takes_the_second_one_after_a_while(desk: Desk) -> None:
    """Four hours of business time, whatever the machine's clock says; who has one channel goes on waiting."""
    shop = desk.shop
    shop.start("O-1", customer={"id": "ben", "email": "ben@example.com", "name": "Ben"})
    shop.start("O-2", customer=BOTH)
    pause(desk, "email")
    assert desk.take() == Pause(until=shop.now + GRACE_PERIOD, again=None)
    assert desk.take("customer/ben") == Pause(until=None, again=None)
    assert orphaned(shop) == {"customer/ben"}  # somebody has to try the channel
    shop.now += GRACE_PERIOD
    assert orphaned(shop, timedelta(seconds=1)) == {ANN, "customer/ben"}
    letter = desk.claimed()
    assert (letter.outgoing.channel, letter.outgoing.to) == ("sms", BOTH["phone"])
    assert desk.settle(letter, ACCEPTED) == ["MessageSent"]
    assert desk.take("customer/ben") == Pause(until=None, again=None)


def test_a_channel_that_is_back_in_time_is_used(desk: Desk) -> None:
    desk.shop.start(customer=BOTH)
    pause(desk, "email")
    assert isinstance(desk.take(), Pause)
    channels.back(desk.shop.services.engine, ["email"], desk.shop.now)
    desk.shop.now += GRACE_PERIOD
    assert desk.claimed().outgoing.channel == "email"


def test_a_legal_notice_takes_the_second_channel_at_once(desk: Desk) -> None:
    desk.shop.start(customer=BOTH)
    desk.shop.run("UPDATE messages SET kind = 'consent_request'")
    assert desk.claimed().outgoing.channel == "email"
    desk.shop.run("UPDATE messages SET state = 'planned'")
    pause(desk, "email")
    assert desk.claimed().outgoing.channel == "sms"


def test_whose_every_channel_is_paused_waits_and_looks_again_now_and_then(desk: Desk) -> None:
    shop = desk.shop
    shop.start(customer=BOTH)
    pause(desk, "email", "sms")
    assert isinstance(desk.take(), Pause)
    shop.now += GRACE_PERIOD
    assert desk.take() == Pause(until=shop.now + GRACE_PERIOD, again=None)
    desk.wait(WAIT)
    assert desk.claimed().outgoing.channel == "email"  # it tries the first one


def test_who_has_another_way_tries_a_mute_channel_once(desk: Desk) -> None:
    """The first message may have gone; the second one waits for its way out instead of being lost too."""
    shop = desk.shop
    shop.start("O-1", customer=BOTH)
    shop.start("O-2", customer=BOTH)
    pause(desk, "email")
    desk.wait(WAIT)
    desk.settle(desk.claimed(), UNKNOWN)
    desk.wait(WAIT)
    waits = desk.take()
    assert isinstance(waits, Pause)
    assert waits.until == shop.now + GRACE_PERIOD
    shop.now += GRACE_PERIOD
    assert desk.claimed().outgoing.channel == "sms"


def orphaned(shop: Shop, later: timedelta = timedelta()) -> set[str]:
    return set(shop.services.reconciler.orphaned(shop.now + later).after.people)


def test_a_message_that_cannot_be_put_into_words_does_not_keep_others(desk: Desk) -> None:
    desk.shop.start("O-1")
    desk.shop.start("O-2")
    desk.shop.run("UPDATE message_items SET facts = '{\"quantity\": \"many\"}' WHERE backorder = 'O-1/1'")
    with desk.shop.services.dispatch.round(ANN, desk.shop.now, desk.now, careful=True) as turn:
        letter = turn.claim()
    assert isinstance(letter, Claimed)
    assert letter.message == desk.message(1)["id"]
    assert desk.message()["reason"] == "It could not be put into words."


def test_a_decision_of_which_nobody_told_the_workflow_is_found(shop: Shop) -> None:
    """The process dies after a message was settled: the line wants an earlier look than its timer knows."""
    shop.start()
    shop.run("UPDATE backorders SET wake_at = NULL")
    desk = Desk(shop)
    letter = desk.claimed()
    with shop.services.dispatch.round(ANN, shop.now, desk.now) as turn:
        for case, event in turn.settle(letter, ACCEPTED):
            case.record(event, decide(case.policy, case.state, event))
            case.finish(None, shop.now + timedelta(days=1))
    assert shop.services.reconciler.orphaned(shop.now).after.backorders == ()
    found = shop.services.reconciler.orphaned(shop.now + timedelta(days=2)).after
    assert found == Notify(backorders=("O-1/1",))
    shop.now += timedelta(days=2)
    shop.review("O-1")
    assert shop.services.reconciler.orphaned(shop.now).after.backorders == ()
