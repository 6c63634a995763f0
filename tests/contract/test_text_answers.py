"""A question by text, and what is texted back: one decision, and a person where it is not clear."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder.ports import LookedUp, Review, Sent
from backorder.queries.task_list import task_list
from backorder.queries.task_words import task_in_words
from backorder.services.record_request import NewRequest
from backorder.services.resend_message import resend_message
from backorder.services.review_line import review
from tests.support.days import at, day
from tests.support.lines import answer
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.text_answers import (
    ACCEPTED,
    ANN,
    LATER,
    LINKS,
    PHONE,
    answerable,
    asked,
    linked,
    sent,
    text_of,
    texted,
    waiting,
)

SENDS = (
    "SELECT sends.id, backorder FROM sends JOIN message_items ON message_items.message = sends.message "
    "WHERE text LIKE '%Answer for free%'"
)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A shop whose texts can be answered, and ten lamps on order that come after the day agreed on."""
    return answerable(shop, None)


def test_a_digit_keeps_the_order_and_is_acknowledged(desk: Desk) -> None:
    assert "Reply 1 to keep waiting, 2 for a refund" in asked(desk)
    taken = texted(desk, "1")
    assert (taken.meaning, taken.answer, taken.after.backorders) == ("keep", None, ("O-1/1",))
    assert desk.shop.state().consent.state == "given"
    [row] = desk.shop.rows("SELECT evidence FROM requests WHERE kind = 'answer'")
    assert row["evidence"] == "twilio/SM1"
    assert desk.claimed().outgoing.text.startswith("Fell")
    assert not texted(desk, "1").new


def test_the_other_digit_cancels_and_owes_the_refund(desk: Desk) -> None:
    asked(desk)
    assert texted(desk, "२").meaning == "cancel"
    state = desk.shop.state()
    assert (state.quantity.cancelled, state.cancellations[0].by) == (1, "customer")
    assert state.refund is not None
    assert waiting(desk) == []


def test_lines_of_one_order_with_equal_choices_are_answered_all_or_none(desk: Desk) -> None:
    shop = desk.shop
    for line in ("1", "2"):
        shop.services.intake.open(shop.line("O-1", customer=ANN, ship_by=day(22), line_id=line), shop.now)
    both = ("O-1/1", "O-1/2")
    for hours in (0, 3):
        shop.now += timedelta(hours=hours)
        for line in both:
            review(shop.services.lines, Review(backorder=line, seq=1 + hours, at=shop.now))
    words = sent(desk)
    assert "Reply 1 to keep all 2, 2 for a refund of all 2" in words
    desk.wait(LATER)
    text = text_of("1")
    taken = shop.services.texts.take(text, at=shop.now, now=desk.now)
    assert taken.after.backorders == both


def test_a_digit_after_one_of_two_lines_was_asked_about_anew_answers_neither_by_guess(shop: Shop) -> None:
    """The text of both stands unanswered beside the newer one about the second alone."""
    desk = linked(shop)
    shop = desk.shop
    shop.product("DESK")
    shop.purchase("PO-2", {"stated_date": day(30), "sku": "DESK"})
    for line, sku in (("1", "LAMP"), ("2", "DESK")):
        wanted = shop.line("O-1", customer=ANN, ship_by=day(22), line_id=line, sku=sku)
        shop.services.intake.open(wanted, shop.now)

    def look(seq: int, hours: int) -> str:
        shop.now += timedelta(hours=hours)
        for line in ("O-1/1", "O-1/2"):
            review(shop.services.lines, Review(backorder=line, seq=seq, at=shop.now))
        return sent(desk)

    look(1, 0)
    assert "Reply 1 to keep all 2" in look(2, 3)
    desk.wait(LATER)
    shop.state_dates((10, day(40)), order="PO-2")
    shop.replan("DESK")
    assert "Answer for free: https" in look(3, 3)
    desk.wait(LATER)
    taken = texted(desk, "1")
    assert taken.answer is not None
    assert "Please answer here" in taken.answer
    assert (shop.rows("SELECT * FROM requests"), waiting(desk)) == ([], [("unclear_text", "1")])


