"""The record of a line proves itself: a change of any byte or row shows, in the file and in the database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy.exc import DBAPIError

from backorder import schemas
from backorder.domain import evidence
from backorder.domain.calendar import Calendar
from backorder.domain.delivery_reports import Reported
from backorder.domain.evidence import canonical
from backorder.domain.line.events import NoticeGiven
from backorder.errors import ErasedError
from backorder.evidence_file import EvidenceCheck, check, sealed, signed
from backorder.messaging.evidence_page import evidence_page
from backorder.messaging.message_content import Shop as Letterhead
from backorder.messaging.provider_reports import ProviderReport
from backorder.schemas import parse
from backorder.services.export_evidence import Requester
from backorder.services.record_request import NewRequest
from backorder.services.services import Services
from backorder.signatures import PublicKey, signing_key
from backorder.storage.engine import writing
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.support.text_answers import text_of

KEY = signing_key("", "8d0bd1b2c4f5a697d8e1f2a3b4c5d6e7")
KEYS = {KEY.public.id: KEY.public}
ASKED = Requester(actor="Eva", call="backorder evidence", request_id="r-1", now=datetime.now(UTC))


def export(shop: Shop, order: str = "O-1") -> dict[str, Any]:
    found = evidence.plain(shop.services.evidence.export(f"{order}/1", shop.now, ASKED, KEY))
    assert isinstance(found, dict)
    return found


def look(shop: Shop) -> EvidenceCheck:
    return check(signed(export(shop), KEY), KEYS)


@pytest.fixture
def told(shop: Shop) -> Shop:
    """A line that was told a date, told of a delay, and cancelled."""
    shop.purchase()
    shop.start(payment="unpaid")
    shop.dispatch()
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.review()
    shop.now = at(1)
    shop.dispatch()
    shop.cancel()
    shop.dispatch()
    for kind in (Reported.ACCEPTED, Reported.DELIVERED, Reported.UNSUBSCRIBED):
        report(shop, kind)
    return shop


def report(shop: Shop, kind: Reported) -> None:
    """What the provider reports of every send."""
    rows = shop.rows("SELECT id, channel FROM sends ORDER BY id")
    reports = [
        ProviderReport(
            id=f"test/{kind.value}/{row['id']}",
            provider="Test",
            channel=row["channel"],
            event=kind.value,
            said=kind,
            at=datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC),
            send=row["id"],
            reason="mailbox of Ann" if kind is Reported.DELIVERED else "",
        )
        for row in rows
    ]
    assert shop.services.reports.record(reports, at=shop.now, now=datetime.now(UTC)).new == len(reports)


def test_everything_that_was_said_and_decided_is_in_it_and_holds(told: Shop) -> None:
    record = export(told)
    assert check(signed(record, KEY), KEYS).faults == ()
    rows = [each["row"] for each in record["chain"]["rows"]]
    assert [each["place"] for each in record["chain"]["rows"]] == list(range(1, len(rows) + 1))
    assert record["chain"]["length"] == len(rows)
    assert [each["by"] for each in rows if each["kind"] == "promise"] == ["2025-03-24", "2025-04-14"]
    sent = [each for each in rows if each.get("what") == "message_sent"]
    assert all(each["words"] and each["about"] for each in sent)
    assert [each["kind"] for each in record["messages"]] == ["confirmed", "delayed", "cancelled"]
    sends = [send for each in record["messages"] for send in each["sends"]]
    assert all(send["text"] for send in sends)
    assert [sorted(each["place"] for each in send["reports"]) for send in sends] == [[1, 2, 3]] * 3
    [asked] = record["requests"]
    assert (asked["kind"], asked["content"]["reason"]) == ("cancel", "changed my mind")
    [stated] = record["supplier_dates"]
    assert [each["row"]["day"] for each in stated["chain"]["rows"]] == ["2025-03-23", "2025-04-12"]
    assert "min_slip" in record["policies"][0]["text"] or record["policies"][0]["name"] == "standard"
    [entry] = told.rows("SELECT actor, kind, object FROM audit")
    assert entry == {"actor": "Eva", "kind": "evidence", "object": "O-1/1"}


def test_a_day_that_a_letter_named_is_in_it_with_the_supplier_dates_behind_it(shop: Shop) -> None:
    shop.purchase()
    shop.start(customer={"region": "US", "contact": "none"}, ship_by=day(5))
    event = NoticeGiven(
        at=shop.now,
        day=day(0),
        request="N-1",
        as_of=shop.now,
        medium="letter",
        by_date=day(21),
        offered=True,
    )
    shop.ask("O-1", NewRequest(id="N-1", kind="notice", event=event, given={}))
    shop.review("O-1", "N-1")
    record = export(shop)
    [promise] = [each["row"] for each in record["chain"]["rows"] if each["row"]["kind"] == "promise"]
    assert (promise["by"], promise["evidence"] != "[]") == (day(21).isoformat(), True)
    [stated] = record["supplier_dates"]
    assert [each["row"]["day"] for each in stated["chain"]["rows"]] == ["2025-03-23"]
    assert check(signed(record, KEY), KEYS).faults == ()


CHANGES = (
    ("UPDATE timeline SET detail = 'nothing' WHERE place = 1", "row 1 of O-1/1 was changed"),
    ("UPDATE promises SET \"by\" = '2025-05-01' WHERE revision = 2", "of O-1/1 was changed"),
    ("UPDATE sends SET text = 'never said'", "the words of the send"),
    ("UPDATE requests SET evidence = 'a letter'", "the words of the request C-1"),
    ("UPDATE requests SET verdict = 'rejected'", "what was decided of the request C-1"),
    ("DELETE FROM requests", "the request C-1, which is missing"),
    ("UPDATE stated_dates SET day = '2025-03-01' WHERE revision = 2", "row 2 of purchase-order/PO-1/1"),
    (
        "DELETE FROM stated_dates WHERE revision = (SELECT max(revision) FROM stated_dates)",
        "of purchase-order/PO-1/1 missing at the end",
    ),
    ("DELETE FROM timeline WHERE place = 3", "row 3 of O-1/1 missing"),
    ("DELETE FROM promises WHERE revision = 1", "rows 2 to 3 of O-1/1 missing"),
    ("DELETE FROM timeline WHERE place = (SELECT max(place) FROM timeline)", "missing at the end"),
    ("UPDATE delivery_reports SET reason = 'she is away' WHERE place = 2", "the words of row 2 of send/"),
    ("UPDATE delivery_reports SET code = '550' WHERE place = 1", "row 1 of send/"),
    ("UPDATE sends SET delivery = 'bounced'", "stands as bounced, and its reports say otherwise"),
    ("DELETE FROM delivery_reports WHERE place = 2", "row 2 of send/"),
    ("DELETE FROM delivery_reports WHERE place = 3", "missing at the end"),
)
"""What somebody with the database's password may do, one after the other, and what is found then."""


