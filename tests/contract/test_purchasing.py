"""Open purchase orders: forecast daily, confirmed, chased, handed to the buyer, given to another supplier."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backorder.ports import Notify, Sent
from backorder.services.pause_channel import pause, resume
from tests.contract.purchasing_days import MAIL, past, says, worklist
from tests.support.days import START, at, day
from tests.support.routine import Routine
from tests.support.senders import Recorder
from tests.support.shop import Shop


@pytest.fixture
def routine(shop: Shop) -> Routine:
    """A shop whose supplier can be written to."""
    shop.supplier(email=MAIL)
    return Routine(shop)


def messages(routine: Routine) -> list[tuple[int, str]]:
    """On which day which kind of message went to the supplier."""
    kinds = routine.kinds_told("supplier/acme")
    days = [(when.date() - START).days for when, person, _ in routine.gone if person == "supplier/acme"]
    return list(zip(days, kinds, strict=True))


# --- asking and chasing


def test_the_supplier_is_asked_before_the_date(routine: Routine) -> None:
    """In their own language."""
    routine.shop.supplier(email=MAIL, locale="de_CH")
    routine.notify(routine.shop.purchase())
    routine.until(at(13, 5))
    assert messages(routine) == []
    routine.until(at(13, 7))
    assert messages(routine) == [(13, "confirm_date")]
    [(_, _, message)] = routine.gone
    assert message.to == MAIL
    assert "PO-1" in message.subject
    assert "Bitte" in message.text


def test_it_is_chased_a_bounded_number_of_times_then_the_buyer_gets_it(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(29))
    late = [(21, "late"), (24, "late"), (27, "late")]
    assert messages(routine) == [(13, "confirm_date"), *late]
    assert worklist(shop) == []
    routine.until(at(90))
    assert messages(routine) == [(13, "confirm_date"), *late]
    [task] = worklist(shop)
    assert (task.kind, task.subject) == ("supplier_silent", "PO-1/1")
    assert task.at == at(30, 6)
    assert task.detail == {
        "supplier": "acme",
        "why": "acme does not answer",
        "chases": 3,
        "due": str(day(20)),
        "outstanding": 10,
        "backups": [],
    }


def test_what_waits_for_its_channel_is_no_silence_of_the_supplier(routine: Routine) -> None:
    """Mails rest for three weeks while the goods are late: no reminder counts that has not gone."""
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(20))
    pause(shop.services.engine, "email", by="Eva", reason="", until=None, at=shop.now, now=datetime.now(UTC))
    routine.until(at(41))
    assert [task.kind for task in worklist(shop)] == ["channel_paused"]
    routine.notify(resume(shop.services.engine, "email", by="Eva", at=shop.now).after)
    routine.until(at(90))
    assert messages(routine) == [(13, "confirm_date"), (41, "late"), (44, "late"), (47, "late")]
    [task] = worklist(shop)
    assert (task.at, task.detail["why"]) == (at(50, 6), "acme does not answer")


def test_a_supplier_whom_no_reminder_reached_is_not_called_silent(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    for number in range(13, 31):
        routine.until(at(number))
        shop.run("UPDATE messages SET state = 'failed' WHERE state = 'sent'")
    [task] = worklist(shop)
    assert (task.at, task.detail["why"]) == (at(30, 6), "acme was not reached")


def test_a_look_that_is_repeated_does_nothing_twice(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    for number in range(35):
        routine.until(at(number))
        routine.notify(Notify(orders=("PO-1",)))
    assert [kind for _, kind in messages(routine)] == ["confirm_date", "late", "late", "late"]
    assert len(worklist(shop)) == 1


def test_a_confirmed_date_is_not_asked_about_again(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(13))
    routine.notify(says(shop, (10, day(20))))
    routine.until(at(20))
    assert messages(routine) == [(13, "confirm_date")]


def test_a_new_date_is_asked_about_and_chased_anew(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(31))
    assert [task.kind for task in worklist(shop)] == ["supplier_silent"]
    before = len(messages(routine))
    routine.notify(says(shop, (10, day(45))))
    assert worklist(shop) == []  # the supplier spoke
    routine.until(at(47))
    assert messages(routine)[before:] == [(38, "confirm_date"), (46, "late")]


def test_a_part_is_chased_at_once_and_the_chase_ends(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(5))
    for _ in range(2):  # the same day, again and again
        routine.notify(shop.receive(4).and_also(Notify(orders=("PO-1",))))
    assert messages(routine) == [(5, "confirm_date")]
    [(_, _, message)] = routine.gone
    assert "6" in message.text
    routine.until(at(60))
    asked = [(5, "confirm_date"), (8, "confirm_date"), (11, "confirm_date")]
    assert messages(routine) == asked
    [task] = worklist(shop)
    assert (task.at, task.detail["outstanding"]) == (at(14, 6), 6)


def test_a_part_that_was_announced_is_not_chased(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.notify(says(shop, (4, day(5)), (6, day(20))))
    routine.until(at(5))
    routine.notify(shop.receive(4))
    routine.until(at(12))
    assert messages(routine) == []
    routine.until(at(13))
    assert messages(routine) == [(13, "confirm_date")]


def test_fewer_units_than_announced_are_chased(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.notify(says(shop, (4, day(5)), (6, day(20))))
    routine.until(at(5))
    routine.notify(shop.receive(3))
    assert messages(routine) == [(5, "confirm_date")]


def test_a_supplier_who_cannot_say_is_asked_again_so_often(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(2))
    routine.notify(says(shop, (10, None)))
    routine.until(at(60))
    assert messages(routine) == [(day_, "confirm_date") for day_ in (9, 12, 15)]
    assert "when will it arrive" in routine.gone[0][2].subject
    [task] = worklist(shop)
    assert task.detail["due"] is None


def test_each_line_is_looked_after_on_its_own(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"stated_date": day(10)}, {"stated_date": day(30)}))
    routine.until(at(10))
    routine.notify(shop.receive(10))
    routine.until(at(24))
    assert messages(routine) == [(3, "confirm_date"), (23, "confirm_date")]
    steps = shop.rows("SELECT backorder, step FROM message_items ORDER BY backorder")
    assert [(row["backorder"], row["step"]) for row in steps] == [
        ("purchase-order/PO-1/1", "ask/1/0/0"),
        ("purchase-order/PO-1/2", "ask/1/0/0"),
    ]


def test_nobody_is_chased_while_the_buyer_thinks_about_the_answer(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(20, 12))
    routine.notify(says(shop, (10, day(60)), by_link=True))
    routine.until(at(21, 11))
    assert messages(routine) == [(13, "confirm_date")]
    assert [task.kind for task in worklist(shop)] == ["approve_date"]


def test_the_lead_time_counts_where_nothing_was_stated(routine: Routine) -> None:
    shop = routine.shop
    shop.product(lead_days=30)
    routine.notify(shop.purchase("PO-1", {}))
    routine.until(at(24))
    assert messages(routine) == [(23, "confirm_date")]


# --- a supplier who cannot be written to


def test_the_buyer_asks_a_supplier_without_an_email_address(shop: Shop) -> None:
    routine = Routine(shop)
    routine.notify(shop.purchase())
    routine.until(at(14))
    assert routine.gone == []
    [task] = worklist(shop)
    assert (task.kind, task.subject, task.at) == ("supplier_unreachable", "PO-1/1", at(13, 6))
    assert task.detail["why"] == "no email address is known"
    routine.until(at(60))
    [task] = worklist(shop)
    assert (task.kind, task.at) == ("supplier_silent", at(21, 6))
    assert task.detail["why"] == "acme has no email address and was not asked"


def test_the_buyer_hears_of_a_message_that_bounced(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    shop.now = at(13, 7)
    _, after = shop.services.purchasing.follow_up("PO-1", shop.now)
    assert after.shards == (shop.services.dispatch.shard_of("supplier/acme"),)
    shop.out = Recorder(Sent(outcome="permanent", code="550", reason="there is no such mailbox"))
    shop.dispatch("supplier/acme")
    [task] = worklist(shop)
    assert (task.kind, task.subject) == ("supplier_unreachable", "PO-1/1")
    assert task.detail == {
        "supplier": "acme",
        "why": "there is no such mailbox",
        "due": str(day(20)),
        "outstanding": 10,
    }


# --- the backups


def test_the_buyer_gets_the_backups_the_best_first(routine: Routine) -> None:
    shop = routine.shop
    shop.supplier(email=MAIL, backups=["slow", "fast", "ghost"])
    # As versions before took it: themselves.
    shop.run('UPDATE suppliers SET backups = \'["slow", "fast", "ghost", "acme"]\' WHERE id = \'acme\'')
    shop.supplier("slow", lead_days=20)
    shop.supplier("fast", lead_days=20)
    shop.services.forecasts.import_history(
        past(*[20] * 40, supplier="acme", stated=20, ago=150)
        + past(*[19, 20] * 20, supplier="fast", stated=20, ago=150)
        + past(*[25, 60] * 20, supplier="slow", stated=20, ago=150)
    )
    routine.notify(shop.purchase())
    routine.until(at(31))
    [task] = worklist(shop)
    backups = task.detail["backups"]
    assert isinstance(backups, list)
    assert [each["supplier"] for each in backups] == ["fast", "slow"]
    assert backups[0]["on_time"] > 0.6 > backups[1]["on_time"]
    assert str(day(30)) < backups[0]["likely"] <= backups[0]["by"] < backups[1]["by"]
    assert "40 of 40 due orders were on time" in backups[0]["words"]
