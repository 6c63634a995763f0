"""While a question is open at a number no other text to it asks for a digit: it has the link alone."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backorder.domain.line.events import Answered
from backorder.ports import Batch, BatchContext, LookedUp, Sent
from backorder.services.prepared_messages import Prepared
from backorder.services.record_request import NewRequest
from backorder.services.texted_questions import DigitsAsked
from backorder.storage.engine import writing
from tests.support.days import day
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.text_answers import (
    ANN,
    LINKS,
    PHONE,
    answerable,
    asked,
    linked,
    sent,
    texted,
    waiting,
)

DIGIT = re.compile(r"(?<![\w.])[12](?![\w.])")
"""A choice's digit that stands alone; a day of these tests is no 1 and no 2."""
WAITS = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
REFUSED = Sent(outcome="permanent", code="30007", reason="filtered")
BEA = ANN | {"id": "bea", "name": "Bea"}


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return linked(shop)


def texts(desk: Desk) -> list[tuple[str, bool]]:
    """The texts that went, and whether they asked for a digit, in their order."""
    rows = desk.shop.rows(
        "SELECT text, digits FROM sends JOIN messages ON messages.id = sends.message"
        " WHERE sends.state = 'sent' ORDER BY messages.number"
    )
    return [(row["text"], bool(row["digits"])) for row in rows]


def due(desk: Desk, *orders: str, customer: dict[str, Any] = ANN, **more: Any) -> None:
    """Questions of some orders that wait to be sent."""
    shop = desk.shop
    for order in orders:
        shop.start(order, customer=customer, ship_by=day(22), **more)
    shop.now += timedelta(hours=3)
    for order in orders:
        shop.review(order)


def keep(desk: Desk, order: str) -> None:
    """The customer answers on their page."""
    shop, id = desk.shop, f"page-{order}"
    event = Answered(
        at=shop.now,
        day=shop.services.policies.calendar.day(shop.now),
        request=id,
        choice="keep",
        received_at=shop.now,
        revision=shop.state(order).questions[-1].revision,
        via="link",
    )
    shop.ask(order, NewRequest(id=id, kind="answer", event=event, given={"choice": "keep"}))
    shop.review(order, id)
    sent(desk)


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
def test_the_second_orders_question_names_the_link_and_all_that_a_notice_says(
    desk: Desk, locale: str
) -> None:
    due(desk, "O-1", "O-2", customer=ANN | {"locale": locale})
    sent(desk)
    (first, asks), (second, also) = texts(desk)
    assert (asks, also) == (True, False)
    assert len(DIGIT.findall(first)) == 2
    assert DIGIT.findall(second) == []
    for words in (first, second):
        assert "https://orders.test/b/..." in words
    assert "notice_incomplete" not in desk.shop.state("O-2").needs, "it lacks nothing of a notice"


@pytest.mark.parametrize("said", [{}, {"phone": "+1 202 555 0100"}])
def test_without_links_the_second_question_is_answered_by_hand(shop: Shop, said: dict[str, Any]) -> None:
    desk = answerable(shop, None, **said)
    asked(desk, "O-1", "O-2")
    (_, asks), (second, also) = texts(desk)
    assert (asks, also) == (True, False)
    assert f"Answer for free{': reply or call +1 202 555 0100' if said else ' by text'}." in second


@pytest.mark.parametrize("outcome", [None, Sent(outcome="unknown", reason="time-out")])
def test_a_question_that_may_be_on_its_way_is_open(desk: Desk, outcome: Sent | None) -> None:
    due(desk, "O-1", "O-2")
    first = desk.claimed()
    if outcome is not None:
        desk.record_outcome(first, outcome)
    second = desk.claimed()
    assert DIGIT.findall(first.outgoing.text)
    assert not DIGIT.findall(second.outgoing.text)


@pytest.mark.parametrize("lost", [False, True])
def test_a_question_that_did_not_arrive_leaves_the_digit_to_the_next(desk: Desk, lost: bool) -> None:
    due(desk, "O-1")
    first = desk.claimed()
    if lost:
        desk.record_outcome(first, Sent(outcome="unknown", reason="time-out"))
        for _ in range(2):
            desk.wait(timedelta(minutes=30))
            desk.look_up(LookedUp(sighting="absent", reason="not known"))
    else:
        desk.record_outcome(first, REFUSED)
    due(desk, "O-2", customer=BEA)
    second = desk.claimed("customer/bea")
    assert (second.outgoing.channel, second.outgoing.to) == ("sms", PHONE)
    assert DIGIT.findall(second.outgoing.text)
    if lost:
        assert not DIGIT.findall(desk.claimed().outgoing.text), "it goes once more"


def test_once_nothing_is_open_the_next_question_asks_for_a_digit_again(desk: Desk) -> None:
    asked(desk, "O-1", "O-2")
    keep(desk, "O-1")
    asked(desk, "O-3")
    assert not texts(desk)[-1][1], "that of the second order is open"
    keep(desk, "O-2")
    keep(desk, "O-3")
    asked(desk, "O-4")
    assert texts(desk)[-1][1]


def test_a_newer_question_about_the_same_line_asks_for_a_digit(desk: Desk) -> None:
    asked(desk)
    shop = desk.shop
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.now += timedelta(hours=3)
    shop.review()
    sent(desk)
    assert [asks for _, asks in texts(desk)] == [True, True]


# --- two dispatchers, and two people with one phone


