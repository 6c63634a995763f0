"""What a number was texted lately, and an answer by text put on record for the lines that it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, select

from backorder import schemas
from backorder.domain.keys import joined
from backorder.domain.line.commands import Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.events import Event
from backorder.domain.line.legal_dates import open_question
from backorder.domain.text_answers import TextQuestion
from backorder.services.record_request import NewRequest, record_within
from backorder.storage.isolation import Apart, Failure, line
from backorder.storage.line_case import LineCase
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import backorders, inbound_texts, messages, products, sends

_OURS = (
    select(sends.c.text)
    .join(messages, messages.c.id == sends.c.message)
    .where(
        messages.c.person.in_(bindparam("people", expanding=True)),
        messages.c.done_at.is_not(None),
        sends.c.channel == "sms",
    )
    .order_by(messages.c.done_at.desc())
    .limit(30)
)

_ANSWERS = (
    select(inbound_texts.c.answer)
    .where(inbound_texts.c.sender == bindparam("sender"), inbound_texts.c.answer.is_not(None))
    .order_by(inbound_texts.c.received_at.desc())
    .limit(10)
)


_ORDERS = select(backorders.c.id, backorders.c.order_id).where(
    backorders.c.id.in_(bindparam("lines", expanding=True))
)


def person_of(customer: str) -> str:
    """How messages name a customer."""
    return joined("customer", customer)


def lately_texted(connection: Connection, customers: Sequence[str], number: str) -> list[str]:
    """The texts that some customers got lately, and those that answered their number by themselves.

    number: in its canonical form.
    """
    answers = [str(text) for text in connection.execute(_ANSWERS, {"sender": number}).scalars()]
    if not customers:
        return answers
    people = [person_of(each) for each in customers]
    return [*(str(text) for text in connection.execute(_OURS, {"people": people}).scalars()), *answers]


def one_an_order(connection: Connection, questions: Iterable[TextQuestion]) -> list[str]:
    """Of the questions those whose page says most: the newest about each order, by their sends, newest first.

    Those that wait for an answer alone, where any does.
    """
    asked = sorted(questions, key=lambda each: (each.accepted_at, each.id), reverse=True)
    asked = [each for each in asked if each.open] or asked[:1]
    lines = sorted({line for each in asked for line in each.about})
    orders = {row.id: row.order_id for row in connection.execute(_ORDERS, {"lines": lines})}
    found: dict[frozenset[str], str] = {}
    for each in asked:
        found.setdefault(frozenset(orders[line] for line in each.about), each.id)
    return list(found.values())


_PRODUCTS = (
    select(products.c.name)
    .join(backorders, backorders.c.sku == products.c.sku)
    .where(backorders.c.id.in_(bindparam("lines", expanding=True)))
    .order_by(backorders.c.id)
)
MOST_NAMES = 3
"""Products that one answer names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InVain:
    """Why an answer changes nothing, and since which day; None where there is none to name.

    products: of the lines about which it changes nothing, where it does about others; "" for no name.
    """

    why: Literal["left", "ended", "too_late", "unchanged"]
    on: date | None = None
    products: tuple[str, ...] = ()


def in_vain(
    connection: Connection,
    policies: PolicyRepository,
    question: TextQuestion,
    choice: Literal["keep", "cancel"],
    *,
    sid: str,
    at: datetime,
) -> InVain | None:
    """Why an answer would change nothing about the lines of a question, or about some of them, by name.

    None where it would about each, or where a line cannot be read.
    """
    found: dict[str, InVain] = {}
    failures: list[Failure] = []
    for backorder, revision in question.lines:
        with Apart(failures, *line(backorder)):
            record = LineCase(connection, policies, backorder)
            answer = _answer(choice, revision, sid=sid, at=at)
            event = answer.event(at, policies.calendar.day(at))
            if (why := next(_in_vain(record, event, at), None)) is not None:
                found[backorder] = why
    if not found or failures:
        return None
    reasons = set(found.values())
    why_all = reasons.pop() if len(reasons) == 1 else InVain(why="unchanged")
    return (
        why_all if len(found) == len(question.lines) else replace(why_all, products=_named(connection, found))
    )


def _named(connection: Connection, lines: Collection[str]) -> tuple[str, ...]:
    """What some lines are about, in their order; of many the first ones."""
    rows = connection.execute(_PRODUCTS, {"lines": sorted(lines)[:MOST_NAMES]})
    return tuple(dict.fromkeys(row.name for row in rows))


def _in_vain(record: LineCase, event: Event, at: datetime) -> Iterator[InVain]:
    """Why one line would not act on it; nothing where it would."""
    policy, state = record.policy, record.state
    fact = record.opening(at) or record.supply(at)
    if fact is not None:
        state = decide(policy, state, fact).state
    if decide(policy, state, event).verdict not in (Verdict.RECORDED, Verdict.REJECTED):
        return
    question, day = open_question(state), policy.calendar.day
    ended = [each.received_at for each in state.cancellations if each.units]
    if state.quantity.open:
        last = question.answer_by if question is not None else None
        late = last is not None and last < day(at)
        yield InVain(why="too_late", on=last) if late else InVain(why="unchanged")
    elif state.quantity.shipped:
        yield InVain(why="left", on=max(day(each.shipped_at) for each in state.shipments))
    elif ended:
        yield InVain(why="ended", on=day(max(ended)))
    else:
        yield InVain(why="unchanged")


def _answer(
    choice: Literal["keep", "cancel"], revision: int | None, *, sid: str, at: datetime
) -> schemas.Answer:
    return schemas.Answer(
        request_id=f"text-{sid}",
        choice=choice,
        revision=revision if choice == "keep" else None,
        via="sms",
        received_at=at,
        evidence=f"twilio/{sid}",
    )


def record_answers(
    connection: Connection,
    question: TextQuestion,
    choice: Literal["keep", "cancel"],
    *,
    sid: str,
    at: datetime,
    day: date,
) -> list[str]:
    """Put the answer on record for each line of the question. Returns the lines, which rule on it afterwards.

    sid: of the text, by which a repetition is known. at: business time; day: the shop's.
    """
    answered = []
    for backorder, revision in question.lines:
        answer = _answer(choice, revision, sid=sid, at=at)
        request = NewRequest(
            id=answer.key,
            kind=answer.kind,
            event=answer.event(at, day),
            given=answer.content(),
            evidence=answer.evidence,
        )
        record_within(connection, backorder, request, at)
        answered.append(backorder)
    return answered