@pytest.mark.parametrize(("said", "goes"), [({}, False), ({"phone": "+1 202 555 0100"}, True)])
def test_a_question_that_says_no_way_to_answer_is_not_texted_but_called(
    shop: Shop, said: dict[str, Any], goes: bool
) -> None:
    desk = answerable(shop, None, two_way=False, **said)
    words = asked(desk)
    assert ("Answer for free: call +1 202 555 0100" in words, bool(words)) == (goes, goes)
    assert desk.shop.state().needs == (() if goes else ("notice_incomplete",)), "a person calls"
    if not goes:
        desk.shop.review()
        assert sent(desk) == "", "the question is a person's and is not tried again"
        desk.shop.cancel()
        assert "cancelled" in sent(desk), "the number works: other news of the line goes on"


def test_with_questions_about_several_orders_the_answer_is_the_links(desk: Desk) -> None:
    asked(desk, "O-1", "O-2")
    taken = texted(desk, "1")
    assert taken.answer is not None
    assert "links" in taken.answer
    assert desk.shop.rows("SELECT * FROM requests") == []
    assert waiting(desk) == [("unclear_text", "1")], "and a person hears of it"


def test_with_questions_about_several_orders_the_answer_has_a_link_for_each(shop: Shop) -> None:
    desk = linked(shop)
    asked(desk, "O-1", "O-2")
    taken = texted(desk, "1")
    sends = [row["id"] for row in shop.rows("SELECT id FROM sends WHERE text LIKE '%Answer for free%'")]
    assert len(sends) == 2
    assert taken.answer is not None
    assert "Please answer here: https://orders.test/b/" in taken.answer
    assert all(LINKS.url("b", send) in taken.answer for send in sends)


def test_a_digit_that_crosses_a_new_question_is_the_answer_to_the_one_before(desk: Desk) -> None:
    asked(desk)
    shop = desk.shop
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.now += timedelta(hours=3)
    shop.review()
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    desk.wait(timedelta(minutes=1))
    texted(desk, "1")
    [row] = shop.rows("SELECT content FROM requests WHERE kind = 'answer'")
    first, second = (each.revision for each in shop.state().questions)
    assert f'"revision":{first}' in row["content"].replace(" ", "")
    assert first != second
    assert "Please answer our newest message too" in desk.claimed().outgoing.text


@pytest.mark.parametrize("because", ["asked for again", "new number", "second way"])
def test_a_question_that_was_sent_again_is_answered_as_the_one_that_it_repeats(
    desk: Desk, because: str
) -> None:
    """Its digit was taken for an answer to whatever was asked last, which nobody had read yet."""
    shop, number = desk.shop, PHONE
    services = shop.services
    asked(desk, email="ann@example.com" if because == "second way" else None)
    if because == "second way":
        shop.now += timedelta(hours=25)  # nobody reports that the mail arrived
        shop.review()
    elif because == "new number":
        number = "+12025550177"
        services.contacts.change("ann", {"phone": number}, shop.now, by="Eva")
    else:
        message = str(desk.message()["id"])
        more: dict[str, Any] = {"request": "R-1", "by": "Eva", "reason": "she cannot find it", "at": shop.now}
        resend_message(services.engine, services.policies, services.addressing, message, **more)
    sent(desk)
    desk.wait(LATER)
    shop.now += LATER
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.now += timedelta(hours=3)
    shop.review()
    sent(desk)
    desk.wait(timedelta(minutes=1))
    texted(desk, "1", number=number)
    first, second = shop.state().questions
    assert (first.answered, second.answered) == (True, False)
    assert [each.revision for each in shop.state().agreements] == [first.revision]
    assert "Please answer our newest message too" in desk.claimed().outgoing.text


def test_a_digit_after_its_question_was_closed_is_told_so(shop: Shop) -> None:
    """Beside a newer one that has its link alone, and once that is answered as well."""
    desk = linked(shop)
    assert "Reply 1" in asked(desk, "O-1")
    assert "Reply 1" not in asked(desk, "O-2")
    links = {row["backorder"]: LINKS.url("b", row["id"]) for row in desk.shop.rows(SENDS)}
    for order, sid, says, link in (
        ("O-1", "SM1", "that question is closed. Please answer the newer one here: ", "O-2/1"),
        ("O-2", "SM2", "that question is closed, so nothing was changed. How it stands: ", "O-1/1"),
    ):
        event = answer(desk.shop.now, "keep", request=f"A-{order}")
        desk.shop.ask(order, NewRequest(id=f"A-{order}", kind="answer", event=event, given={}))
        desk.shop.review(order, f"A-{order}")
        taken = texted(desk, "1", sid)
        assert taken.answer == f"Fell: {says}{links[link]}"
        desk.wait(timedelta(days=1))
    assert {row["kind"] for row in desk.shop.rows("SELECT kind FROM requests")} == {"answer"}
    assert len(desk.shop.rows("SELECT * FROM requests")) == 2, "neither text is an answer"


