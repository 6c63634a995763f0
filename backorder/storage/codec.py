"""Values of the domain as JSON text, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from backorder.domain.json_types import Json, JsonObject
from backorder.domain.law.terms import Terms
from backorder.domain.line.alternatives import OfferTerms
from backorder.domain.line.events import Event
from backorder.domain.line.money_facts import Payment, PaymentState
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.state import Arrival, Quantity, State, Window
from backorder.domain.notifications import Facts
from backorder.domain.texts import shown
from backorder.errors import NewerVersionError, UnreadableError
from backorder.failures import in_words, kind_of
from backorder.ports import Notify, Reviewed
from backorder.storage.old_states import is_old, renewed
from backorder.storage.stored_state import PlainOffer, PlainState
from backorder.storage.types import Unreadable
from backorder.storage.unknown_fields import keep_unknown

T = TypeVar("T")
_NO_TERMS = Terms()

WHOLE_AT_MOST = 20_000
_WHOLE: dict[bytes, None] = {}
"""States that this process wrote, by their digests: this version knows every field of them, so that nothing
has to be looked for that it does not."""
_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


# Adapters are made when they are first needed: that takes tens of milliseconds, which few commands need pay.
@cache
def _state() -> TypeAdapter[State]:
    return TypeAdapter(State)


@cache
def _window() -> TypeAdapter[Window]:
    return TypeAdapter(Window)


@cache
def _facts() -> TypeAdapter[Facts]:
    return TypeAdapter(Facts)


@cache
def _reviewed() -> TypeAdapter[tuple[Reviewed, Notify]]:
    return TypeAdapter(tuple[Reviewed, Notify])


@cache
def _opened() -> TypeAdapter[_Opened]:
    return TypeAdapter(_Opened)


@cache
def _of_the_start() -> TypeAdapter[_OfTheStart]:
    return TypeAdapter(_OfTheStart)


@cache
def _request(kind: str) -> TypeAdapter[Event]:
    return TypeAdapter(REQUEST_KINDS[kind].event)


def dump_state(state: State) -> str:
    """The state, without what lies around the line."""
    return _state().dump_json(state, exclude={"context"}, exclude_defaults=True).decode()


def write_back(text: str, before: State, state: State) -> str:
    """The state, over the text from which it was loaded (`before`).

    What this version does not know stays: unknown fields of the line, and those of its parts, as long as the
    parts are the same ones.
    """
    new = json.loads(dump_state(state))
    if _digest(text) not in _WHOLE:
        old = json.loads(text)
        if json.loads(dump_state(before)) != old:
            return dump_json(keep_unknown(old, _whole(before), _whole(state), new))
    written = dump_json(new)
    _WHOLE[_digest(written)] = None
    if len(_WHOLE) > WHOLE_AT_MOST:
        with suppress(KeyError, RuntimeError):  # another thread was first
            del _WHOLE[next(iter(_WHOLE))]
    return written


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _whole(state: State) -> Json:
    """Every field that this version knows of, those with their usual values too."""
    whole: Json = _state().dump_python(state, mode="json", exclude={"context"})
    return whole


def load_state(text: str) -> State:
    """The state. Fields that an older version did not write have their defaults.

    Raises NewerVersionError for a message of a kind that only a newer version knows.
    """
    return _loaded("the state", _read_state, text)


def _read_state(text: str) -> State:
    try:
        return _state().validate_json(json.dumps(_read(text)) if is_old(text) else text)
    except ValidationError as error:
        if any(_is_newer(each["type"], each["loc"]) for each in error.errors(include_url=False)):
            raise NewerVersionError from None
        raise


def _is_newer(fault: str, place: tuple[int | str, ...]) -> bool:
    return fault == "enum" and place[-1] == "kind"


def _read(text: str) -> PlainState:
    state: PlainState = renewed(from_json(text)) if is_old(text) else from_json(text)
    return state


@cache
def _terms() -> TypeAdapter[OfferTerms]:
    return TypeAdapter(OfferTerms)


def load_terms(text: str | None) -> OfferTerms | None:
    """How an offer stood that was refused; None where none was."""
    return _loaded("the terms of an offer", _terms().validate_json, text) if text else None


def plain_state(text: str) -> PlainState:
    """The state as plain JSON, for who only counts. Raises UnreadableError."""
    return _loaded("the state", _read, text)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ordered:
    ordered: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Paid:
    state: PaymentState
    currency: str
    unit_price: Decimal
    line_paid: Decimal
    shipping_paid: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opened:
    """What of a state stays as it was when the line was opened, and what was offered since."""

    id: str
    order_id: str
    line_id: str
    sku: str
    ordered_at: datetime
    ordered_on: date
    opened_at: datetime
    quantity: _Ordered
    payment: _Paid
    terms: Terms = _NO_TERMS
    offers: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _OfTheStart:
    payment: PaymentState | None = None


def opened_state(text: str, content: str | None) -> tuple[State, tuple[PlainOffer, ...]]:
    """The state of a line as it was opened, before anything was heard of it; and what was offered since, as
    plain JSON.

    content: what it was opened with, which says how its payment stood then; None where that is not known.
    Only what is asked for is read of either text. Raises UnreadableError.
    """
    found = _loaded("the state", _read_opened, text)
    start = _loaded("what a line was opened with", _of_the_start().validate_json, content or "{}")
    paid = found.payment
    payment = Payment(
        state=start.payment or paid.state,
        currency=paid.currency,
        unit_price=paid.unit_price,
        line_paid=paid.line_paid,
        shipping_paid=paid.shipping_paid,
    )
    state = State(
        id=found.id,
        order_id=found.order_id,
        line_id=found.line_id,
        sku=found.sku,
        quantity=Quantity(ordered=found.quantity.ordered),
        ordered_at=found.ordered_at.astimezone(UTC),
        ordered_on=found.ordered_on,
        opened_at=found.opened_at.astimezone(UTC),
        payment=payment,
        terms=found.terms,
    )
    return state, cast("tuple[PlainOffer, ...]", found.offers)


def _read_opened(text: str) -> _Opened:
    if is_old(text):
        return _opened().validate_python(_read(text))
    return _opened().validate_json(text)


def dump_window(window: Window) -> str:
    """A promised window."""
    return _window().dump_json(window).decode()


def load_window(text: str) -> Window:
    """A promised window."""
    return _loaded("a window", _window().validate_json, text)


def dump_facts(facts: Facts) -> str:
    """What a message states, without what it does not."""
    return _facts().dump_json(facts, exclude_defaults=True).decode()


def load_facts(text: str) -> Facts:
    """What a message states."""
    return _loaded("what a message states", _facts().validate_json, text)


def dump_reviewed(reviewed: Reviewed, after: Notify) -> str:
    """A review's answer, as it is kept for a repetition."""
    return _reviewed().dump_json((reviewed, after)).decode()


