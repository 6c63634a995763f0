"""A text about several lines says once what is true of several, and all that the law wants said of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging.gsm import segments
from backorder.messaging.message_content import MessageContent
from backorder.messaging.render import lacks, render
from tests.contract.messaging.situations import AFTER, BEFORE, BY, LAST, LIKELY, SENT, SUM, content

LANGUAGES = ["en", "de", "es", "fr", "hi", "pt"]
PRODUCTS = ["Kestrel tent", "Oak desk lamp, brass", "Merino base layer, men’s, size L"]
PRODUCTS += ["Trail running shoe Heron GTX", "Folding chair", "Storm lantern", "Camp stove", "Down jacket"]
QUESTION = Facts(
    quantity=1,
    likely=LIKELY,
    by=BY,
    previous_by=BEFORE,
    why=Why.SUPPLY_MOVED,
    answer_by=LAST,
    ends_on=AFTER,
    silence="cancelled",
    refund=SUM,
)
DATELESS = replace(QUESTION, likely=None, by=None, why=Why.SUPPLIER_UNSURE)
UNPAID = replace(DATELESS, why=Why.UNPAID, unpaid=True, refundable=False, refund=None)
REFUSED = Facts(quantity=1, why=Why.REFUSED, silence="nothing", refund=SUM)
CANCELLED = Facts(quantity=1, refund=SUM, refund_by=LAST, reason="shop")
SENT_BACK = replace(CANCELLED, refund_by=None, refund_sent_on=SENT, means="card")


def about(
    kind: Kind, count: int, facts: Facts, language: str, *, days: tuple[str, ...] = ()
) -> MessageContent:
    """So many lines with different products and counts. days: what is a day later for each."""
    lines = [
        facts.replace(quantity=1 + n % 3, **{name: getattr(facts, name) + timedelta(days=n) for name in days})
        for n in range(count)
    ]
    sent = replace(content(kind, *lines), locale=language)
    named = zip(sent.items, PRODUCTS, strict=False)
    return replace(sent, items=tuple(replace(item, product=product) for item, product in named))


WINDOWS = ("likely", "by")
DEADLINES = (*WINDOWS, "answer_by", "ends_on")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("count", "facts", "days", "most", "in_hindi"),
    [
        (3, QUESTION, WINDOWS, 3, 5),
        (8, QUESTION, WINDOWS, 4, 8),
        (3, QUESTION, DEADLINES, 4, 6),
        (8, QUESTION, DEADLINES, 6, 10),
        (8, DATELESS, (), 4, 6),
        (3, UNPAID, (), 4, 6),
        (3, replace(QUESTION, ask_until=AFTER), WINDOWS, 3, 6),
        (3, REFUSED, (), 3, 4),
    ],
    ids=["windows", "many", "deadlines", "many deadlines", "no date", "unpaid", "may we", "refused"],
)
def test_a_question_about_several_says_all_that_the_law_wants_in_few_texts(
    count: int, facts: Facts, days: tuple[str, ...], most: int, in_hindi: int, language: str
) -> None:
    sent = about(Kind.CONSENT_REQUEST, count, facts, language, days=days)
    said = render(sent)
    assert not lacks(sent, said)
    assert segments(said.sms) <= (in_hindi if language == "hi" else most), said.sms


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_whose_text_leaves_a_day_out_lacks_what_silence_means(language: str) -> None:
    """Its day stands beside each line, and not in the sentence that says what no answer leads to."""
    sent = about(Kind.CONSENT_REQUEST, 3, QUESTION, language, days=DEADLINES)
    said = render(sent)
    other = about(Kind.CONSENT_REQUEST, 3, QUESTION, language, days=WINDOWS)
    assert lacks(sent, replace(said, sms=render(other).sms))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("facts", "days"), [(CANCELLED, ("refund_by",)), (SENT_BACK, ())])
def test_three_cancelled_lines_take_no_more_texts_than_they_need(
    facts: Facts, days: tuple[str, ...], language: str
) -> None:
    said = render(about(Kind.CANCELLED, 3, facts, language, days=days)).sms
    assert segments(said) <= {"hi": 4, "es": 3, "fr": 3, "pt": 3}.get(language, 2), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_becomes_of_several_rests_is_said_once_where_it_is_the_same(language: str) -> None:
    facts = CANCELLED.replace(remaining=2, unpaid=True, unanswered=2, silence="cancelled", answer_by=LAST)
    said, one = (render(about(Kind.CANCELLED, count, facts, language)).sms for count in (3, 2))
    assert segments(said) <= {"hi": 6}.get(language, 4), said
    assert said.count("2 x ") >= one.count("2 x "), "each is named"
