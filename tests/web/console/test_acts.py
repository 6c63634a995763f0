"""What agents do about a line from its case: each once, however often its form is sent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest

from backorder.domain.line.events import RefundSent
from backorder.services.record_request import NewRequest
from tests.support.console import Clerk, form_of, forms_of, note_of
from tests.support.customer_page import asked, plain
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.support.web import WebServer

PLACE = "/console/lines/A-1/1"
ONE_STEP: Mapping[str, dict[str, str]] = {
    "hold": {"until": str(day(7)), "reason": "on holiday"},
    "notice": {"medium": "call", "text": "told her the date", "by_date": str(day(30)), "offered": "yes"},
}
TWO_STEPS: Mapping[str, dict[str, str]] = {
    "answer": {"choice": "keep", "via": "phone", "evidence": "she said yes"},
    "cancel": {"reason": "found another", "by": "customer", "quantity": "1"},
}


def shown(agent: Clerk, answer: httpx.Response) -> httpx.Response:
    """The page that comes after a form."""
    assert answer.status_code == 303, answer.text
    return agent.browser.get(answer.headers["location"])


def ruled(shop: Shop) -> list[dict[str, Any]]:
    """What the line's workflow would do with what was asked of it. Returns all that was asked."""
    waiting = [each["id"] for each in asked(shop) if each["verdict"] is None]
    shop.review("A-1", *waiting)
    return asked(shop)


@pytest.mark.parametrize("action", [*ONE_STEP, *TWO_STEPS])
def test_a_form_that_is_sent_twice_counts_once(shop: Shop, agent: Clerk, action: str) -> None:
    place = f"{PLACE}/{action}"
    typed = form_of(agent.see(PLACE).text, place) | {**ONE_STEP, **TWO_STEPS}[action]
    if action in TWO_STEPS:
        step = agent.browser.post(place, data=typed)
        assert (step.status_code, asked(shop)) == (200, [])
        typed = form_of(step.text, place)
    answers = [agent.browser.post(place, data=typed) for _ in range(2)]
    assert [each.headers["location"] for each in answers] == [answers[0].headers["location"]] * 2
    assert len(asked(shop)) == 1
    page = shown(agent, answers[1])
    assert "on record and under way" in note_of(page)
    (request,) = ruled(shop)
    assert (request["verdict"], request["id"].startswith(f"console-{action}-")) == ("accepted", True)
    again = agent.browser.get(answers[1].headers["location"])
    assert "under way" not in note_of(again)
    assert note_of(again)
    rows = shop.rows("SELECT actor, call FROM audit WHERE kind = 'backorder'")
    assert [row["call"] for row in rows] == ["POST /console/lines/{order}/{line}/{form}"]
    other = agent.browser.post(place, data=typed | {"reason": "another", "text": "another", "evidence": "x"})
    assert other.status_code == 422
    assert len(asked(shop)) == 1


def test_a_cancellation_is_shown_before_it_is_done(shop: Shop, agent: Clerk) -> None:
    step = agent.send(PLACE, f"{PLACE}/cancel", reason="found another", quantity="1", by="customer")
    words = plain(step)
    for each in ("Cancel 1 unit?", "Nothing was done yet", "10.00 EUR goes back", "1 unit stays on order"):
        assert each in words
    shown(agent, agent.confirm(step, f"{PLACE}/cancel"))
    ruled(shop)
    assert shop.state("A-1").quantity.cancelled == 1
    assert shop.state("A-1").cancellations[0].by == "customer"


def test_an_answer_is_recorded_as_it_was_given(shop: Shop, agent: Clerk) -> None:
    shop.dispatch()
    shop.review("A-1")
    typed = {"choice": "keep", "until": str(day(60)), "via": "phone", "received_at": "2025-03-03T08:30"}
    step = agent.send(PLACE, f"{PLACE}/answer", **typed)
    assert "until" in plain(step)
    shown(agent, agent.confirm(step, f"{PLACE}/answer"))
    ruled(shop)
    state = shop.state("A-1")
    assert state.last_day == day(60)
    (request,) = asked(shop)
    assert '"via":"phone"' in request["content"]
    assert "2025-03-03T08:30" in request["content"]


def test_what_agrees_to_nothing_is_not_called_an_agreement(shop: Shop, agent: Clerk) -> None:
    """Under the US rule nobody agrees to what they were not asked (16 CFR 435.2(b))."""
    shop.start("A-3", 2, customer={"id": "cy", "name": "Cy", "email": "cy@example.com", "region": "US"})
    place = "/console/lines/A-3/1"
    words = "They had not been asked, so this agrees to no later date: before one counts they are asked."
    for line, told in ((place, True), (PLACE, False)):
        step = agent.send(line, f"{line}/answer", choice="keep", indefinite="yes", via="phone", evidence="so")
        assert (words in plain(step), "however long it takes" in plain(step)) == (told, not told)


def test_all_faults_stand_at_their_fields_and_what_was_typed_stays(shop: Shop, agent: Clerk) -> None:
    wrong = agent.send(
        PLACE, f"{PLACE}/answer", quantity="-2", until="yesterday", received_at="x", evidence="keep <this>"
    )
    assert wrong.status_code == 422
    for name in ("choice", "quantity", "until", "received_at"):
        assert f'id="answer-{name}-wrong"' in wrong.text
    assert 'aria-describedby="answer-quantity-wrong answer-quantity-hint"' in wrong.text
    assert 'value="-2"' in wrong.text
    assert "keep &lt;this&gt;" in wrong.text
    hold = agent.send(PLACE, f"{PLACE}/hold", until="2035-01-01")
    assert (hold.status_code, 'id="hold-reason-wrong"' in hold.text) == (422, True)
    assert agent.send(PLACE, f"{PLACE}/note", text="  ").status_code == 422
    assert agent.send(PLACE, f"{PLACE}/notice", text="").status_code == 422
    assert asked(shop) == []