def load_reviewed(text: str) -> tuple[Reviewed, Notify]:
    """A review's answer."""
    return _loaded("an answer", _reviewed().validate_json, text)


def dump_request(kind: str, event: Event) -> str:
    """A request as the event that it will become."""
    return _request(kind).dump_json(event).decode()


def load_request(kind: str, text: str) -> Event:
    """The event of a request."""
    return _loaded("a request", lambda given: _request(kind).validate_json(given), text)


def dump_json(value: object) -> str:
    """Plain JSON with sorted keys, so that equal content is equal text."""
    return _PLAIN.encode(value)


def load_arrivals(text: str) -> tuple[Arrival, ...]:
    """The arrivals of a demand: rows of quantity, likely, by, source."""
    return load_pegs(text)[0]


def load_pegs(text: str) -> tuple[tuple[Arrival, ...], tuple[tuple[int, str | None], ...]]:
    """The arrivals of a demand, and how many units each has of which supply. Raises UnreadableError."""
    return _loaded("what a line is pegged to", _read_pegs, text)


def _read_pegs(text: str) -> tuple[tuple[Arrival, ...], tuple[tuple[int, str | None], ...]]:
    rows = from_json(text)
    arrivals = [Arrival(quantity=_units(row[0]), likely=_day(row[1]), by=_day(row[2])) for row in rows]
    return tuple(arrivals), tuple([(row[0], row[3] if len(row) > 3 else None) for row in rows])


def _units(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{shown(value)} is no number of units")
    return value


@lru_cache(maxsize=8192)
def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def load_json(text: str, what: str) -> Json:
    """Plain JSON. what: it is, in words. Raises UnreadableError."""
    found: Json = _loaded(what, from_json, text)
    return found


def load_object(text: str, what: str) -> JsonObject:
    """A JSON object. what: it is, in words. Raises UnreadableError, also for JSON of another kind."""
    found = load_json(text, what)
    if not isinstance(found, dict):
        raise UnreadableError(f"{what} cannot be read")
    return found


def _loaded(what: str, load: Callable[[str], T], text: str | Unreadable) -> T:
    """What is stored as text, read. Raises UnreadableError for a text that is not of its form."""
    if isinstance(text, Unreadable):
        raise text.error
    try:
        return load(text)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise UnreadableError(f"{what} cannot be read: {kind_of(error)}, {in_words(error)}") from error


def digest(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
