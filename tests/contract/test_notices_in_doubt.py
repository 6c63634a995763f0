"""What the law wants told, of which nobody knows whether it went: by the next way, or by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Literal

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import delete, update

from backorder.domain.line.events import Complained, MessageDelivered, MessageSent, NoticeGiven
from backorder.domain.line.untold import COMPLAINT, NOTICE, told_since
from backorder.domain.notifications import Kind
from backorder.ports import LookedUp, Sent
from backorder.services.record_request import NewRequest
from backorder.storage import tasks
from backorder.storage.engine import writing
from backorder.storage.tables import messages
from backorder.storage.tables import tasks as worklist
from tests.support.days import at, day
from tests.support.lines import answer, cancel
from tests.support.sending import Desk, desk_by
from tests.support.shop import Shop

POLICY = """
name = "quiet"
[updates]
gather = "0s"
"""
BOTH = {"email": "ann@example.com", "phone": "+4915123456789", "sms_consent": True}
IN_BERLIN = BOTH | {"time_zone": "Europe/Berlin"}
ACCEPTED = Sent(outcome="accepted", provider_id="x")
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
ABSENT = LookedUp(sighting="absent", reason="not known there")


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return desk_by(shop, POLICY)


def planned(desk: Desk, **values: object) -> None:
    """What is planned is as it would be otherwise."""
    with writing(desk.shop.services.engine) as connection:
        connection.execute(update(messages).where(messages.c.state == "planned").values(values))


def look_up_in_vain(desk: Desk) -> list[str]:
    """The provider does not know it, once it has settled."""
    desk.wait(desk.shop.services.dispatch.delays.settling)
    return desk.look_up(ABSENT)


def test_a_mail_that_nobody_knows_wakes_nobody_by_text(desk: Desk) -> None:
    """Ten in the evening in Berlin: the line asks anew by the other way, a text, in the morning."""
    shop = desk.shop
    shop.now = at(1, hour=21)
    shop.start(policy="quiet", customer=IN_BERLIN | {"region": "US"}, ship_by=day(5))
    planned(desk, not_before=shop.now)
    mail = desk.claimed()
    assert (desk.message()["kind"], mail.outgoing.channel) == ("consent_request", "email")
    desk.record_outcome(mail, UNKNOWN)
    assert look_up_in_vain(desk) == ["message_unknown"]
    planned(desk, not_before=shop.now)
    assert desk.take() is None
    anew = desk.message(-1)
    assert (anew["kind"], anew["state"]) == ("consent_request", "planned")
    assert anew["reason"] == "It is night where the customer is."
    shop.now = at(2, hour=7)
    text = desk.claimed()
    assert (text.message, text.outgoing.channel) == (anew["id"], "sms")


def test_a_mail_in_place_of_a_text_that_nobody_knows_waits_for_no_morning(desk: Desk) -> None:
    """A new number is asked by a text; where one to it is in doubt, a mail goes, which disturbs nobody."""
    shop = desk.shop
    shop.now = at(1, hour=12)
    shop.start("O-1", policy="quiet", customer=IN_BERLIN)
    planned(desk, kind="consent_request", channel="sms", fallback_at=shop.now)
    text = desk.claimed()
    assert text.outgoing.channel == "sms"
    desk.record_outcome(text, UNKNOWN)
    shop.now = at(1, hour=21)
    shop.start("O-2", policy="quiet", customer=IN_BERLIN)
    planned(desk, kind="consent_request", channel="sms", fallback_at=shop.now)
    assert desk.claimed().outgoing.channel == "email"


def complain(desk: Desk) -> None:
    """The customer of a line complains, and is told that it is known."""
    shop = desk.shop
    shop.start(policy="quiet", customer=BOTH)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    complained = Complained(at=shop.now, day=day(0), request="K-1", received_at=shop.now)
    shop.ask("O-1", NewRequest(id="K-1", kind="complain", event=complained, given={"text": "x"}))
    shop.review("O-1", "K-1")


def notices_to_tell(desk: Desk) -> list[str]:
    """Of what a person is to tell customers."""
    waiting = tasks.waiting(desk.shop.services.engine)
    return [str(task.detail["kind"]) for task in waiting if task.kind.endswith("_undelivered")]


@pytest.mark.parametrize("kind", ["complaint_received", "complaint_closed"])
def test_what_no_line_tells_anew_takes_the_next_channel_at_once(desk: Desk, kind: str) -> None:
    """The mail is in doubt, so a text says it; a mail that is found after all would end that."""
    complain(desk)
    planned(desk, kind=kind)
    mail = desk.claimed()
    assert mail.outgoing.channel == "email"
    desk.record_outcome(mail, UNKNOWN)
    assert look_up_in_vain(desk) == ["message_unknown"]
    text = desk.claimed()
    assert (text.message, text.outgoing.channel) == (mail.message, "sms")
    assert desk.record_outcome(text, ACCEPTED) == ["message_sent"]
    assert notices_to_tell(desk) == []
    assert desk.take() is None


def test_what_was_lost_on_every_channel_is_a_persons_after_the_first_look_at_the_last(desk: Desk) -> None:
    complain(desk)
    desk.record_outcome(desk.claimed(), UNKNOWN)
    look_up_in_vain(desk)
    text = desk.claimed()
    desk.record_outcome(text, UNKNOWN)
    assert notices_to_tell(desk) == []
    look_up_in_vain(desk)
    assert notices_to_tell(desk) == ["complaint_received"]
    assert look_up_in_vain(desk) == ["message_not_sent"]
    assert desk.shop.state().needs == ("undelivered",)
    assert desk.take() is None, "it was handed over twice"


def test_a_mail_that_arrived_after_all_spares_the_text(desk: Desk) -> None:
    complain(desk)
    mail = desk.claimed()
    desk.record_outcome(mail, UNKNOWN)
    look_up_in_vain(desk)
    assert desk.record_outcome(mail, ACCEPTED) == ["message_sent"]
    assert desk.take() is None


def test_a_question_to_a_new_address_is_not_lost_with_its_mail(desk: Desk) -> None:
    """Its line has told it and tells nothing anew: the way that is left does."""
    shop = desk.shop
    shop.now = at(1, hour=12)
    shop.start(policy="quiet", customer=IN_BERLIN | {"region": "US"}, ship_by=day(5))
    planned(desk, not_before=shop.now)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.services.contacts.change("ann", {"email": "ann@example.org"}, shop.now, by="Eva")
    mail = desk.claimed()
    assert (desk.message(-1)["kind"], mail.outgoing.to) == ("consent_request", "ann@example.org")
    desk.record_outcome(mail, UNKNOWN)
    look_up_in_vain(desk)
    text = desk.claimed()
    assert (text.message, text.outgoing.channel) == (mail.message, "sms")


US = IN_BERLIN | {"region": "US"}
REFUSED = Sent(outcome="permanent", code="550", reason="no such mailbox")


def told_by_nobody(desk: Desk) -> None:
    """A question that neither the mail nor the text carries."""
    shop = desk.shop
    shop.now = at(1, hour=12)
    shop.start(policy="quiet", customer=US, ship_by=day(5))
    planned(desk, not_before=shop.now)
    for channel in ("email", "sms"):
        taken = desk.claimed()
        assert taken.outgoing.channel == channel
        desk.record_outcome(taken, REFUSED)
    assert notices_to_tell(desk) == ["consent_request"]


def notice(when: datetime, *, by: int, offered: bool = True, as_of: datetime | None = None) -> NoticeGiven:
    return NoticeGiven(
        at=when,
        day=when.date(),
        request="N-1",
        as_of=as_of or when,
        medium="call",
        by_date=day(by),
        offered=offered,
    )


def called(desk: Desk, *, offered: bool, by: int = 20, hours_ago: int = 0) -> None:
    shop = desk.shop
    event = notice(shop.now, by=by, offered=offered, as_of=shop.now - timedelta(hours=hours_ago))
    shop.ask("O-1", NewRequest(id="N-1", kind="notice", event=event, given={"offered": offered}))
    shop.review("O-1", "N-1")


def test_the_task_names_the_command_of_the_call_that_ends_it(desk: Desk) -> None:
    told_by_nobody(desk)
    [task] = tasks.waiting(desk.shop.services.engine)
    by = desk.shop.state().questions[-1].by
    assert by is not None
    assert tasks.commands_of(task)[0] == (
        f"backorder notice O-1/1 --medium call --offered --by-date {by.isoformat()} --text …"
    )


@pytest.mark.parametrize("offered", [True, False])
def test_16_cfr_435_2_c_only_a_call_that_offered_to_cancel_tells_it_by_other_means(
    desk: Desk, offered: bool
) -> None:
    told_by_nobody(desk)
    called(desk, offered=offered)
    assert notices_to_tell(desk) == ["consent_request"] * (not offered)


def test_a_call_that_named_an_earlier_day_before_it_was_asked_tells_nobody_of_it(desk: Desk) -> None:
    told_by_nobody(desk)
    called(desk, offered=True, by=7, hours_ago=3)
    assert notices_to_tell(desk) == ["consent_request"]


@pytest.mark.parametrize("by", [4, 7])
def test_a_call_since_then_that_names_a_better_day_tells_it(desk: Desk, by: int) -> None:
    """The supply is better by now: the day that was asked about is true no more, and is nobody's to tell."""
    told_by_nobody(desk)
    asked = desk.shop.state().questions[-1].by
    assert asked is not None
    assert day(by) < asked
    desk.shop.now += timedelta(hours=1)
    called(desk, offered=True, by=by)
    assert notices_to_tell(desk) == []