@pytest.mark.parametrize("body", ["where is it??", "3", "1 or 2?", "\u200f", "cancel my flight"])
def test_what_no_rule_understands_is_read_by_a_person_with_the_case_at_hand(desk: Desk, body: str) -> None:
    asked(desk)
    assert texted(desk, body).answer is None
    [task] = task_list(desk.shop.services.database, desk.shop.now).rows
    assert (task.kind, task.about) == ("unclear_text", "ann")
    assert task.detail["lines"] == ["O-1/1"]
    assert task.detail["wrote"] == body
    [row] = desk.shop.rows("SELECT detail FROM tasks")
    assert "wrote" not in row["detail"], "its words stand with the text alone"
    assert desk.shop.rows("SELECT * FROM requests") == []


@pytest.mark.parametrize("body", ["Hi, what about order #o-1?", "cancel my order O-1.", "1", "CANCEL"])
def test_what_comes_from_a_number_that_no_customer_has_is_read_by_a_person(desk: Desk, body: str) -> None:
    asked(desk)
    texted(desk, body, number=(number := "+442071838750"))
    [task] = task_list(desk.shop.services.database, desk.shop.now).rows
    assert (task.kind, task.about) == ("unknown_sender", "SM1")
    assert task.detail["lines"] == (["O-1/1"] if "-1" in body else [])
    assert f"They wrote, from {number}: {body}" in task_in_words(task.kind, task.about, task.detail)
    [row] = desk.shop.rows("SELECT * FROM tasks")
    assert number not in str(row), "its number stands with the text alone"
    assert desk.shop.rows("SELECT * FROM requests") == []


@pytest.mark.parametrize("body", ["1", "2", "what is this about?"])
def test_what_comes_from_a_number_that_was_asked_is_of_whom_it_was_asked_about(desk: Desk, body: str) -> None:
    """Its customer has another one by now; the digit belongs to the question that was sent there."""
    asked(desk)
    desk.shop.services.contacts.change("ann", {"phone": "+442071838751"}, desk.shop.now, by="Eva")
    taken = texted(desk, body)
    if body == "what is this about?":
        [task] = task_list(desk.shop.services.database, desk.shop.now).rows
        assert (task.kind, task.about, task.detail["lines"]) == ("unclear_text", "ann", ["O-1/1"])
        return
    assert taken.meaning == ("keep" if body == "1" else "cancel")
    [row] = desk.shop.rows("SELECT * FROM requests WHERE kind = 'answer'")
    assert row["backorder"] == "O-1/1"
    assert waiting(desk) == []


def test_a_number_that_another_customer_has_by_now_is_theirs(desk: Desk) -> None:
    """Whoever was asked there before."""
    asked(desk)
    desk.shop.services.contacts.change("ann", {"phone": "+442071838751"}, desk.shop.now, by="Eva")
    desk.shop.start("O-2", customer={"id": "bea", "name": "Bea", "phone": PHONE})
    assert texted(desk, "1").meaning == "keep"
    assert desk.shop.rows("SELECT * FROM requests WHERE kind = 'answer'") == []
    [task] = task_list(desk.shop.services.database, desk.shop.now).rows
    assert (task.kind, task.about) == ("unclear_text", "bea")


def test_a_phones_reaction_is_no_answer_and_nobodys_task(desk: Desk) -> None:
    words = asked(desk)
    assert texted(desk, f"Liked “{words[:40]}…”").meaning == "reaction"
    assert (waiting(desk), desk.shop.rows("SELECT * FROM requests")) == ([], [])


def test_a_reaction_to_an_automatic_answer_stops_nothing_although_it_quotes_stop(desk: Desk) -> None:
    asked(desk)
    help = texted(desk, "help").answer
    assert help is not None
    assert "STOP" in help
    assert texted(desk, f"Liked “{help}”", "SM2").meaning == "reaction"
    assert (waiting(desk), desk.shop.rows("SELECT * FROM suppressions")) == ([], [])


