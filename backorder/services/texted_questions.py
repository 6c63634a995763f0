"""What a number was asked by text, and whether the next text to it may ask for a digit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from zlib import crc32

from sqlalchemy import Connection, bindparam, literal_column, or_, select, text

from backorder.domain.contacts import canonical, spellings
from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.message_keys import original_key
from backorder.domain.line.state import State
from backorder.domain.notifications import DIGIT_KINDS
from backorder.domain.text_answers import TextQuestion, may_ask
from backorder.storage.codec import load_state
from backorder.storage.compiled import fetch
from backorder.storage.isolation import line, sound, words
from backorder.storage.second_way import SUFFIX
from backorder.storage.tables import backorders, message_items, messages, sends

if TYPE_CHECKING:
    from backorder.services.prepared_messages import Prepared

_QUESTIONS = (
    select(
        sends.c.id.label("send"),
        sends.c.address,
        sends.c.state.label("stands"),
        sends.c.recorded_at,
        sends.c.digits,
        message_items.c.backorder,
        message_items.c.step,
        message_items.c.revision,
        backorders.c.state,
    )
    .join(messages, messages.c.id == sends.c.message)
    .join(message_items, message_items.c.message == sends.c.message)
    .join(backorders, backorders.c.id == message_items.c.backorder)
    .where(
        literal_column("sends.channel = 'sms'"),  # as the index says it
        messages.c.kind.in_([kind.value for kind in DIGIT_KINDS]),
    )
)
_ASKED = _QUESTIONS.where(
    backorders.c.customer.in_(bindparam("customers", expanding=True)),
    sends.c.state == "sent",
    sends.c.recorded_at.is_not(None),
)
_ON_THEIR_WAY = ("claimed", "unknown")
_MAY_WAIT = _QUESTIONS.where(
    sends.c.address.in_(bindparam("numbers", expanding=True)),
    sends.c.state.in_(("sent", *_ON_THEIR_WAY)),
    or_(sends.c.delivery.is_(None), sends.c.delivery != "bounced"),
    backorders.c.closed_at.is_(None),
)
_LOCK_SPACE = 0x61736B73
_LOCK = text(f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, :number)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A question as far as it is about one line. open: the line still waits for an answer."""

    send: str
    address: str
    accepted_at: datetime
    digits: bool
    backorder: str
    revision: int | None
    open: bool


class _AskedRow(Protocol):
    send: str
    address: str | None
    stands: str
    recorded_at: datetime
    digits: bool
    backorder: str
    step: str
    revision: int | None
    state: str


def asked_at(connection: Connection, customers: Sequence[str], number: str) -> list[TextQuestion]:
    """Every question that was texted to a number, answered or not. number: in its canonical form.

    A line that cannot be read asks nothing: it is noted, and a person reads the text.
    """
    if not customers:
        return []
    rows = connection.execute(_ASKED, {"customers": list(customers)})
    found, _ = sound(rows, _part, lambda row: line(row.backorder))
    parts: dict[tuple[str, datetime], list[_Part]] = defaultdict(list)
    for part in found:
        if canonical("sms", part.address) == number:
            parts[part.send, part.accepted_at].append(part)
    return [
        TextQuestion(
            id=send,
            accepted_at=accepted_at,
            lines=tuple(sorted((part.backorder, part.revision) for part in mine)),
            waiting=frozenset(part.backorder for part in mine if part.open),
            digits=mine[0].digits,
        )
        for (send, accepted_at), mine in parts.items()
    ]


def _part(row: _AskedRow) -> _Part:
    state = load_state(row.state)
    return _Part(
        send=row.send,
        address=row.address or "",
        accepted_at=row.recorded_at,
        digits=row.digits,
        backorder=row.backorder,
        revision=row.revision or _asked_again(state, row.step),
        open=_is_open(state),
    )


def _is_open(state: State) -> bool:
    return state.quantity.open > 0 and open_question(state) is not None


def _asked_again(state: State, step: str) -> int | None:
    """The revision of the question that a step asks once more: what promises nothing new has none of its own,
    be it sent again, to a new address or by a second way.

    None where the line remembers it no more.
    """
    key = original_key(step.removesuffix(SUFFIX))
    return next((each.revision for each in state.questions if each.key == key), None)


def waiting_at(connection: Connection, numbers: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The lines of which some numbers were asked by text and that wait for an answer, by the number in its
    canonical form. What may be on its way waits too, and so does a line that cannot be read.
    """
    wanted = sorted({spelling for number in numbers for spelling in spellings(number)})
    if not wanted:
        return {}
    rows = fetch(connection, _MAY_WAIT, {"numbers": wanted})
    read, failures = sound(rows, _waiting, lambda row: line(row.backorder))
    unread = {each.backorder for each in failures}
    found: dict[str, set[str]] = defaultdict(set)
    guessed = [row for row in rows if row.backorder in unread]
    unsound = ((canonical("sms", words(each.address) or ""), each.backorder) for each in guessed)
    for number, backorder in (*(each for each in read if each is not None), *unsound):
        found[number].add(backorder)
    return {number: frozenset(lines) for number, lines in found.items()}


def _waiting(row: _AskedRow) -> tuple[str, str] | None:
    """The number and the line, if that waits for an answer or is being asked."""
    state = load_state(row.state)
    waits = state.quantity.open > 0 if row.stands in _ON_THEIR_WAY else _is_open(state)
    return (canonical("sms", row.address or ""), row.backorder) if waits else None


class DigitsAsked:
    """Which of a batch's texts may ask for a digit, within the transaction that claims them.

    Two dispatchers wait for each other where they ask the same number, be it by the link alone: it is locked
    after lines and messages, and before channels (decision 21).
    """

    def __init__(self, connection: Connection, prepared: Sequence[Prepared]) -> None:
        numbers = sorted({number for each in prepared if (number := _number(each))})
        if connection.dialect.name == "postgresql":  # elsewhere one writes at a time
            for number in numbers:
                connection.execute(_LOCK, {"number": crc32(number.encode()) - 2**31})
        named = {_number(each) for each in prepared if _names_digits(each)}
        self._waiting = dict(waiting_at(connection, filter(None, named)))

    def are_overtaken(self, message: Prepared) -> bool:
        """Whether a text names digits that it must not any more: another question came before it."""
        number = _number(message)
        named = bool(number) and _names_digits(message)
        return named and not may_ask(_lines(message), self._waiting.get(number, ()))

    def note(self, message: Prepared) -> None:
        """A question goes by text: what comes after it in the batch asks the same number for no digit."""
        if number := _number(message):
            self._waiting[number] = self._waiting.get(number, frozenset()) | _lines(message)


def _number(message: Prepared) -> str:
    """The number that a message may ask by text, in its canonical form; "" for none."""
    routed = message.routed
    if routed is None or message.row.kind not in DIGIT_KINDS:
        return ""
    return next((canonical("sms", way.to) for way in routed.route.ways if way.channel == "sms"), "")


def _names_digits(message: Prepared) -> bool:
    """Whether a digit would answer it: else it has the link alone."""
    return message.routed is not None and message.routed.content.digits


def _lines(message: Prepared) -> frozenset[str]:
    return frozenset(item.backorder for item in message.routed.items) if message.routed else frozenset()