def test_what_is_changed_behind_the_programs_back_shows(told: Shop) -> None:
    for table in ("timeline", "promises", "stated_dates"):
        told.unprotect(table)
    before: tuple[str, ...] = look(told).faults
    assert before == ()
    for change, found in CHANGES:
        told.run(change)
        faults = look(told).faults
        assert any(found in each for each in set(faults) - set(before)), (change, faults)
        before = faults


@pytest.mark.parametrize(
    "change", ["verdict = NULL", "reason = 'too late'", "decided_at = '2025-03-04T09:00:00.000001Z'"]
)
def test_what_was_decided_of_a_request_is_what_the_chain_says(told: Shop, change: str) -> None:
    assert look(told).faults == ()
    told.run(f"UPDATE requests SET {change}")
    assert look(told).faults == ("what was decided of the request C-1 is not what its entry says",)


def test_the_chain_of_a_line_that_is_older_begins_with_a_row_that_says_so(told: Shop) -> None:
    """As the version before left it: rows without a place, on a line that goes on."""
    told.start("O-2", quantity=2)
    told.dispatch()
    for table in ("timeline", "promises"):
        told.unprotect(table)
        told.run(f"UPDATE {table} SET place = NULL, hash = NULL WHERE backorder = 'O-2/1'")
    told.run("UPDATE backorders SET chained = 0, head = '' WHERE id = 'O-2/1'")
    told.run("UPDATE timeline SET about = NULL, words = NULL WHERE backorder = 'O-2/1'")
    told.cancel("O-2", quantity=1, id="C-2")
    record = export(told, "O-2")
    first = record["chain"]["rows"][0]["row"]
    assert (first["what"], first["detail"]) == (
        "evidence_begins",
        "what happened until then is on record without a chain",
    )
    assert {each["kind"] for each in record["before_chain"]} == {"entry", "promise"}
    checked = check(signed(record, KEY), KEYS)
    assert (checked.faults, "the chain begins on" in checked.notes[0]) == ((), True)
    told.services.moving.prioritise("O-2/1", 3, by="Eva", reason="asked", at=told.now)
    assert export(told, "O-2")["chain"]["length"] == record["chain"]["length"] + 1
    assert check(signed(export(told, "O-2"), KEY), KEYS).faults == ()