def test_what_the_line_refuses_is_said_with_its_reason(shop: Shop, agent: Clerk) -> None:
    sent = agent.send(PLACE, f"{PLACE}/hold", until=str(day(60)), reason="long")
    ruled(shop)
    assert "The hold was refused: a hold lasts 30 days at most" in note_of(shown(agent, sent))


def test_a_hold_is_ended_by_hand(shop: Shop, agent: Clerk) -> None:
    assert f"{PLACE}/release" not in forms_of(agent.see(PLACE).text)
    agent.send(PLACE, f"{PLACE}/hold", until=str(day(7)), reason="on holiday")
    ruled(shop)
    assert "on holiday" in agent.see(PLACE).text
    form = agent.form(PLACE, f"{PLACE}/release")
    twice = [agent.browser.post(f"{PLACE}/release", data=form) for _ in range(2)]
    assert [each.status_code for each in twice] == [303, 303]
    ruled(shop)
    shop.now = at(0, 10)
    shop.review("A-1")
    assert shop.state("A-1").hold is None


def test_a_note_is_kept_once_under_the_name_of_the_key(web: WebServer, shop: Shop, agent: Clerk) -> None:
    form = agent.form(PLACE, f"{PLACE}/note") | {"text": "leave it\r\nwith her neighbour"}
    answers = [agent.browser.post(f"{PLACE}/note", data=form) for _ in range(2)]
    assert note_of(shown(agent, answers[1])) == "Your note is kept."
    (note,) = web.as_("agent").get("/v1/backorders/A-1/1").json()["notes"]
    assert (note["by"], note["text"]) == ("Eva", "leave it\nwith her neighbour")
    made_up = agent.browser.get(f"{PLACE}?done=note~~{'x' * 32}")
    assert note_of(made_up) == ""


def test_the_longest_note_that_a_call_takes_has_room_in_any_script(web: WebServer, agent: Clerk) -> None:
    text = "न" * 4000
    assert note_of(shown(agent, agent.send(PLACE, f"{PLACE}/note", text=text))) == "Your note is kept."
    (note,) = web.as_("agent").get("/v1/backorders/A-1/1").json()["notes"]
    assert note["text"] == text
    assert agent.send(PLACE, f"{PLACE}/note", text=f"{text}न").status_code == 422


def test_what_a_line_needs_is_ticked_off(shop: Shop, agent: Clerk) -> None:
    """More was sent back than is owed; a person has seen to it."""
    shop.cancel("A-1")
    more = RefundSent(at=shop.now, day=day(0), refund="F", amount=Decimal(22), sent_at=shop.now)
    shop.ask("A-1", NewRequest(id="F-1", kind="refund", event=more, given={}))
    shop.review("A-1", "F-1")
    page = agent.see(PLACE)
    assert "More was refunded than is owed" in plain(page)
    form = form_of(page.text, f"{PLACE}/flag")
    assert agent.browser.post(f"{PLACE}/flag", data=form).status_code == 422
    done = [agent.browser.post(f"{PLACE}/flag", data=form | {"note": "it was meant"}) for _ in range(2)]
    assert note_of(shown(agent, done[1])) == "That is ticked off."
    assert shop.state("A-1").needs == ()
    (cleared,) = [each["content"] for each in asked(shop) if each["kind"] == "clear"]
    assert "it was meant" in cleared
    assert "Eva" in cleared
    by_itself = agent.browser.post(f"{PLACE}/flag", data=form | {"flag": "engine_error", "note": "x"})
    assert by_itself.status_code == 409


def test_a_call_has_its_words_to_read_out(shop: Shop, agent: Clerk) -> None:
    shop.start("A-9", customer={"id": "cy", "region": "US", "contact": "none", "email": None}, ship_by=day(1))
    words = plain(agent.see("/console/lines/A-9/1"))
    assert "To read out on a call" in words
    assert "You decide" in words


def test_a_complaint_is_ended_in_words_that_are_read_twice(web: WebServer, shop: Shop, agent: Clerk) -> None:
    web.as_("agent").post("/v1/backorders/A-1/1/complaints", json={"text": "Nobody <answers>."})
    ruled(shop)
    page = agent.see(PLACE)
    assert "Nobody &lt;answers&gt;." in page.text
    ticket = shop.state("A-1").complaints[0].ticket
    step = agent.send(PLACE, f"{PLACE}/complaint", ticket=ticket, text="Our phone is mended.")
    assert "Our phone is mended." in plain(step)
    shown(agent, agent.confirm(step, f"{PLACE}/complaint"))
    ruled(shop)
    assert shop.state("A-1").complaints[0].closed_at is not None


def test_nothing_is_offered_for_a_line_that_is_over(shop: Shop, agent: Clerk) -> None:
    shop.cancel("A-1")
    found = forms_of(agent.see(PLACE).text)
    for action in ("answer", "cancel", "hold"):
        assert f"{PLACE}/{action}" not in found
    assert {f"{PLACE}/note", f"{PLACE}/notice"} <= found
    shop.run("UPDATE backorders SET state = '{' WHERE id = 'A-2/1'")
    broken = "/console/lines/A-2/1"
    form = agent.form(broken, f"{broken}/note")
    assert agent.browser.post(f"{broken}/cancel", data=form | {"reason": "x"}).status_code == 409
    assert agent.browser.post(f"{broken}/note", data=form | {"text": "looked"}).status_code == 303
    assert agent.browser.post(f"{PLACE}/nothing", data=form).status_code == 404
