"""The past of a line as a case shows it: who asked for what, how, until when and why; and people's notes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from backorder import schemas
from backorder.domain.line.events import (
    Answered,
    CancelRequested,
    Event,
    Held,
    PaymentChanged,
    RefundSent,
    Shipped,
)
from backorder.errors import ConflictError, RefusedError, UnknownBackorderError
from backorder.queries.case_view import case
from backorder.queries.views import CaseView, TimelineView
from backorder.schemas import parse
from backorder.services.record_request import NewRequest
from backorder.storage import notes, tasks
from backorder.storage.engine import reading, writing
from tests.support.days import at, day
from tests.support.shop import Shop


def ask(shop: Shop, kind: str, event: Event, id: str, *, evidence: str = "") -> None:
    shop.ask("O-1", NewRequest(id=id, kind=kind, event=event, given={}, evidence=evidence))
    shop.review("O-1", id)
    shop.now = at((shop.now - at(0)).days + 1)


def whole(shop: Shop) -> CaseView:
    found = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(found, CaseView)
    return found


def entry(shop: Shop, what: str) -> TimelineView:
    (found,) = (each for each in whole(shop).timeline if each.what == what)
    return found


def busy(shop: Shop) -> None:
    """A line of which everything was asked that can be, a day apart."""
    shop.start("O-1", 4)
    now, today = shop.now, shop.now.date()
    answer = Answered(
        at=now, day=today, request="A-1", choice="keep", received_at=at(-1), until=day(40), via="phone"
    )
    ask(shop, "answer", answer, "A-1", evidence="call 4711")
    ask(shop, "hold", Held(at=now, day=today, until=at(9), reason="on holiday"), "H-1")
    expires = PaymentChanged(at=now, day=today, state="authorized", expires_at=at(20), as_of=at(0))
    ask(shop, "payment", expires, "P-1")
    ask(
        shop, "ship", Shipped(at=now, day=today, shipment="S-1", quantity=1, shipped_at=at(3)), "shipment-S-1"
    )
    cancelled = CancelRequested(
        at=now, day=today, request="C-1", quantity=1, reason="one less", by="customer", received_at=at(4)
    )
    ask(shop, "cancel", cancelled, "C-1")
    sent = RefundSent(
        at=now, day=today, refund="F-1", amount=Decimal("4.00"), sent_at=at(5), means="bank transfer"
    )
    ask(shop, "refund", sent, "refund-F-1")


def test_each_request_says_who_how_until_when_and_why(shop: Shop) -> None:
    busy(shop)
    kept = entry(shop, "answered")
    assert (kept.by, kept.via, kept.until, kept.evidence) == ("customer", "phone", day(40), "call 4711")
    assert (kept.request, kept.happened_at) == ("A-1", at(-1))
    silent = entry(shop, "held")
    assert (silent.by, silent.until, silent.reason) == ("customer service", at(9), "on holiday")
    assert (entry(shop, "payment_changed").by, entry(shop, "payment_changed").until) == (
        "order system",
        at(20),
    )
    assert (entry(shop, "shipped").request, entry(shop, "shipped").happened_at) == ("shipment-S-1", at(3))
    gone = entry(shop, "cancel_requested")
    assert (gone.by, gone.reason, gone.happened_at) == ("customer", "one less", at(4))
    assert (entry(shop, "refund_sent").via, entry(shop, "refund_sent").happened_at) == (
        "bank transfer",
        at(5),
    )
    assert entry(shop, "started").request == ""


def test_an_entry_of_before_requests_were_named_finds_its_own(shop: Shop) -> None:
    busy(shop)
    named = whole(shop).timeline
    shop.unprotect("timeline")
    shop.run("UPDATE timeline SET request = NULL")
    assert whole(shop).timeline == named


def test_a_request_whose_words_are_gone_leaves_its_entry(shop: Shop) -> None:
    busy(shop)
    before = entry(shop, "held")
    shop.run("UPDATE requests SET content = '{' WHERE id = 'H-1'")
    assert entry(shop, "held") == replace(before, request="", until=None, reason="", happened_at=None)
    assert entry(shop, "answered").via == "phone"


def test_each_part_of_a_refund_is_shown(shop: Shop) -> None:
    busy(shop)
    (owed,) = whole(shop).refunds
    assert (owed.amount, owed.remaining, owed.state) == (Decimal("10.00"), Decimal("6.00"), "due")
    (part,) = owed.sent
    assert (part.refund, part.amount, part.sent_at, part.means) == (
        "F-1",
        Decimal("4.00"),
        at(5),
        "bank transfer",
    )


def left(text: str, id: str = "N-1", by: str = "Eva") -> schemas.NoteText:
    return parse(schemas.NoteText, {"request_id": id, "text": text, "actor": by})


def test_notes_are_kept_in_the_order_in_which_they_were_left(shop: Shop) -> None:
    shop.start("O-1")
    shop.cancel("O-1")
    engine = shop.services.engine
    first = notes.about_line(engine, "O-1/1", left("rang twice"), at(1))
    notes.about_line(engine, "O-1/1", left("  reached her,\nshe keeps it ", "N-2", "Jo"), at(2))
    assert notes.about_line(engine, "O-1/1", left("rang twice"), at(3)) == first, "once more is no second one"
    with pytest.raises(ConflictError, match="N-1"):
        notes.about_line(engine, "O-1/1", left("rang three times"), at(3))
    with pytest.raises(UnknownBackorderError):
        notes.about_line(engine, "O-9/1", left("?"), at(3))
    found = [(each.at, each.by, each.text) for each in whole(shop).notes]
    assert found == [(at(1), "Eva", "rang twice"), (at(2), "Jo", "reached her,\nshe keeps it")]


def test_a_note_about_a_task_stays_with_it(shop: Shop) -> None:
    engine = shop.services.engine
    with writing(engine) as connection:
        tasks.add(connection, key="k", kind="over_received", subject="PO-1/1", detail={}, at=at(0))
    (task,) = tasks.waiting(engine)
    kept = notes.about_task(engine, task.id, left("they call back"), at(1))
    assert tasks.waiting(engine) == [replace(task, notes=(kept,))]
    tasks.done(engine, task.id, note="kept", by="Eva", at=at(2))
    for id in (task.id, "no-such"):
        with pytest.raises(RefusedError):
            notes.about_task(engine, id, left("again", "N-2"), at(3))


def test_the_words_of_people_stand_nowhere_but_in_rows_that_can_be_emptied(shop: Shop) -> None:
    busy(shop)
    notes.about_line(shop.services.engine, "O-1/1", left("her neighbour is Mr Quill"), shop.now)
    kept = " ".join(str(row) for row in shop.rows("SELECT * FROM timeline"))
    assert not any(words in kept for words in ("on holiday", "one less", "call 4711", "Quill"))
    shop.run("UPDATE notes SET text = ''")
    assert [each.text for each in whole(shop).notes] == [""]


def test_the_newest_notes_are_read_where_there_are_many(shop: Shop) -> None:
    shop.start("O-1")
    for number in range(notes.SHOWN + 3):
        notes.about_line(shop.services.engine, "O-1/1", left("x", f"N-{number}"), at(1))
    with reading(shop.services.engine) as connection:
        found = notes.of_lines(connection, ["O-1/1"])["O-1/1"]
    assert [found[0].id, found[-1].id, len(found)] == ["N-3", f"N-{notes.SHOWN + 2}", notes.SHOWN]