def test_chain_and_signature_hold_when_the_customer_is_erased(told: Shop) -> None:
    before = export(told)
    assert told.services.erasures.ask("ann", told.now).erased_at is not None
    record = export(told)
    checked = check(signed(record, KEY), KEYS)
    assert checked.faults == ()
    assert checked.notes == ("erased on 2025-03-04: the words of 4 rows are gone, the chain holds",)
    assert record["chain"] == before["chain"]
    assert "ann@example.com" in json.dumps(before)
    for word in ("ann@example.com", "changed my mind", "Hello Ann", "mailbox of Ann"):
        assert word not in json.dumps(record), word
    assert all(send["salt"] is None for message in record["messages"] for send in message["sends"])
    # What is put back under a digest whose salt is gone is no proof of anything.
    told.run("UPDATE sends SET text = 'never said'")
    assert "words of the send" in check(signed(export(told), KEY), KEYS).faults[0]


def test_the_day_of_an_erasure_is_the_shops(told: Shop) -> None:
    west = Services(told.services.engine, Calendar(zone="America/Los_Angeles"), Letterhead(name="Fell"))
    assert west.erasures.ask("ann", datetime(2025, 3, 6, 1, tzinfo=UTC)).erased_at is not None
    record = evidence.plain(west.evidence.export("O-1/1", told.now, ASKED, KEY))
    assert record["erased_on"] == "2025-03-05"
    with pytest.raises(ErasedError, match="erased on 2025-03-05"):
        west.contacts.read("ann")


def test_a_sealed_line_shows_nothing_of_who_orders_under_the_same_id(told: Shop) -> None:
    told.services.erasures.ask("ann", told.now)
    told.start("O-2", customer={"name": "Somebody Else", "email": "else@example.com"})
    given = {"at": told.now.isoformat(), "how": "form 7", "wording": "Yes, write to me"}
    agreed = {"marketing_consent": {"email": given}}
    told.services.contacts.change("ann", agreed, told.now, by="Eva")
    assert [each["wording"] for each in export(told, "O-2")["consents"]] == ["Yes, write to me"]
    assert export(told)["consents"] == []


def test_the_rules_of_before_a_move_are_in_it(told: Shop) -> None:
    """Every version that the timeline names, the one that the line keeps first; no other."""
    with writing(told.services.engine) as connection:
        for name in ("busy", "busier", "never"):
            told.services.policies.load(connection, f'name = "{name}"')
    told.start("O-2")
    for name in ("busy", "busier"):
        move = parse(schemas.PolicyMove, {"request_id": name, "value": name, "reason": "asked", "by": "Eve"})
        event = move.event(told.now, told.now.date())
        told.ask("O-2", NewRequest(id=move.key, kind=move.kind, event=event, given=move.content()))
        told.review("O-2", name)
    record = export(told, "O-2")
    assert [each["name"] for each in record["policies"]] == ["busier", "busy", "standard"]
    assert check(signed(record, KEY), KEYS).faults == ()


def test_an_answer_by_text_is_there_in_its_words_until_they_are_erased(told: Shop) -> None:
    sent = text_of("no thanks, <b>Ann</b>")
    told.services.texts.take(sent, at=told.now, now=datetime.now(UTC))
    told.start("O-2", customer={"phone": "+12025550123"}, payment="unpaid")
    asked = told.cancellation(id="C-2")
    told.ask("O-2", replace(asked, evidence="twilio/SM1"))
    told.review("O-2", "C-2")
    told.dispatch()
    record = export(told, "O-2")
    assert [each["wrote"] for each in record["requests"]] == ["no thanks, <b>Ann</b>"]
    assert [each["wrote"] for each in export(told)["requests"]] == [None]
    assert b"no thanks, &lt;b&gt;Ann" in page_of(record)
    assert check(signed(record, KEY), KEYS).faults == ()
    assert told.services.erasures.ask("ann", told.now).erased_at is not None
    assert [each["wrote"] for each in export(told, "O-2")["requests"]] == [None]


