"""Values of the domain as JSON text, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from backorder.domain.json_types import Json
from backorder.domain.line.alternatives import OfferTerms
from backorder.domain.line.events import Event
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.state import Arrival, State, Window
from backorder.domain.notifications import Facts
from backorder.errors import NewerVersionError, UnreadableError
from backorder.failures import in_words, kind_of
from backorder.ports import Notify, Reviewed
from backorder.storage.old_states import is_old, renewed
from backorder.storage.stored_state import PlainState
from backorder.storage.types import Unreadable
from backorder.storage.unknown_fields import keep_unknown

T = TypeVar("T")

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
def _arrivals() -> TypeAdapter[tuple[Arrival, ...]]:
    return TypeAdapter(tuple[Arrival, ...])


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
    old, new = json.loads(text), json.loads(dump_state(state))
    if json.loads(dump_state(before)) != old:
        new = keep_unknown(old, _whole(before), _whole(state), new)
    return dump_json(new)


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


_AT_THE_START = ("id", "order_id", "line_id", "sku", "ordered_at", "ordered_on", "opened_at", "terms")
_PAID = ("currency", "unit_price", "line_paid", "shipping_paid")


def opened_state(plain: PlainState, payment: str | None) -> State:
    """The state of a line as it was opened, before anything was heard of it. payment: how it stood then.

    Raises UnreadableError.
    """
    paid = plain["payment"]
    first = {name: value for name, value in plain.items() if name in _AT_THE_START}
    first["quantity"] = {"ordered": plain["quantity"]["ordered"]}
    known = {name: value for name, value in paid.items() if name in _PAID}
    first["payment"] = known | {"state": payment or paid["state"]}
    return _loaded("the state", lambda given: _state().validate_python(first), "")


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
    return _loaded("what a line is pegged to", _read_arrivals, text)


def _read_arrivals(text: str) -> tuple[Arrival, ...]:
    rows = json.loads(text)
    return _arrivals().validate_python([{"quantity": row[0], "likely": row[1], "by": row[2]} for row in rows])


def load_json(text: str, what: str) -> Any:
    """Plain JSON. what: it is, in words. Raises UnreadableError."""
    return _loaded(what, from_json, text)


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