def test_a_call_since_a_question_of_a_version_before_tells_it(desk: Desk) -> None:
    """It kept no instant of a question, but its day: two days on, whatever the zone, the call was later."""
    told_by_nobody(desk)
    state = desk.shop.state()
    [question] = state.questions
    old = state.replace(questions=(replace(question, asked_at=None),))
    for when, over in ((at(2, hour=12), ()), (at(3, hour=12), (NOTICE,))):
        assert told_since(notice(when, by=4), old) == over


def test_an_older_question_that_arrived_after_all_tells_nobody_of_a_newer_one(desk: Desk) -> None:
    told_by_nobody(desk)
    state = desk.shop.state()
    [question] = state.questions
    older = replace(question, key="delay_notice/0", revision=0, told_at=at(1))
    both = state.replace(questions=(older, question))
    for key, over in (("delay_notice/0", ()), (f"{question.key}#contact-2", (NOTICE,))):
        sent = MessageSent(at=at(2), day=day(2), key=key, kind=Kind.CONSENT_REQUEST)
        assert told_since(sent, both) == over


def test_what_arrives_of_another_message_tells_nobody_of_it(desk: Desk) -> None:
    told_by_nobody(desk)
    state = desk.shop.state()
    for key, over in (
        ("complaint_received/T-1", ()),
        ("consent/0", ()),
        (state.questions[-1].key, (NOTICE,)),
        ("complaint_closed/T-1", (COMPLAINT,)),
    ):
        assert told_since(MessageDelivered(at=desk.shop.now, day=day(1), key=key), state) == over