def neighbours(desk: Desk) -> tuple[str, str]:
    """Two customers: one of Ann's shard, and one of another."""
    shard_of = desk.shop.services.dispatch.shard_of
    names = [f"p{number}" for number in range(40)]
    mine = shard_of("customer/ann")
    same = next(name for name in names if shard_of(f"customer/{name}") == mine)
    return same, next(name for name in names if shard_of(f"customer/{name}") != mine)


def test_of_two_peoples_questions_to_one_phone_in_one_batch_the_first_has_the_digit(desk: Desk) -> None:
    same, _ = neighbours(desk)
    due(desk, "O-1")
    due(desk, "O-2", customer=BEA | {"id": same})
    batch = desk.shop.services.dispatch.batch(desk.round(room=5))
    assert [bool(DIGIT.findall(words)) for words in said(batch)] == [True]
    batch = desk.shop.services.dispatch.batch(desk.round(room=5))
    assert [bool(DIGIT.findall(words)) for words in said(batch)] == [False]


def said(batch: Batch) -> list[str]:
    return [call.outgoing.text for call in batch.calls]


def prepared(desk: Desk) -> list[tuple[BatchContext, list[Prepared]]]:
    """What two dispatchers have put into words before either of them claims."""
    _, other = neighbours(desk)
    due(desk, "O-1")
    due(desk, "O-2", customer=BEA | {"id": other})
    rounds = [desk.round(person) for person in ("customer/ann", f"customer/{other}")]
    return [(each, desk.shop.services.dispatch.prepare(each)[0]) for each in rounds]


def test_what_another_dispatcher_asked_meanwhile_is_put_into_other_words(desk: Desk) -> None:
    dispatch = desk.shop.services.dispatch
    (first, mine), (second, other) = prepared(desk)
    assert all(each.words and DIGIT.findall(each.words.sms) for each in (*mine, *other))
    [words] = said(dispatch.write(first, (), mine, (), careful=False))
    assert DIGIT.findall(words)
    late = dispatch.write(second, (), other, (), careful=False)
    assert (late.calls, late.taken) == ((), 1), "it is put into words anew at once"
    [words] = said(dispatch.batch(replace(second)))
    assert not DIGIT.findall(words)


def with_link_alone(messages: list[Prepared]) -> list[Prepared]:
    """The same questions, about parts of lines or several dates: no digit would answer them."""
    found = []
    for each in messages:
        assert each.routed is not None
        content = replace(each.routed.content, digits=False)
        found.append(replace(each, routed=replace(each.routed, content=content)))
    return found


def test_after_a_question_with_the_link_alone_the_next_in_its_batch_asks_for_no_digit(desk: Desk) -> None:
    (_, mine), (_, other) = prepared(desk)
    mine = with_link_alone(mine)
    with writing(desk.shop.services.engine) as connection:
        asking = DigitsAsked(connection, [*mine, *other])
        assert not any(asking.are_overtaken(each) for each in (*mine, *other))
        asking.note(mine[0])
        assert asking.are_overtaken(other[0])
        asking.note(other[0])
        assert not asking.are_overtaken(mine[0]), "it names no digit"


@pytest.mark.parametrize("digits", [True, False])
def test_who_asks_a_number_waits_for_who_is_asking_it(desk: Desk, digits: bool) -> None:
    """Also who asks with the link alone: a digit must not be asked for meanwhile."""
    engine = desk.shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one writes at a time
    dispatch = desk.shop.services.dispatch
    (_, mine), (second, other) = prepared(desk)
    mine = mine if digits else with_link_alone(mine)
    with ThreadPoolExecutor(1) as pool, engine.connect() as looking:
        with writing(engine) as connection:
            DigitsAsked(connection, mine)
            done = pool.submit(dispatch.write, second, (), other, (), careful=False)
            while looking.execute(WAITS).first() is None:
                looking.rollback()
                assert not done.done(), "it waits for nobody"
        assert len(done.result().calls) == 1


# --- what a digit means


def test_a_digit_while_both_wait_is_answered_by_the_links_of_both(desk: Desk) -> None:
    asked(desk, "O-1", "O-2")
    taken = texted(desk, "2")
    assert taken.answer is not None
    assert taken.answer.count("https://orders.test/b/") == 2
    assert desk.shop.rows("SELECT * FROM requests") == []
    assert waiting(desk) == [("unclear_text", "2")]


def test_a_digit_once_the_second_was_answered_belongs_to_the_first(desk: Desk) -> None:
    asked(desk, "O-1", "O-2")
    keep(desk, "O-2")
    assert texted(desk, "1").answer is None
    assert desk.shop.state("O-1").consent.state == "given"
    assert waiting(desk) == []


@pytest.mark.parametrize("body", ["1", "2", "refund"])
def test_a_digit_once_the_first_was_answered_is_no_answer_to_the_question_with_the_link(
    desk: Desk, body: str
) -> None:
    """Nobody told its customer what a digit would mean; for the first it would come as a second thought."""
    asked(desk, "O-1", "O-2")
    keep(desk, "O-1")
    [second] = desk.shop.rows("SELECT id FROM sends WHERE text LIKE '%Answer for free%' AND NOT digits")
    taken = texted(desk, body)
    assert taken.answer is not None
    assert "that question is closed. Please answer the newer one here: " in taken.answer
    assert taken.answer.endswith(LINKS.url("b", second["id"]))
    assert [row["id"] for row in desk.shop.rows("SELECT id FROM requests")] == ["page-O-1"]
    assert waiting(desk) == [("unclear_text", body)]