def test_every_byte_of_a_file_counts(told: Shop) -> None:
    """Each byte in turn is another one, or is not there: never is the file whole."""
    file = signed(export(told), KEY)
    step = max(1, len(file) // 400)
    for place in [*range(0, len(file), step), *range(len(file) - 200, len(file))]:
        other = bytes([file[place] ^ 1])
        assert check(file[:place] + other + file[place + 1 :], KEYS).faults, place
        assert check(file[:place] + file[place + 1 :], KEYS).faults, place
    assert check(file + b"\n", KEYS).faults
    assert check(json.dumps(json.loads(file)).encode(), KEYS).faults, "the same content, in another form"
    assert check(file.replace(b"Lamp", b"\\ud800"), KEYS).faults, "half a character"


def test_a_row_left_out_and_a_tail_cut_off_show_even_where_somebody_signs_again(told: Shop) -> None:
    """With a key of their own, or the shop's: the signature says whose it is, the chain what is missing."""
    record = export(told)
    others = signing_key("", "another secret of some length")
    assert "none of the published" in check(signed(record, others), KEYS).faults[0]
    forged = canonical(json.loads(signed(record, others)) | {"key": KEY.public.id}) + b"\n"
    assert "changed after it was signed" in check(forged, KEYS).faults[0]
    rows = record["chain"]["rows"]
    for cut in (rows[:-1], rows[1:], rows[:2] + rows[3:], [rows[0], rows[0], *rows[1:]]):
        shorter = record | {"chain": record["chain"] | {"rows": cut}}
        assert check(signed(shorter, KEY), KEYS).faults
    for other, fault in (
        ({"line": record["line"] | {"id": "O-9/1"}}, "the chain is that of O-1/1, and not of O-9/1"),
        ({"supplier_dates": []}, "purchase-order/PO-1/1 is missing, on which a shown date rested"),
    ):
        assert fault in check(signed(record | other, KEY), KEYS).faults
    assert check(signed(record, KEY), {"x": PublicKey(raw=bytes(32))}).faults


def page_of(record: dict[str, Any]) -> bytes:
    return sealed(evidence_page(record, KEY.public.id), cast("evidence.LineFile", record), KEY)


def test_a_page_of_a_record_that_is_not_whole_is_not_whole(told: Shop) -> None:
    """As the same record in JSON; also where its names hold what would end the comment that says so."""
    record = export(told)
    whole = check(page_of(record), KEYS)
    assert (whole.faults, whole.line) == ((), "O-1/1")
    rows = record["chain"]["rows"]
    cut = record | {"chain": record["chain"] | {"rows": rows[:1] + rows[2:], "of": "O--><b>/1"}}
    page = page_of(cut)
    assert check(page, KEYS).faults == check(signed(cut, KEY), KEYS).faults
    assert b"-->" not in page.splitlines()[-2].removesuffix(b"-->")
    # A version before sealed the page alone.
    lines = page.splitlines(keepends=True)
    text = b"".join(lines[:-2])
    old = f"<!-- backorder-evidence key={KEY.public.id} signature={KEY.sign(text).hex()} -->\n"
    assert check(text + old.encode(), KEYS).faults == ("the page says itself that the record is not whole",)
    assert check(b"".join([*lines[:-2], lines[-1]]), KEYS).faults[0] == "it was changed after it was signed"


def test_what_is_cut_short_or_nested_without_end_is_found_like_any_other_change(told: Shop) -> None:
    whole = json.loads(signed(export(told), KEY))
    rows = whole["evidence"]["chain"]["rows"]
    promise = next(each["row"] for each in rows if each["row"].get("kind") == "promise")
    request = next(each for each in whole["evidence"]["requests"] if each["salt"])
    for place, name, value in ((promise, "evidence", [[1]]), (request, "content", "[" * 100_000)):
        before, place[name] = place[name], value
        assert "a part of the record is missing, or is none" in check(canonical(whole) + b"\n", KEYS).faults
        place[name] = before


def test_two_writers_do_not_break_the_chain(told: Shop) -> None:
    """A change of contact, a priority and a review, each in its own transaction: one after the other."""
    told.start("O-2")
    told.dispatch()
    told.services.contacts.change("ann", {"email": "ann@new.example"}, told.now, by="Eva")
    told.services.moving.prioritise("O-2/1", 2, by="Eva", reason="asked", at=told.now)
    told.ask("O-2", told.silence(at(3)))
    told.review("O-2", "H-1")
    assert check(signed(export(told, "O-2"), KEY), KEYS).faults == ()
    with pytest.raises(DBAPIError, match="append-only"):
        told.run("UPDATE timeline SET hash = ''")