def test_nobody_is_told_again_what_went_to_a_new_address(desk: Desk) -> None:
    told_by_nobody(desk)
    desk.shop.services.contacts.change("ann", {"email": "ann@example.org"}, desk.shop.now, by="Eva")
    desk.shop.review("O-1")
    planned(desk, not_before=desk.shop.now)
    mail = desk.claimed()
    assert (mail.outgoing.to, notices_to_tell(desk)) == ("ann@example.org", ["consent_request"])
    desk.record_outcome(mail, ACCEPTED)
    assert notices_to_tell(desk) == []


@pytest.mark.parametrize("choice", ["keep", "cancel"])
def test_who_has_answered_need_not_be_told_what_was_asked(
    desk: Desk, choice: Literal["keep", "cancel"]
) -> None:
    told_by_nobody(desk)
    event = answer(desk.shop.now, choice, request="A-1")
    desk.shop.ask("O-1", NewRequest(id="A-1", kind="answer", event=event, given={"choice": choice}))
    desk.shop.review("O-1", "A-1")
    assert notices_to_tell(desk) == []


def test_a_question_that_comes_back_after_the_end_is_nobodys_to_tell(desk: Desk) -> None:
    shop = desk.shop
    shop.now = at(1, hour=12)
    shop.start(policy="quiet", customer=US, ship_by=day(5))
    planned(desk, not_before=shop.now)
    mail = desk.claimed()
    event = cancel(shop.now, request="C-1")
    shop.ask("O-1", NewRequest(id="C-1", kind="cancel", event=event, given={"by": "customer"}))
    shop.review("O-1", "C-1")
    desk.record_outcome(mail, REFUSED)
    assert notices_to_tell(desk) == []