def test_a_text_after_the_end_changes_nothing(desk: Desk) -> None:
    asked(desk)
    desk.shop.cancel()
    taken = texted(desk, "1")
    state = desk.shop.state()
    assert (state.quantity.cancelled, len(state.cancellations)) == (1, 1)
    assert taken.answer is not None
    assert taken.answer.startswith("Fell: nothing was changed: this was cancelled on ")
    assert texted(desk, "1", "SM2").answer is None, "once a day: machines answer machines"


def test_an_answer_that_comes_too_late_hears_so_with_the_link_of_its_question(shop: Shop) -> None:
    desk = linked(shop, stated=90)
    asked(desk)
    shop = desk.shop
    shop.now = at(53, 11)
    taken = texted(desk, "1")
    assert taken.answer is not None
    assert "that came too late: the last day for your answer was " in taken.answer
    [send] = [row["id"] for row in shop.rows("SELECT id FROM sends WHERE digits")]
    assert taken.answer.endswith(LINKS.url("b", send))
    assert texted(desk, "1").answer == taken.answer, "a repetition is answered as before"
    [row] = shop.rows("SELECT answer FROM inbound_texts")
    assert row["answer"].endswith("https://orders.test/b/..."), "no row holds a live link"


def test_any_way_of_saying_stop_is_confirmed_once_and_moves_no_deadline(desk: Desk) -> None:
    asked(desk)
    before = desk.shop.state().questions
    first = texted(desk, "please stop")
    assert first.answer == "Fell: you will get no more texts from us."
    assert texted(desk, "Stopp!", "SM2").answer is None
    assert texted(desk, "STOP", "SM3").answer is None, "the carrier says so itself"
    assert desk.shop.state().questions == before
    assert [row["cause"] for row in desk.shop.rows("SELECT cause FROM suppressions")] == ["stop"]


def test_47_cfr_64_1200_a_12_stop_has_one_confirmation_at_once_also_at_night_and_twice(desk: Desk) -> None:
    """Three in the morning in New York; a word of thanks or anything else is not in it."""
    asked(desk)
    desk.shop.now = at(1, hour=8)
    assert texted(desk, "help").answer is not None
    first = texted(desk, "please stop", "SM2")
    assert first.answer == "Fell: you will get no more texts from us."
    again = texted(desk, "please stop", "SM2")
    assert (again.answer, again.new) == (first.answer, False), "the provider's repetition of its call"
    desk.wait(timedelta(minutes=5))
    assert [texted(desk, "please stop", sid).answer for sid in ("SM3", "SM4")] == [None, None]
    assert len(desk.shop.rows("SELECT sid FROM inbound_texts WHERE answer LIKE '%no more texts%'")) == 1
    assert desk.take() is None, "nothing goes to that number by itself"


def test_in_doubt_the_texts_stop_and_a_person_reads_why(desk: Desk) -> None:
    asked(desk)
    texted(desk, "when will you stop delaying my order")
    assert [row["cause"] for row in desk.shop.rows("SELECT cause FROM suppressions")] == ["stop"]
    assert waiting(desk) == [("unclear_text", "when will you stop delaying my order")]


def test_yes_is_for_who_had_stopped_and_no_answer_to_a_question(desk: Desk) -> None:
    asked(desk)
    assert texted(desk, "yes").meaning == "unclear"
    texted(desk, "stop", "SM2")
    desk.wait(LATER)
    assert texted(desk, "Yes", "SM3").meaning == "start"


@pytest.mark.parametrize(
    ("email", "channel", "task"), [("ann@example.com", "sms", False), (None, "sms", True)]
)
def test_a_notice_of_which_nobody_knows_goes_by_another_way_or_is_a_persons(
    shop: Shop, email: str | None, channel: str, task: bool
) -> None:
    """Without another one it goes once more, and a person tells it too."""
    desk = linked(shop)
    shop = desk.shop
    shop.start("O-1", customer=ANN | {"email": email}, ship_by=day(22))
    shop.now += timedelta(hours=3)
    shop.review("O-1")
    first = desk.claimed()
    assert first.outgoing.channel == ("email" if email else "sms")
    desk.record_outcome(first, Sent(outcome="unknown", reason="time-out"))
    desk.wait(timedelta(minutes=30))
    shop.now += timedelta(minutes=30)
    assert desk.look_up(LookedUp(sighting="absent", reason="not known")) == ["message_unknown"]
    assert [each[0] for each in waiting(desk)] == ["notice_undelivered"] * task
    shop.review("O-1")
    assert desk.claimed().outgoing.channel == channel
