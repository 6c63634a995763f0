"""What customers' texts say, and which question they answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.notifications import Facts, Kind, Part, Why
from backorder.domain.text_answers import (
    READ_BY_THEN,
    Reading,
    TextQuestion,
    answering,
    asks_for_digit,
    may_ask,
    read,
)
from backorder.domain.text_words import CARRIERS as KNOWN_TO_CARRIERS
from backorder.domain.text_words import KEEP, OPT_OUT, REFUND
from tests.support.days import day

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OURS = "Fell & Fjord: Oak table is delayed: ships by 4 April. Reply 1 to wait, 2 for a refund."
LONGEST_ANSWER = max(len(word) for words in (*KEEP.values(), *REFUND.values()) for word in words)
CARRIERS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")


@pytest.mark.parametrize(
    "one", ["1", " 1\n", "1.", "(1)", "1!", "1️⃣", "１", "١", "१", "১", "๑", "“1”", "\u200f١\u2069", "¡1؟"]
)
def test_a_digit_of_any_script_is_the_first_choice(one: str) -> None:
    assert read(one) == Reading(meaning="keep")


@pytest.mark.parametrize(
    "body", ["3", "0", "12", "1 2", "1 or 2?", "1 please", "I", "one", "", "  ", "👍", "½"]
)
def test_what_is_no_choice_is_for_a_person(body: str) -> None:
    assert read(body) == Reading(meaning="unclear")


@pytest.mark.parametrize("word", CARRIERS)
@pytest.mark.parametrize("form", ["{}", " {}\r\n", "\t{}\u00a0", "{}.", "¡{}!!", "“{}”", "\u2068{}\u2069"])
def test_the_words_of_carriers_alone_stop_the_texts(word: str, form: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in word)
    for written in (word, word.lower(), word.title(), wide):
        expected = Reading(meaning="stop", order=word == "CANCEL", carriers=True)
        assert read(form.format(written)) == expected


@pytest.mark.parametrize(
    "body", [*sorted(OPT_OUT), "Arrêt", "ARRÊTEZ", "Désabonner", "Aufhören", "Não quero mais"]
)
def test_stop_is_understood_in_every_language_whoever_writes(body: str) -> None:
    for found in (read(body), read(body.upper())):
        assert (found.meaning, found.doubt, found.order) == ("stop", False, False)
        assert found.carriers == (body.lower() in KNOWN_TO_CARRIERS)


@pytest.mark.parametrize(
    "body",
    [
        "Please stop sending me these",
        "when will you STOP?",
        "don’t text me again, wrong number",
        "Bitte keine SMS mehr an diese Nummer",
        "Je ne veux plus de SMS svp",
        "no me envíe más mensajes",
        "🛑",
        "🛑🛑",
        "🔕 please",
        "stahp",
        "Stoop!",
        "STOOOP",
        "sotp",
        "stpo pls",
        "end these notifications",
        "quit bothering me",
        "enough",
        "SMS abbestellen bitte",
        "Stellt die SMS ein",
        "Keine Werbung mehr",
        "anular las notificaciones",
        "no deseo recibir mensajes",
        "marre de vos sms",
        "plus de notifications svp",
        "não envie mais sms",
        "desinscrever",
        "अनसब्सक्राइब",
        "एसएमएस बंद",
    ],
)
def test_in_doubt_the_texts_stop_and_a_person_reads_it(body: str) -> None:
    assert read(body) == Reading(meaning="stop", doubt=True)


@pytest.mark.parametrize(
    "body",
    [
        *("stopwatch please", "nonstop", "the bus stopped", "my weekend", "cancel my flight"),
        *("Shop", "step", "top!", "stow", "stp", "stock", "not enough", "my subscription box is late"),
        *("😀", "J’ai plus de questions", "el paro"),
    ],
)
def test_a_word_within_a_word_stops_nothing(body: str) -> None:
    assert read(body) == Reading(meaning="unclear")


@pytest.mark.parametrize("body", ["S T O P", "s.t.o.p.", "Stoppp!", "u n s u b"])
def test_a_word_letter_by_letter_or_drawn_out_is_that_word(body: str) -> None:
    assert read(body) == Reading(meaning="stop")


def test_plain_words_count_in_the_customers_language_and_in_english() -> None:
    assert read("Warten", languages=["de"]) == read("WAIT.", languages=["de"]) == Reading(meaning="keep")
    assert read("Geld zurück!", languages=["de"]) == read("Refund") == Reading(meaning="cancel")
    assert read("इंतज़ार करूँगी।", languages=["hi"]) == Reading(meaning="keep")
    assert read("warten", languages=["fr"]) == Reading(meaning="unclear")
    assert read("I would rather have a refund I think") == Reading(meaning="unclear")
    assert (
        read("Remboursement", languages=["fr"])
        == read("रद्द करें", languages=["hi"])
        == Reading(meaning="cancel")
    )


def test_no_word_means_two_things() -> None:
    for language, words in KEEP.items():
        assert not words & REFUND[language]
        assert not (words | REFUND[language]) & OPT_OUT
        for word in words:
            assert read(word, languages=[language]).meaning == "keep", word
        for word in REFUND[language]:
            assert read(word, languages=[language]).meaning == "cancel", word


@pytest.mark.parametrize(
    "reaction",
    [
        "Liked “{}”",
        "Loved “{}…”",
        "👍 to “{}”",
        'Questioned "{}"',
        "Gefällt „{}“",
        "A aimé « {} »",
        "‘{}’ 👎",
        "Hat mit 👍 auf „{}“ reagiert",
        "Removed an exclamation mark from “{}”",
        "Reacted 1️⃣ to “{}”",
        "Removed a 1️⃣ from “{}…”",
        "2️⃣ to “{}”",
        "Hat mit 2️⃣ auf „{}“ reagiert",
        "A réagi par 1️⃣ à « {} »",
    ],
)
def test_a_phones_reaction_that_quotes_our_text_is_no_answer(reaction: str) -> None:
    for quoted in (OURS, OURS[:30]):
        assert read(reaction.format(quoted), ours=["another text", OURS]) == Reading(meaning="reaction")
    assert read(reaction.format("something of their own"), ours=[OURS]).meaning != "reaction"


@pytest.mark.parametrize(
    "beside",
    [
        "“{}” 2",
        "“{}” 1️⃣",
        "I choose 2️⃣ “{}”",
        "“{}” refund",
        "STOP “{}”",
        "stop it! '{}'",
        "You wrote “{}” and I don't want it any more",
    ],
)
def test_who_quotes_our_text_and_says_what_they_want_is_read(beside: str) -> None:
    stops = beside.lower().startswith("stop")
    expected = Reading(meaning="stop", doubt=True) if stops else Reading(meaning="unclear")
    assert read(beside.format(OURS), ours=[OURS]) == expected


@given(st.text())
def test_no_long_text_is_an_answer_and_only_stop_is_ever_in_doubt(body: str) -> None:
    found = read(body, languages=["de"], ours=[OURS, ""])
    assert not (found.doubt or found.order) or found.meaning == "stop"
    assert found.meaning not in ("keep", "cancel") or sum(map(str.isalnum, body)) <= LONGEST_ANSWER


# --- which question


def question(
    id: str,
    minutes: float,
    *lines: str,
    open: bool = True,
    waiting: Iterable[str] | None = None,
    digits: bool = True,
) -> TextQuestion:
    """waiting: which of its lines do; None for all of them, where it is open."""
    return TextQuestion(
        id=id,
        accepted_at=NOW - timedelta(minutes=minutes),
        lines=tuple((line, 1) for line in lines),
        waiting=frozenset((lines if open else ()) if waiting is None else waiting),
        digits=digits,
    )


def answered(*questions: TextQuestion) -> str | None:
    found = answering(questions, NOW)
    if found.several or found.by_link:
        return "several" if found.several else "by link"
    return found.question.id if found.question else None


def test_it_is_the_only_open_question() -> None:
    assert answered() is None
    assert answered(question("a", 10, "A/1")) == "a"
    assert answered(question("a", 10, "A/1"), question("b", 5, "B/1", open=False)) == "a"


def test_a_question_that_has_only_just_come_is_not_the_one_that_is_answered() -> None:
    first, second = question("a", 60, "A/1"), question("b", READ_BY_THEN / timedelta(minutes=1) - 0.01, "A/1")
    assert answered(first, second) == "a"
    assert answered(first, question("b", 2, "A/1")) == "b"
    assert answered(question("b", 0, "A/1")) == "b", "there is no other"


def test_with_questions_about_several_lines_nobody_knows_which() -> None:
    assert answered(question("a", 60, "A/1"), question("b", 30, "B/1")) == "several"
    both = question("a", 60, "A/1", "A/2")
    assert answered(both, question("b", 30, "A/2")) == "several", "the other line waits as well"
    first_kept = question("a", 60, "A/1", "A/2", waiting=["A/2"])
    assert answered(first_kept, question("b", 30, "A/2")) == "b"
    assert answered(both, question("b", 1, "A/2")) == "a", "the text of both is what was read"
    assert answered(both, question("b", 30, "A/1", "A/2")) == "b"


def test_where_none_is_open_it_is_the_newest_so_that_the_line_says_what_holds() -> None:
    assert answered(question("a", 60, "A/1", open=False), question("b", 30, "B/1", open=False)) == "b"


def test_a_question_that_named_no_digits_is_answered_by_its_link() -> None:
    link = question("b", 30, "B/1", digits=False)
    assert answered(link) == answered(question("a", 60, "A/1", open=False), link) == "by link"
    assert answered(question("a", 60, "A/1"), link) == "several"
    assert answered(question("a", 60, "A/1"), question("b", 30, "B/1", digits=False, open=False)) == "a"
    assert answered(question("b", 30, "B/1", "B/2", digits=False)) == "by link"


def test_a_digit_for_which_only_a_closed_question_asked_is_said_to_be_for_that() -> None:
    """It was answered with the newest link, as if that were the question."""
    named, link = question("a", 60, "A/1", open=False), question("b", 30, "B/1", digits=False)
    assert answering([named, link], NOW).closed == named
    assert answering([link], NOW).closed is None, "it is the only one there is"
    over = question("b", 30, "B/1", digits=False, open=False)
    assert answering([named, over], NOW).closed == named
    assert answering([over], NOW).closed == over


def test_the_question_before_it_about_the_same_lines_may_have_named_them() -> None:
    before, now = question("a", 60, "A/1"), question("b", 30, "A/1", digits=False)
    assert answered(before, now) == "a"
    assert answered(before, question("b", 1, "A/1", digits=False)) == "a"
    wider = question("a", 60, "A/1", "A/2", waiting=["A/1"])
    assert answered(wider, now) == "by link", "it was about another line as well"


LINES = ("A/1", "A/2", "B/1", "C/1")
ABOUT = st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True)


@given(st.lists(st.tuples(ABOUT, st.booleans()), max_size=12))
def test_one_open_text_without_a_newer_one_names_digits_at_most(steps: list[tuple[list[str], bool]]) -> None:
    """Whatever is asked and answered in whatever order; and a digit answers for no line beside its own."""
    waiting: set[str] = set()
    texts: list[TextQuestion] = []
    for minute, (lines, asks) in enumerate(steps):
        if not asks:
            waiting -= set(lines)
            continue
        digits = may_ask(lines, waiting)
        waiting |= set(lines)
        texts.append(question(str(minute), 60 - minute, *lines, digits=digits))
        now = [replace(each, waiting=each.about & waiting) for each in texts]
        newest = {line: each.id for each in now for line in each.about}
        last = [each for each in now if any(newest[line] == each.id for line in each.waiting)]
        assert len([each for each in last if each.digits]) <= 1
        found = answering(now, NOW)
        assert found.question is None or (found.question.digits and waiting <= found.question.about)


# --- who is asked for a digit


def test_several_lines_ask_for_a_digit_only_if_one_answer_can_be_meant_for_all() -> None:
    one = Facts(quantity=1, likely=day(20), by=day(24), answer_by=day(10))
    parts = (Part(quantity=1, likely=day(4), by=day(5)), Part(quantity=1, likely=day(20), by=day(24)))
    assert asks_for_digit(Kind.CONSENT_REQUEST, [one, one.replace(quantity=3)], "+12025550123")
    assert not asks_for_digit(Kind.CONSENT_REQUEST, [one, one.replace(by=day(25))], "+12025550123")
    assert not asks_for_digit(Kind.CONSENT_REQUEST, [one, one.replace(answer_by=day(11))], "+12025550123")
    for other in ({"ask_until": day(30)}, {"silence": "nothing"}, {"last_day": day(22)}, {"parts": parts}):
        assert not asks_for_digit(Kind.CONSENT_REQUEST, [one, one.replace(**other)], "+12025550123"), other
    dateless = one.replace(likely=None, by=None)
    reasons = [dateless.replace(why=Why.NO_SUPPLY), dateless.replace(why=Why.OVERDUE)]
    assert not asks_for_digit(Kind.CONSENT_REQUEST, reasons, "+12025550123")


def test_nothing_else_asks_for_a_digit_and_nobody_whose_texts_go_nowhere() -> None:
    one = Facts(quantity=1, by=day(24))
    asking = [kind for kind in Kind if asks_for_digit(kind, [one], "+12025550123")]
    assert asking == [Kind.CONSENT_REQUEST]
    assert not asks_for_digit(Kind.CONSENT_REQUEST, [one], "+919876543210")