def test_what_came_of_a_complaint_is_told_by_a_call_that_offers_nothing(desk: Desk) -> None:
    complain(desk)
    for _ in range(2):
        desk.record_outcome(desk.claimed(), REFUSED)
    [task] = [
        each for each in tasks.waiting(desk.shop.services.engine) if each.kind == "complaint_undelivered"
    ]
    assert tasks.commands_of(task)[0] == "backorder notice O-1/1 --medium call --text …"
    called(desk, offered=False)
    assert notices_to_tell(desk) == []


@pytest.mark.parametrize("mended_by", ["migration", "sweep", "nobody yet"])
def test_a_complaints_task_of_a_version_before_ends_with_what_tells_it(desk: Desk, mended_by: str) -> None:
    """That one called it like a notice's: a call that offered nothing ended it no more. Its workers go on for
    a while after the migration.
    """
    complain(desk)
    for _ in range(2):
        desk.record_outcome(desk.claimed(), REFUSED)
    told = {"kind": "consent_request", "why": "bounced"}
    with writing(desk.shop.services.engine) as connection:
        tasks.add(connection, key="K", kind=NOTICE, subject="O-1/1", detail=told, at=at(1))
        connection.execute(update(worklist).where(worklist.c.kind == COMPLAINT).values(kind=NOTICE))
        if mended_by == "migration":
            with Operations.context(MigrationContext.configure(connection)):
                import_module("migrations.versions.0070_complaints_to_tell").upgrade()
    if mended_by == "sweep":
        desk.shop.services.reconciler.expire(desk.shop.now)
    kinds = {each.kind for each in tasks.waiting(desk.shop.services.engine)}
    assert kinds >= ({NOTICE} if mended_by == "nobody yet" else {NOTICE, COMPLAINT})
    called(desk, offered=False)
    assert notices_to_tell(desk) == ["consent_request"]


def test_a_task_that_comes_back_is_called_as_it_is_now(shop: Shop) -> None:
    """A version before called a complaint's as a notice's; its commands are others."""
    asked: Any = {"key": "K", "subject": "O-1/1", "detail": {}, "at": at(0)}
    with writing(shop.services.engine) as connection:
        for put in (tasks.reopen, tasks.ask_once):
            tasks.add(connection, **asked, kind="notice_undelivered")
            tasks.finish(connection, "K", at(1))
            put(connection, **asked, kind="complaint_undelivered")
            assert [each.kind for each in tasks.by_key(connection, ["K"]).values()] == [
                "complaint_undelivered"
            ]
            connection.execute(delete(worklist))
