"""What the law and the policy let customers ask for on their pages, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from backorder import schemas
from backorder.domain.complaints import ticket_of
from backorder.domain.line.events import Answered
from backorder.queries.case_view import case
from backorder.queries.views import CaseView
from backorder.schemas import DeliveryRefusal, parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.record_request import NewRequest
from tests.support.customer_page import (
    asked,
    hidden,
    hold_clock,
    path_of,
    plain,
    waits_with_choices,
)
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, chosen, sent


@pytest.mark.parametrize(
    ("last", "headline", "leaves", "drawn"),
    [
        (
            *(30, "Ships by {told} 2 × Lamp", "Leaves us {told} At your door by"),
            "it leaves us by {told}, and it is with you by ",
        ),
        (
            *(3, "Waiting until {last}, as you", "Expected {told} At your door –"),
            'it is expected to leave us by {told}."',
        ),
    ],
)
def test_somebody_names_the_day_after_which_they_want_nothing_any_more(
    shop: Shop, visitor: Visitor, at_once: None, last: int, headline: str, leaves: str, drawn: str
) -> None:
    """Where that comes before the date that they were told, it does not ship by that date."""
    shop.start("A-77", 2)
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "keep") | {"until": day(last).isoformat()}
    confirm = browser.post(path, data=form)
    named = f"{day(last).day} {day(last):%B} {day(last).year}"
    assert f"hasn’t left us by {named}" in plain(confirm) or f"haven’t left us by {named}" in plain(confirm)
    assert browser.post(path, data=hidden(confirm.text, "keep")).status_code == 303
    shop.review("A-77", asked(shop)[0]["id"])
    assert shop.state("A-77").last_day == day(last)
    page = browser.get(path)
    assert f"don’t want them any more after {named}" in plain(page)
    promise = shop.state("A-77").promise
    assert promise is not None
    assert promise.by is not None
    told = f"{promise.by.day} {promise.by:%B} {promise.by.year}"
    for words in (headline, leaves):
        assert words.format(last=named, told=told) in plain(page)
    assert drawn.format(told=told) in page.text, "what is drawn is said, too"
    assert f'min="{day(0).isoformat()}"' in page.text
    assert '<button name="do" value="keep">Keep waiting' in page.text, "that day can be taken back"
    for typed in ("2025-02-30", "tomorrow", "0001-01-01"):
        assert browser.post(path, data=form | {"until": typed}).status_code in (409, 422)


def the_page_follows_the_money(shop: Shop, browser: httpx.Client, path: str) -> None:
    """It says until when the sum goes back, and afterwards that the shop may wait for the goods."""
    due = shop.state("A-77").refunds[0].due_by
    by = f"{due.day} {due:%B} {due.year}"
    wait = "We may wait until the goods are here, or until you show us proof of postage."
    assert f"20,00 € It goes back the way you paid, by {by} at the latest. {wait}" in plain(browser.get(path))
    assert "A-77/1 is not settled" in shop.services.erasures.ask("ann", shop.now).waits_for
    shop.now = at((due - day(0)).days + 2)
    hold_clock(shop)
    late = plain(browser.get(path))
    sent_them = "We may wait until the goods are here, or you show us that you’ve sent them."
    assert f"20,00 € It was to go back by {by}. {sent_them} If you have, please get in touch" in late
    assert "we’re late" not in late, "the shop may wait for the goods"


def test_a_contract_is_withdrawn_from_in_two_steps_before_and_after_the_shipment(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    shop.ship("A-77", 1)
    said = plain(visitor().get(path))
    assert "20,00 € for 2 Ordered" in said, "and one is to come"
    assert "The last of yours is served from the 10 pieces" in said, "the other left already"
    shop.ship("A-77", 1, "S-2")
    shop.now += timedelta(hours=3)
    hold_clock(shop)
    browser = visitor()
    found = browser.get(path)
    assert "Withdraw from contract here" in plain(found)
    confirm = browser.post(path, data=hidden(found.text, "withdraw"))
    words = plain(confirm)
    assert "order A-77, as Ann, a•••@e•••.com" in words
    assert confirm.text.count('<span class="number">A-77</span>') == 2, "no line ends at its hyphen"
    assert "Confirm withdrawal" in words
    assert "We may wait until the goods are here, or until you show us proof of postage." in words
    assert browser.post(path, data=hidden(confirm.text, "withdraw")).status_code == 303
    [request] = [each for each in asked(shop) if each["kind"] == "answer"]
    shop.review("A-77", request["id"])
    assert shop.state("A-77").withdrawals == (request["id"],)
    afterwards = browser.get(path)
    assert 'value="withdraw"' not in afterwards.text
    assert "You have withdrawn from the contract. Please send the goods back" in plain(afterwards)
    assert "Everything you’ve paid, standard delivery included, comes back" in plain(afterwards)
    assert "If you want to return it, just ask us" not in plain(afterwards), "they send it back already"
    the_page_follows_the_money(shop, browser, path)


def test_a_withdrawal_that_can_be_taken_back_is_called_one_and_offered_once(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    shop.ship("A-77", 1)
    browser = visitor()
    assert chosen(browser, path, "keep", until=day(30).isoformat()).status_code == 303
    [kept] = [each["id"] for each in asked(shop) if each["kind"] == "answer"]
    shop.review("A-77", kept)
    assert "You told us that you don’t want it any more after" in plain(browser.get(path))
    assert chosen(browser, path, "withdraw").status_code == 303
    assert 'value="withdraw"' not in browser.get(path).text, "it is known, though nobody has acted on it"
    [first] = [each["id"] for each in asked(shop) if each["kind"] == "answer" and each["id"] != kept]
    shop.review("A-77", first)
    found = browser.get(path)
    assert "You told us" not in plain(found), "of waiting"
    assert "Withdrawn: you can still take it back" in plain(found)
    assert "You withdrew from the contract a moment ago." in plain(found)
    assert "cancelled" not in plain(found).lower()
    assert 'value="withdraw"' not in found.text
    confirm = browser.post(path, data=hidden(found.text, "take_back"))
    assert "Take the withdrawal back?" in plain(confirm)
    assert "Your withdrawal is undone" in plain(confirm)
    assert "cancel" not in plain(confirm)
    browser.post(path, data=hidden(confirm.text, "take_back"))
    assert 'value="take_back"' not in browser.get(path, params={"done": "take_back"}).text
    [taken_back] = [each for each in asked(shop) if each["kind"] == "take_back"]
    shop.review("A-77", taken_back["id"])
    assert 'value="withdraw"' in browser.get(path).text


def test_who_is_not_delivered_reads_on_the_page_that_they_may_cancel_now(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2, essential=True)
    before = plain(visitor().get(path_of(shop)))
    assert ("No delivery" in before, "served from" in before.lower()) == (False, True)
    refusal = DeliveryRefusal(request_id="d1", reason="nobody makes it any more")
    event = refusal.event(shop.now, day(0))
    shop.ask("A-77", NewRequest(id="d1", kind=refusal.kind, event=event, given=refusal.content()))
    shop.review("A-77", "d1")
    shop.now += timedelta(hours=3)
    hold_clock(shop)
    words = plain(visitor().get(path_of(shop)))
    assert "No delivery" in words
    assert "We’re sorry: we won’t deliver 2 × Lamp." in words
    assert "You don’t have to wait: you can cancel now and get a prompt refund" in words
    assert "nothing changes: your order stays open until you cancel" in words
    assert "nobody makes it" not in words
    assert "Keep the order" in words
    assert "Keep waiting" not in words
    assert "served from" not in words.lower()
    browser, path = visitor(), path_of(shop)
    found = browser.get(path)
    for button in ("keep", "cancel", "withdraw"):
        assert f'value="{button}"' in found.text
    confirm = plain(browser.post(path, data=hidden(found.text, "keep")))
    assert "Keep the order?" in confirm
    assert "Your order for 2 × Lamp stays open, though we have told you that we won’t deliver" in confirm
    assert "waiting" not in confirm
    chosen(browser, path, "keep")
    [kept] = [each for each in asked(shop) if each["kind"] == "answer"]
    assert "You chose to keep your order for 2 × Lamp." in plain(browser.get(path)), "it waits for a worker"
    shop.review("A-77", kept["id"])
    assert "You told us that you keep the order." in plain(browser.get(path))
    [answer] = sent(shop, "answer_received")
    assert "You chose to keep your order for 2 × Lamp." in answer["text"]
    assert "queue" not in answer["text"], "they have no place in it: nothing will be delivered"


def test_nobody_elsewhere_is_offered_what_their_law_does_not_have(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 1, customer={"region": "US-CA"})
    assert 'value="withdraw"' not in visitor().get(path_of(shop)).text


def test_who_keeps_some_reads_on_the_page_what_is_asked_of_the_rest(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(50)})
    shop.start("A-77", 3, sku="RUG", customer={"region": "US-CA"}, ship_by=day(10))
    shop.now = at(0, 14)
    hold_clock(shop)
    shop.review("A-77")
    sent(shop, "consent_request")
    keeps = Answered(
        at=shop.now, day=day(0), request="k1", choice="keep", quantity=1, received_at=shop.now, via="rep"
    )
    shop.ask("A-77", NewRequest(id="k1", kind="answer", event=keeps, given={}))
    shop.review("A-77", "k1")
    words = plain(visitor().get(path_of(shop)))
    assert "We don’t have your answer for 2 × Rug yet. If we don’t have your agreement by" in words
    assert "refund everything you’ve paid for them" in words
    [answer] = sent(shop, "answer_received")
    assert "You chose to keep waiting for 1 × Rug until" in answer["text"]
    assert "We don’t have your answer for 2 × Rug yet. If we don’t" in answer["text"]


def test_a_question_of_the_law_says_what_silence_means(shop: Shop, visitor: Visitor) -> None:
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(50)})
    shop.start("A-77", 1, sku="RUG", customer={"region": "US-CA"}, ship_by=day(10))
    shop.now = at(0, 14)
    hold_clock(shop)
    shop.review("A-77")
    words = plain(visitor().get(path_of(shop)))
    assert "We need your answer" in words
    assert "Please choose" in words
    assert shop.state("A-77").questions[-1].silence == "cancelled"
    assert "If we don’t have your agreement by" in words


def test_a_complaint_is_made_and_followed_on_the_page(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77")
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "complaint")
    assert browser.post(path, data=form | {"text": " \u200b"}).status_code == 422
    confirm = browser.post(path, data=form | {"text": "Nobody answers\r\n the <b>phone</b>."})
    assert "Nobody answers the <b>phone</b>." in plain(confirm)
    assert "A person reads it" in plain(confirm)
    assert asked(shop) == []
    done = browser.post(path, data=hidden(confirm.text, "complaint"))
    assert done.status_code == 303, plain(done)
    [complaint] = asked(shop)
    assert (complaint["kind"], complaint["evidence"]) == ("complain", "Nobody answers\n the <b>phone</b>.")
    ticket = ticket_of("A-77/1", complaint["id"])

    def is_followed() -> None:
        said = plain(browser.get(path))
        assert said.count(f"Ticket {ticket} of 3 March 2025: a person answers you by 3 April 2025.") == 1
        assert said.count("Nobody answers the <b>phone</b>.") == 1

    is_followed()  # Temporal is away, and nobody has heard of it yet
    shop.review("A-77", complaint["id"])
    [told] = sent(shop, "complaint_received")
    assert ticket in told["text"]
    is_followed()
    raw = {"request_id": "e-1", "ticket": ticket, "text": "Our phone is mended."}
    end = parse(schemas.ComplaintEnd, raw)
    event = end.event(shop.now, shop.services.calendar.day(shop.now))
    shop.ask("A-77", NewRequest(id="e-1", kind=end.kind, event=event, given=end.content(), evidence=end.text))
    shop.review("A-77", "e-1")
    [answer] = sent(shop, "complaint_closed")
    assert "Our phone is mended." in answer["text"]
    found = browser.get(path)
    said = plain(found)
    assert found.text.count('<span class="number">T-') == 3, "its number, and in what was written about it"
    assert "answered on" in said
    assert "Our phone is mended." in said


def test_a_refund_that_is_refused_is_said_to_be(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 2, customer={"region": "IN"}, ship_by=day(2), shipping_paid="4.90")
    path = path_of(shop)
    shop.now = at(30)
    hold_clock(shop)
    shop.cancel("A-77")
    assert "We don’t give this back" not in plain(visitor().get(path))
    decided = schemas.ForceMajeure(request_id="f-1", reason="a flood", actor="Eva")
    event = decided.event(shop.now, day(30))
    shop.ask("A-77", NewRequest(id="f-1", kind=decided.kind, event=event, given=decided.content()))
    shop.review("A-77", "f-1")
    found = visitor().get(path)
    said = plain(found)
    shipping = "€4.90 of it is what you paid for shipping."
    assert f"€24.90 {shipping} We don’t give this back: a person has decided" in said
    assert "<s>€24.90</s>" in found.text, "it is not due"
    assert "haven’t been charged" not in said


def test_what_is_here_is_sent_now_where_the_policy_leaves_the_choice(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    assert "2 of 3 are here already" in plain(browser.get(path))
    confirm = browser.post(path, data=hidden(browser.get(path).text, "send_now"))
    assert "We send 2 × Lamp now." in plain(confirm)
    assert browser.post(path, data=hidden(confirm.text, "send_now")).status_code == 303
    assert 'value="send_now"' not in browser.get(path).text
    shop.review("A-77", asked(shop)[-1]["id"])
    events = shop.rows("SELECT backorder, data FROM events WHERE type = 'backorder.allocated'")
    assert [each["backorder"] for each in events] == ["A-70/1", "A-77/1"]
    assert '"quantity":2' in events[1]["data"].replace(" ", "")
    [told] = sent(shop, "answer_received")
    assert "2 ship" in told["text"]
    found = browser.get(path)
    assert 'value="send_now"' not in found.text
    assert "They ship in parts: 2 by 5 March 2025, 1 by 24 March 2025." in plain(found)
    rows = shop.rows(
        "SELECT revision, parts, message FROM promises WHERE backorder = 'A-77/1' ORDER BY revision"
    )
    assert [each["revision"] for each in rows] == [1, 2]
    assert '"quantity":2' in rows[1]["parts"]
    assert '"quantity"' not in rows[0]["parts"]
    assert rows[1]["message"] != rows[0]["message"], "what was told of the parts is told by its own message"


def test_somebody_wishes_to_hear_less_often(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77")
    path = path_of(shop)
    browser = visitor()
    found = browser.get(path)
    assert "How often we write: as often as usual" in plain(found)
    form = hidden(found.text, "updates")
    for bad in ("3", "", "x"):
        assert browser.post(path, data=form | {"value": bad}).status_code == 422
    assert "?done=updates." in chosen(browser, path, "updates", value="8").headers["location"]
    assert shop.services.contacts.read("ann").update_days == 56
    assert "How often we write: at most every 8 weeks" in plain(browser.get(path))
    coming = case(shop.services.database, "A-77/1", shop.now)
    assert isinstance(coming, CaseView)
    updates = [each.at.date() for each in coming.next if each.what == "still_waiting"]
    assert all(each >= day(56) for each in updates), "what is shown is what will happen"
    assert chosen(browser, path, "updates", value="0").status_code == 303
    assert shop.services.contacts.read("ann").update_days is None


def test_a_swap_that_waits_for_the_order_system_is_said_to_be_on_its_way(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    reads = parse(NewApiKey, {"name": "shop", "roles": ["orders"], "acknowledges": True})
    api_keys.create(shop.services.engine, reads, datetime.now(UTC))
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    given_up = ("Ships ", "We told you this on", "At your door", "promised before yours")
    before = plain(browser.get(path))
    assert [each for each in given_up if each in before] == list(given_up)
    assert chosen(browser, path, "alternative").status_code == 303
    assert 'value="alternative"' not in browser.get(path).text
    shop.review("A-77", asked(shop)[-1]["id"])
    found = browser.get(path)
    assert "You chose something else 3 × Lamp" in plain(found)
    assert "You chose Ash lamp instead. We’re arranging that" in plain(found)
    assert not [each for each in given_up if each in plain(found).partition("What we’ve told you")[0]]
    assert "If you do nothing We send you Ash lamp instead." in plain(found)
    assert 'value="alternative"' not in found.text
    assert 'value="cancel"' in found.text
    assert not any(each in found.text for each in ('value="keep"', 'name="until"', 'name="quantity"'))
    assert shop.state("A-77").quantity.open == 3
    shop.now = at(2, 12)
    hold_clock(shop)
    shop.review("A-77")
    assert 'value="alternative"' in browser.get(path).text, "it came to nothing"


def test_435_2_b_a_page_says_what_comes_first_of_the_laws_end_and_their_own(
    shop: Shop, visitor: Visitor
) -> None:
    shop.start("A-77", 2, customer={"region": "US"}, ship_by=day(40))
    shop.dispatch()
    shop.now = at(1)
    hold_clock(shop)
    event = Answered(at=shop.now, day=day(1), request="A", choice="keep", until=day(25), received_at=shop.now)
    shop.ask("A-77", NewRequest(id="A", kind="answer", event=event, given={"choice": "keep"}))
    shop.review("A-77", "A")
    shop.state_dates((10, None))  # to none at all silence never agrees
    shop.replan()
    shop.now = at(1, 18)
    hold_clock(shop)
    shop.review("A-77")
    words = plain(visitor().get(path_of(shop)))
    by, on = (f"{each:%B} {each.day}, {each.year}" for each in (day(25), day(26)))
    assert f"If we don’t have your agreement by {by}, we’ll cancel them on {on} and promptly refund" in words
