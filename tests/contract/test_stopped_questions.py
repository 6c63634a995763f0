"""STOP moves no deadline: a question that was texted goes on by another way, or a person hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError

from backorder.domain.suppression import Cause
from backorder.messaging.twilio_callbacks import status
from backorder.messaging.twilio_codes import load
from backorder.ports import Claimed, Sent
from backorder.services.page_contacts import stop_texts
from backorder.services.suppress_address import lift, suppress
from backorder.storage.suppressions import SuppressionEntry
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.text_answers import ACCEPTED, PHONE, answerable, text_of

MAIL = "ann@example.com"
ANN: dict[str, Any] = {"phone": PHONE, "sms_consent": True, "region": "US-NY"}
REFUSED = Sent(outcome="permanent", reason="no such mailbox", code="550")


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return answerable(shop, None)


def sent(desk: Desk, *, outcome: dict[str, Sent] | None = None) -> list[tuple[str, str]]:
    """Send all that is due. Returns the ways that questions took."""
    ways = list[tuple[str, str]]()
    while isinstance(message := desk.take(), Claimed):
        given = message.outgoing
        if "keep" in given.text or "wait" in given.text:
            ways.append((given.channel, given.to))
        desk.record_outcome(message, (outcome or {}).get(given.channel, ACCEPTED))
    return ways


def asked_by_text(desk: Desk, email: str | None = MAIL) -> None:
    """A question that went by text: there is no mail, or only since, or that one came back."""
    shop = desk.shop
    shop.start("O-1", customer=ANN | {"email": None}, ship_by=day(22))
    shop.now += timedelta(hours=3)
    shop.review("O-1")
    assert sent(desk)[-1:] == [("sms", PHONE)]
    if email:
        shop.run("UPDATE customers SET email = :email WHERE id = 'ann'", email=email)
    desk.wait(timedelta(minutes=3))


def stop(desk: Desk, sid: str = "SM1", body: str = "STOP") -> None:
    desk.shop.services.texts.take(text_of(body, sid), at=desk.shop.now, now=desk.now)


def told_by_twilio(desk: Desk) -> None:
    """The callback of another text, for a line whose history is gone, says that the number takes none."""
    fields = [("MessageSid", "SM9"), ("MessageStatus", "failed"), ("ErrorCode", "21610"), ("To", PHONE)]
    reports = status(fields, "", load(), desk.now).reports
    desk.shop.services.reports.record(reports, at=desk.shop.now, now=desk.now)


@pytest.mark.parametrize("way", ["text", "page", "hand", "callback"])
def test_a_question_that_was_texted_goes_by_mail_too(desk: Desk, way: str) -> None:
    asked_by_text(desk)
    before = desk.shop.state().questions
    if way == "text":
        stop(desk)
    elif way == "callback":
        told_by_twilio(desk)
    elif way == "hand":
        shop = desk.shop
        entry = SuppressionEntry(channel="sms", address=PHONE, cause=Cause.BY_HAND, at=desk.now, by="Eva")
        new, _ = suppress(shop.services.engine, shop.services.policies, entry, shop.now)
        assert new
    else:
        shop = desk.shop
        stop_texts(shop.services.engine, shop.services.policies, PHONE, "a-send", shop.now, desk.now)
    assert sent(desk) == [("email", MAIL)]
    assert desk.shop.state().questions == before, "its last day stays"
    stop(desk, "SM2")
    assert sent(desk) == [], "once"
    assert desk.shop.state().needs == ()


def test_a_crash_before_a_refusal_is_recorded_leaves_no_question_unasked(desk: Desk) -> None:
    """What closes the number asks by mail with it; the report itself comes again, or never does."""
    asked_by_text(desk)
    desk.shop.run("ALTER TABLE delivery_reports RENAME TO gone")
    with pytest.raises(DatabaseError):
        told_by_twilio(desk)
    desk.shop.run("ALTER TABLE gone RENAME TO delivery_reports")
    told_by_twilio(desk)
    assert sent(desk) == [("email", MAIL)], "once"


def test_a_question_that_went_to_a_mailbox_which_is_closed_by_hand_is_texted(desk: Desk) -> None:
    shop = desk.shop
    shop.start("O-1", customer=ANN | {"email": MAIL}, ship_by=day(22))
    shop.now += timedelta(hours=3)
    shop.review("O-1")
    assert sent(desk)[-1:] == [("email", MAIL)]
    entry = SuppressionEntry(channel="email", address=MAIL, cause=Cause.BY_HAND, at=desk.now, by="Eva")
    suppress(shop.services.engine, shop.services.policies, entry, shop.now)
    assert sent(desk) == [("sms", PHONE)]


def test_who_has_no_other_way_is_a_persons_to_reach(desk: Desk) -> None:
    asked_by_text(desk, email=None)
    stop(desk)
    assert sent(desk) == []
    assert desk.shop.state().needs == ("unreachable",)


def test_a_question_that_went_by_mail_is_not_asked_once_more(desk: Desk) -> None:
    shop = desk.shop
    shop.start("O-1", customer=ANN | {"email": MAIL}, ship_by=day(22))
    shop.now += timedelta(hours=3)
    shop.review("O-1")
    assert sent(desk)[-1:] == [("email", MAIL)]
    stop(desk)
    assert sent(desk) == []
    assert shop.state().needs == ()


def test_a_question_that_is_being_texted_follows_itself(desk: Desk) -> None:
    shop = desk.shop
    shop.start("O-1", customer=ANN | {"email": None}, ship_by=day(22))
    sent(desk)
    shop.now += timedelta(hours=3)
    shop.review("O-1")
    on_its_way = desk.claimed()
    assert on_its_way.outgoing.channel == "sms"
    shop.run("UPDATE customers SET email = :email WHERE id = 'ann'", email=MAIL)
    stop(desk)
    desk.record_outcome(on_its_way, ACCEPTED)
    assert sent(desk) == [("email", MAIL)]


def test_what_was_taken_off_the_list_is_not_closed_by_a_callback_that_comes_again(desk: Desk) -> None:
    asked_by_text(desk, email=None)
    told_by_twilio(desk)
    shop = desk.shop
    desk.wait(timedelta(hours=1))
    services = shop.services
    lift(services.engine, services.policies, "sms", PHONE, by="Eva", at=shop.now, now=desk.now)
    shop.review("O-1")
    before = len(shop.rows("SELECT * FROM timeline"))
    fields = [("MessageSid", "SM9"), ("MessageStatus", "failed"), ("ErrorCode", "21610"), ("To", PHONE)]
    reports = status(fields, "", load(), desk.now - timedelta(hours=1)).reports
    assert services.reports.record(reports, at=shop.now, now=desk.now).known == 1
    assert len(shop.rows("SELECT * FROM timeline")) == before


def test_what_was_answered_is_not_asked_again(desk: Desk) -> None:
    asked_by_text(desk)
    desk.shop.services.texts.take(text_of("1", "SM0"), at=desk.shop.now, now=desk.now)
    desk.shop.review("O-1", "text-SM0")
    sent(desk)
    stop(desk)
    assert sent(desk) == []
    assert desk.shop.state().consent.state == "given"


def test_shortly_before_its_last_day_a_person_calls_too(desk: Desk) -> None:
    asked_by_text(desk)
    [question] = desk.shop.state().questions
    desk.shop.now = at((question.answer_by - day(0)).days, 9)
    stop(desk)
    assert "question_due" in desk.shop.state().needs
