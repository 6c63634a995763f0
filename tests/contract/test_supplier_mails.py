"""A supplier gets one mail a day, about all lines that are to be confirmed or chased by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backorder.domain.delivery_reports import Reported
from backorder.messaging.provider_reports import ProviderReport
from backorder.ports import Done, Doubtful, LookedUp, Sent
from backorder.services.pause_channel import pause, resume
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.sending import Desk
from tests.support.shop import Shop

ACME = "supplier/acme"


def test_a_supplier_gets_one_message_a_day_about_all_that_is_to_be_confirmed(shop: Shop) -> None:
    """Three orders that fall due on one day are one mail, and the next day brings the next one."""
    shop.supplier(email="orders@acme.example")
    routine = Routine(shop)
    for number in (1, 2, 3):
        routine.notify(shop.purchase(f"PO-{number}", {"stated_date": day(20)}))
    routine.until(at(25))
    mails = [(when, message) for when, person, message in routine.gone if person == ACME]
    days = [when.date() for when, _ in mails]
    assert days == sorted(set(days)), "one a day"
    for number in (1, 2, 3):
        assert f"PO-{number}" in mails[0][1].text


def test_a_supplier_is_not_asked_what_is_known_when_the_mail_goes(shop: Shop) -> None:
    """Between the look and the mail one answers, one comes, one is dropped, and more of one is ordered."""
    shop.supplier(email="orders@acme.example")
    routine = Routine(shop)
    for number in range(1, 6):
        routine.notify(shop.purchase(f"PO-{number}", *[{}] * (2 if number == 3 else 1)))
    routine.until(at(7, 6))
    assert len(shop.rows("SELECT id FROM messages WHERE state = 'planned'")) == 6
    routine.notify(shop.state_dates((10, day(14)), order="PO-1"))
    routine.notify(shop.receive(10, order="PO-2"))
    routine.notify(shop.purchase("PO-3", {}, drop=True))
    routine.notify(shop.purchase("PO-4", {"quantity": 15}))
    routine.until(at(7, 7))
    [(_, _, mail)] = routine.gone
    told_of = [line for line in mail.text.splitlines() if "Lamp" in line or "Purchase order" in line]
    assert told_of == [
        "* 10 × Lamp",
        "  Purchase order PO-3, line 1",
        "* 15 × Lamp",
        "  Purchase order PO-4, line 1",
        "* 10 × Lamp",
        "  Purchase order PO-5, line 1",
    ]


def test_a_supplier_who_could_not_be_written_to_for_long_is_asked_once(shop: Shop) -> None:
    """Mail rests from the day of asking till the orders are late; then there is no address: a person asks."""
    shop.supplier(email="orders@acme.example")
    routine = Routine(shop)
    pause(shop.services.engine, "email", by="Eva", reason="", until=None, at=shop.now, now=datetime.now(UTC))
    for number in (1, 2):
        routine.notify(shop.purchase(f"PO-{number}", {"stated_date": day(3)}))
    routine.until(at(8))
    assert len(shop.rows("SELECT id FROM messages WHERE state = 'planned'")) == 4
    routine.notify(shop.supplier())
    routine.notify(resume(shop.services.engine, "email", by="Eva", at=shop.now).after)
    asked = "SELECT subject FROM tasks WHERE kind = 'supplier_unreachable' ORDER BY subject"
    subjects = [row["subject"] for row in shop.rows(asked)]
    assert subjects == ["PO-1/1", "PO-2/1"]
    items = "SELECT m.state FROM message_items i JOIN messages m ON m.id = i.message ORDER BY 1"
    assert [row["state"] for row in shop.rows(items)] == ["failed"] * 2 + ["withdrawn"] * 2


def test_what_is_to_be_asked_after_the_days_mail_has_gone_waits_for_the_next_days(shop: Shop) -> None:
    """An order that comes in at noon for a day that is near."""
    shop.supplier(email="orders@acme.example")
    routine = Routine(shop)
    routine.notify(shop.purchase("PO-1", {"stated_date": day(20)}))
    while not routine.gone:
        routine.until(shop.now + timedelta(hours=1))
    first = shop.now.date()
    routine.notify(shop.purchase("PO-2", {"stated_date": day(20)}))
    routine.until(shop.now + timedelta(days=1, hours=1))
    asked = [(when.date(), message.text) for when, _, message in routine.gone]
    assert [when for when, text in asked if "PO-2" in text] == [first + timedelta(days=1)]


def test_what_was_tried_in_vain_goes_with_what_is_asked_for_since(shop: Shop) -> None:
    """The provider took nothing all day: one mail names both once it does."""
    shop.supplier(email="orders@acme.example")
    routine = Routine(shop)
    pause(shop.services.engine, "email", by="Eva", reason="", until=None, at=shop.now, now=datetime.now(UTC))
    for number in (1, 2):
        routine.notify(shop.purchase(f"PO-{number}", {"stated_date": day(20)}))
    while len(shop.rows("SELECT id FROM messages WHERE state = 'planned'")) < 2:
        routine.until(shop.now + timedelta(hours=6))
    # As a try leaves it that certainly came to nothing.
    shop.run("UPDATE messages SET attempts = 1 WHERE number = (SELECT min(number) FROM messages)")
    resume(shop.services.engine, "email", by="Eva", at=shop.now)
    shop.now += timedelta(days=1)
    desk = Desk(shop, datetime.now(UTC))
    text = desk.claimed(ACME).outgoing.text
    assert ["PO-1" in text, "PO-2" in text] == [True, True]
    assert desk.take(ACME) is None
    assert len(shop.rows("SELECT id FROM messages")) == 1


def test_what_may_be_there_already_names_nothing_more_when_it_goes_again(shop: Shop) -> None:
    """The provider did not know the mail twice, and has it all the same: it asked for one order alone."""
    shop.supplier(email="orders@acme.example")
    routine = Routine(shop)
    pause(shop.services.engine, "email", by="Eva", reason="", until=None, at=shop.now, now=datetime.now(UTC))
    routine.notify(shop.purchase("PO-1", {"stated_date": day(20)}))
    while not shop.rows("SELECT id FROM messages"):
        routine.until(shop.now + timedelta(hours=6))
    resume(shop.services.engine, "email", by="Eva", at=shop.now)
    shop.now += timedelta(days=1)
    desk = Desk(shop, datetime.now(UTC))
    lost = desk.claimed(ACME)
    desk.record_outcome(lost, Sent(outcome="unknown", code="timeout", reason="no answer"))
    for _ in range(2):
        desk.wait(shop.services.dispatch.delays.settling)
        found = desk.take(ACME)
        assert isinstance(found, Doubtful)
        absent = LookedUp(sighting="absent", reason="not known there")
        shop.services.dispatch.batch(desk.round(ACME), [Done(taken=found, looked_up=absent)], claim=False)
    shop.purchase("PO-2", {"stated_date": day(20)})
    shop.services.purchasing.follow_up("PO-2", shop.now)
    shop.now += timedelta(days=1)
    again = desk.claimed(ACME)
    assert ["PO-1" in again.outgoing.text, "PO-2" in again.outgoing.text] == [True, False]
    there = ProviderReport(
        id="test/1",
        provider="Test",
        channel="email",
        event="delivered",
        said=Reported.DELIVERED,
        at=desk.now,
        send=lost.outgoing.id,
    )
    shop.services.reports.record([there], at=shop.now, now=desk.now)
    desk.record_outcome(again, Sent(outcome="accepted", provider_id="x"))
    assert "PO-2" in desk.claimed(ACME).outgoing.text
