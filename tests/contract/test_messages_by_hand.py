"""What people do about messages: list what has not gone, take one back, have one sent again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from backorder.domain.line.events import Shipped
from backorder.domain.line.state import Status
from backorder.errors import ConflictError, RefusedError, UnknownMessageError
from backorder.ports import RequestOutcome, Sent
from backorder.queries.case_view import case
from backorder.queries.message_list import MessageFilter, OpenMessage, message_list
from backorder.services.cancel_message import cancel_message
from backorder.services.pause_channel import pause
from backorder.services.record_request import NewRequest
from backorder.services.resend_message import Resent, resend_message
from backorder.storage.engine import writing
from tests.support.days import at
from tests.support.query_plans import asked, plan, read_whole
from tests.support.senders import Recorder
from tests.support.sending import Desk
from tests.support.shop import Shop

NOW = datetime.now(UTC)
GONE = Sent(outcome="permanent", code="550", reason="no such mailbox")
UNCLEAR = Sent(outcome="unknown", code="timeout", reason="no answer")


def listed(shop: Shop, *states: str, **filters: str) -> list[OpenMessage]:
    """The first page."""
    wanted = MessageFilter(states=states, **filters)
    return list(message_list(shop.services.database, wanted, shop.now).rows)


def newest(shop: Shop, kind: str = "") -> str:
    """The ID of the last message, of a kind if named."""
    rows = shop.rows("SELECT id, kind FROM messages ORDER BY number")
    return str([row["id"] for row in rows if not kind or row["kind"] == kind][-1])


def take_back(shop: Shop, id: str) -> RequestOutcome:
    """Eva takes a message back."""
    services = shop.services
    return cancel_message(
        services.engine, services.policies, id, by="Eva", reason="told by phone", at=shop.now, now=NOW
    )[1]


def again(shop: Shop, id: str, request: str = "R-1") -> Resent:
    """Eva has a message sent again."""
    services = shop.services
    return resend_message(
        services.engine,
        services.policies,
        services.addressing,
        id,
        request=request,
        by="Eva",
        reason="she cannot find it",
        at=shop.now,
    )


def entries(shop: Shop, order: str = "O-1") -> list[tuple[str, str, str]]:
    """What the timeline says a person did."""
    found = case(shop.services.database, f"{order}/1", shop.now).timeline
    return [(each.what, each.by, each.verdict) for each in found if each.by == "Eva"]


# --- the list


def test_what_has_not_gone_is_listed_with_why_and_the_next_try(shop: Shop) -> None:
    for name, outcome in (("ben", GONE), ("cleo", UNCLEAR)):
        shop.start(f"O-{name}", customer={"id": name, "email": f"{name}@example.com"})
        shop.out = Recorder(outcome)
        shop.dispatch(f"customer/{name}")
    shop.start("O-dan", customer={"id": "dan", "email": "dan@example.com"})
    shop.now += timedelta(hours=1)
    pause(shop.services.engine, "email", by="Eva", reason="wrong logo", until=None, at=shop.now, now=NOW)
    shop.dispatch("customer/dan")
    failed, waiting, unknown = listed(shop)
    assert [each.state for each in (failed, waiting, unknown)] == ["failed", "planned", "unknown"]
    assert (failed.person, failed.lines, failed.channel) == ("customer/ben", ("O-ben/1",), "email")
    assert (failed.reason, failed.next_try) == ("no such mailbox", None)
    assert "email was paused by Eva since" in waiting.reason
    assert waiting.reason.endswith("wrong logo")
    assert waiting.waits_s == 3600
    assert (unknown.reason, unknown.attempts) == ("no answer", 1)
    assert unknown.next_try is not None
    for state, one in (("failed", failed), ("waiting", waiting), ("unknown", unknown)):
        assert listed(shop, state) == [one]
    assert listed(shop, "failed", "unknown") == [failed, unknown]
    assert listed(shop, channel="sms") == []
    assert listed(shop, kind="confirmed") == [failed, waiting, unknown]
    for rows in listed(shop):
        assert "example.com" not in repr(rows), "nobody's address is in a list"


def test_a_message_for_later_says_so_and_one_that_went_is_in_no_list(shop: Shop) -> None:
    shop.start()
    shop.run("UPDATE messages SET not_before = '2025-03-05T10:00:00.000000Z'")
    [waiting] = listed(shop)
    assert (waiting.reason, waiting.next_try, waiting.waits_s) == ("waits for its hour", at(2, 10), 0)
    shop.now = at(3)
    shop.dispatch()
    assert listed(shop) == []


def test_the_list_comes_page_by_page_by_an_index(shop: Shop) -> None:
    for number in range(7):
        shop.start(f"O-{number}", customer={"id": f"c{number}", "email": f"c{number}@example.com"})
        shop.run("UPDATE messages SET state = 'failed' WHERE number % 3 = 0 AND state = 'planned'")
    whole, cursor = listed(shop), None
    found: list[OpenMessage] = []
    with asked(shop.services.engine) as statements:
        while True:
            page = message_list(shop.services.database, MessageFilter(), shop.now, cursor=cursor, limit=2)
            found += page.rows
            if (cursor := page.next) is None:
                break
    assert found == whole
    assert len(whole) == 7
    grown = {each for tables in read_whole(shop.services.engine, statements).values() for each in tables}
    assert not grown & {"messages", "message_items"}
    pages = [each for each in statements if "ORDER BY messages.state" in each[0]]
    assert len(pages) == 4
    for each in pages:
        assert "ix_messages_not_gone" in plan(shop.services.engine, *each)
    for wrong in ({"channel": "fax"}, {"kind": "letter"}):
        with pytest.raises(RefusedError, match="is none; there are"):
            listed(shop, **wrong)
    with pytest.raises(RefusedError, match="no cursor of this list"):
        message_list(shop.services.database, MessageFilter(), shop.now, cursor="x")


# --- taking back


def test_a_message_that_is_taken_back_does_not_go_and_its_line_tells_anew_tomorrow(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    first = newest(shop)
    assert take_back(shop, first[:10]).verdict == "accepted"
    assert shop.state().pending is None
    assert shop.dispatch() == []
    assert listed(shop) == []
    assert take_back(shop, first).verdict == "ignored"
    assert entries(shop) == [("message_not_sent", "Eva", "accepted")]
    [row] = shop.rows("SELECT state, reason FROM messages")
    assert (row["state"], row["reason"]) == ("withdrawn", "taken back by Eva: told by phone")
    shop.now = at(1, 10)
    shop.review()
    assert newest(shop) != first
    assert len(shop.dispatch()) == 1
    assert shop.state().promise is not None
    assert "told by phone" not in repr(shop.rows("SELECT * FROM timeline")), "words can be emptied"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("claimed", "it is being sent right now"),
        ("unknown", "nobody knows yet whether it went"),
        ("sent", "it has gone"),
        ("failed", "it did not go"),
    ],
)
def test_what_is_on_its_way_or_over_is_not_taken_back(shop: Shop, state: str, words: str) -> None:
    shop.start()
    shop.run("UPDATE messages SET state = :state", state=state)
    refused = take_back(shop, newest(shop))
    assert refused.verdict == "rejected"
    assert words in refused.reason
    assert (entries(shop), shop.rows("SELECT state FROM messages")) == ([], [{"state": state}])


def test_a_legal_notice_is_not_taken_back(shop: Shop) -> None:
    shop.start()
    shop.run("UPDATE messages SET kind = 'consent_request'")
    assert take_back(shop, newest(shop)) == RequestOutcome(
        verdict="rejected", reason="it is a legal notice, which has to be sent"
    )
    assert len(shop.dispatch()) == 1


def test_a_message_to_a_supplier_is_taken_back_too(shop: Shop) -> None:
    shop.supplier(email="orders@acme.example")
    shop.purchase("PO-1", {"stated_date": None})
    shop.now = at(30)
    shop.services.purchasing.follow_up("PO-1", shop.now)
    [waiting] = listed(shop)
    assert waiting.person == "supplier/acme"
    assert take_back(shop, waiting.id).verdict == "accepted"
    assert shop.dispatch("supplier/acme") == []
    assert again(shop, waiting.id).outcome.verdict == "rejected"


def test_claiming_and_taking_back_at_once_have_one_winner(shop: Shop) -> None:
    for number in range(5):
        name = f"c{number}"
        shop.start(f"O-{number}", customer={"id": name, "email": f"{name}@example.com"})
        id, person = newest(shop), f"customer/{name}"
        with ThreadPoolExecutor(2) as pool:
            went = pool.submit(Desk(shop).take, person)
            back = pool.submit(take_back, shop, id)
            went.result()
        [row] = shop.rows("SELECT state FROM messages WHERE id = :id", id=id)
        assert (row["state"], back.result().verdict) in (("claimed", "rejected"), ("withdrawn", "accepted"))


# --- sending again


def test_a_message_is_sent_again_once_a_request_under_a_key_of_its_own(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    first = newest(shop)
    shop.dispatch()
    before = shop.state()
    done = again(shop, first[:8])
    assert (done.message, done.outcome.verdict) == (first, "accepted")
    same = again(shop, first)
    assert (same.again, same.outcome) == (done.again, done.outcome)
    assert len(shop.rows("SELECT * FROM messages")) == 2
    assert [row["step"] for row in shop.rows("SELECT step FROM message_items ORDER BY step")] == [
        "confirmed",
        "confirmed#resend-2",
    ]
    one, other = shop.dispatch()
    assert (one.subject, one.text, one.to) == (other.subject, other.text, other.to)
    assert one.id != other.id, "it has a log of its own"
    assert (shop.state().promise, shop.state().revision) == (before.promise, before.revision)
    assert len(shop.rows("SELECT * FROM promises")) == 1
    assert again(shop, done.again, "R-2").outcome.verdict == "accepted", "an attempt can be sent again"
    assert "confirmed#resend-3" in {row["step"] for row in shop.rows("SELECT step FROM message_items")}
    assert entries(shop) == [("resend_requested", "Eva", "accepted")] * 2
    [shown, *_] = [each for each in case(shop.services.database, "O-1/1", shop.now).timeline if each.request]
    assert (shown.request, shown.reason) == ("R-1", "she cannot find it")


def test_what_a_person_asks_for_once_more_waits_for_no_other_line(shop: Shop) -> None:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, 'name = "gathers"\n[updates]\ngather = "1m"\n')
    shop.purchase()
    shop.start(policy="gathers")
    assert shop.dispatch() == [], "it waits for the order's other lines"
    shop.now += timedelta(minutes=1)
    assert len(shop.dispatch()) == 1
    again(shop, newest(shop))
    assert len(shop.dispatch()) == 2


def test_the_same_request_at_the_same_moment_is_one_resend(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    first = newest(shop)
    with ThreadPoolExecutor(4) as pool:
        found = {each.again for each in pool.map(lambda _: again(shop, first), range(4))}
    assert len(found) == 1
    assert len(shop.rows("SELECT * FROM messages")) == 2


def test_a_request_names_one_message(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    with pytest.raises(UnknownMessageError):
        again(shop, "")
    shop.cancel()
    shop.dispatch()
    again(shop, newest(shop, "confirmed"))
    with pytest.raises(ConflictError):
        again(shop, newest(shop, "cancelled"))
    with pytest.raises(UnknownMessageError):
        again(shop, "ffffffff")


def test_a_request_that_is_called_like_a_parcel_is_taken(shop: Shop) -> None:
    """Whoever asks cannot know what facts are called; the same again is known, and about one message."""
    shop.purchase()
    shop.start("O-1", 3)
    first = newest(shop)
    shop.dispatch()
    parcel = Shipped(at=shop.now, day=shop.now.date(), shipment="7", quantity=1, shipped_at=shop.now)
    shop.ask("O-1", NewRequest(id="shipment-7", kind="ship", event=parcel, given={"quantity": 1}))
    done = again(shop, first, "shipment-7")
    assert (done.outcome.verdict, bool(done.again)) == ("accepted", True)
    assert again(shop, first, "shipment-7").again == done.again
    assert shop.rows("SELECT id FROM requests WHERE kind = 'resend'") == [{"id": "shipment-7~"}]
    assert entries(shop) == [("resend_requested", "Eva", "accepted")]
    timeline = case(shop.services.database, "O-1/1", shop.now).timeline
    assert [each.request for each in timeline if each.what == "resend_requested"] == ["shipment-7~"]
    with pytest.raises(ConflictError):
        again(shop, done.again, "shipment-7")


def test_what_does_not_hold_is_refused_and_noted(shop: Shop) -> None:
    shop.start()
    first = newest(shop)
    assert "it has not gone yet" in again(shop, first).outcome.reason
    shop.dispatch()
    shop.cancel()
    assert shop.state().status is Status.CLOSING
    refused = again(shop, first, "R-2")
    assert refused.outcome.verdict == "rejected"
    assert "it names a date, and the line is closing" in refused.outcome.reason
    assert (refused.again, again(shop, first, "R-2").outcome) == ("", refused.outcome)
    assert entries(shop) == [("resend_requested", "Eva", "rejected")] * 2
    shop.dispatch()
    shop.run("UPDATE customers SET email = NULL")
    refused = again(shop, newest(shop, "cancelled"), "R-3")
    assert "no usable email address or phone number" in refused.outcome.reason


def test_a_resend_goes_to_where_the_customer_is_reached_now(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    shop.services.contacts.change("ann", {"email": "ann@new.example"}, shop.now, by="Eva")
    assert again(shop, newest(shop)).outcome.verdict == "accepted"
    assert [message.to for message in shop.dispatch()] == ["ann@example.com", "ann@new.example"]


def test_a_message_for_several_lines_is_one_again_for_those_for_which_it_holds(shop: Shop) -> None:
    for order in ("O-1", "O-2", "O-3"):
        shop.start(order)
    head = shop.rows("SELECT id FROM messages ORDER BY number")[0]["id"]
    shop.run("UPDATE message_items SET message = :head", head=head)
    shop.run("DELETE FROM messages WHERE id <> :head", head=head)
    shop.dispatch()
    shop.cancel("O-2")
    done = again(shop, str(head))
    assert (done.outcome.verdict, [*done.left_out]) == ("accepted", ["O-2/1"])
    assert "the line is closing" in done.left_out["O-2/1"]
    mine = "SELECT backorder FROM message_items WHERE message = :id ORDER BY backorder"
    assert [row["backorder"] for row in shop.rows(mine, id=done.again)] == ["O-1/1", "O-3/1"]
    assert len(shop.rows("SELECT * FROM messages WHERE kind = 'confirmed'")) == 2
    assert again(shop, str(head)) == done.__class__(
        message=done.message, outcome=done.outcome, again=done.again, left_out=done.left_out
    )


def test_a_gathered_message_is_taken_back_for_all_of_its_lines(shop: Shop) -> None:
    for order in ("O-1", "O-2"):
        shop.start(order)
    head = shop.rows("SELECT id FROM messages ORDER BY number")[0]["id"]
    shop.run("UPDATE message_items SET message = :head", head=head)
    shop.run("DELETE FROM messages WHERE id <> :head", head=head)
    assert take_back(shop, str(head)).verdict == "accepted"
    for order in ("O-1", "O-2"):
        assert shop.state(order).pending is None
        assert entries(shop, order) == [("message_not_sent", "Eva", "accepted")]
