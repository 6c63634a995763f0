"""Whether what comes in again is what is on record: the content of a line, and whom a customer's ID names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from shlex import quote
from typing import TYPE_CHECKING, Protocol, overload

from backorder.domain.money import rounded
from backorder.domain.texts import shown
from backorder.errors import ConflictError
from backorder.storage.codec import dump_json, load_object, load_request

if TYPE_CHECKING:
    from backorder.schemas import Customer, OrderLine

_AS_KEPT = {"at": "as_of"}
_OF_A_KIND = {("promise", "by"): "by_date"}
"""Fields of requests that their events know by another name, since each event has an `at` of its own."""
_SEALED = {
    "evidence": "is not what was given before",
    "text": "is not what was given before",
}
"""Fields whose values nobody reads back, and what is said instead."""


def content_of(line: OrderLine) -> str:
    """What two posts of a line are compared by, as JSON: everything but the customer's contact."""
    whole = line.model_dump(mode="python", exclude={"customer"}) | {"customer.id": line.customer.id}
    if line.line_paid is None:
        whole["line_paid"] = rounded(line.unit_price * line.quantity, line.currency)
    return dump_json(_plain(whole))


class KeptLineRow(Protocol):
    content: str | None
    id: str


def compare(line: OrderLine, known: KeptLineRow) -> None:
    """Compare a line with the row that has its ID. What was not given does not count.

    Raises ConflictError, which names each field that differs with both values.
    """
    if known.content is None:
        raise ConflictError(f"backorder {known.id} exists already, with other content")
    given = line.model_fields_set | {"customer.id"}
    before, now = load_object(known.content, "what a line was opened with"), json.loads(content_of(line))
    before = {name: before.get(name) for name in given & now.keys()}
    now = {name: now[name] for name in given & now.keys()}
    must_agree(f"backorder {known.id} exists already", before, now)


def must_agree(what: str, on_record: Mapping[str, object], given: Mapping[str, object]) -> None:
    """Compare what is on record with what came in again; both have the same names.

    Raises ConflictError, which says `what` and names each field that differs with both values.
    """
    before, now = _flat(_plain(dict(on_record))), _flat(_plain(dict(given)))
    differing = [
        (name, _SEALED.get(name) or _difference(before.get(name), now.get(name)))
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]
    if differing:
        raise ConflictError(f"{what}, with other content", differing)


def _difference(before: object, now: object) -> str:
    here = "not set here" if now is None else f"not {_shown(now)}"
    return f"is {_shown(before)}, {'and ' if now is None else ''}{here}"


def repeatable(given: Mapping[str, object]) -> str:
    """What two requests are compared by first, as JSON."""
    return dump_json(_plain(dict(given)))


class KeptRequestRow(Protocol):
    kind: str
    content: str
    evidence: str
    id: str
    backorder: str


def compare_request(known: KeptRequestRow, kind: str, given: Mapping[str, object]) -> None:
    """Compare what was asked with the request that has its ID. What was not given does not count.

    Raises ConflictError, which names each field that differs with both values.
    """
    what = f"{known.id} was asked of {known.backorder} before"
    if known.kind != kind:
        raise ConflictError(f"{what}, as another request: it is a {known.kind}, not a {kind}")
    event = load_request(kind, known.content)
    before = {name: getattr(event, _kept_as(kind, name), None) for name in given}
    if "evidence" in given:
        before["evidence"] = known.evidence
    if "text" in given:
        before["text"] = known.evidence
    must_agree(what, before, given)


def _kept_as(kind: str, name: str) -> str:
    return _OF_A_KIND.get((kind, name)) or _AS_KEPT.get(name, name)


def _flat(content: Mapping[str, object]) -> dict[str, object]:
    """What is nested, by dotted names, so that a difference names the very field."""
    flat: dict[str, object] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items() if each is not None}
        elif value not in (None, [], ""):
            flat[name] = value
    return flat


def _shown(value: object) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    return "not set" if value is None else shown(value)[1:-1]


@overload
def _plain(value: dict[str, object]) -> dict[str, object]: ...
@overload
def _plain(value: object) -> object: ...
def _plain(value: object) -> object:
    """JSON in which equal values are equal: instants in UTC, amounts without trailing zeros."""
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
    return value


class Reached(Protocol):
    name: str
    email: str | None
    phone: str | None


def same_person(customer: Customer, known: Reached) -> None:
    """Whether a customer is whom the row with their ID names. Raises ConflictError where nothing agrees.

    A new name, a new address or a new number alone is the same person with news.
    """
    ours = {"name": customer.name, "email": customer.email, "phone": customer.phone}
    theirs = {name: getattr(known, name) for name in ours}
    held = any(theirs[name] for name in ("email", "phone"))
    if not held or any(ours[name] and _fold(ours[name]) == _fold(theirs[name]) for name in ours):
        return
    differing = "; ".join(_differing(ours, theirs))
    words = (
        f"names another person: {differing}. Give this customer an ID of their own, or correct what is on "
        "record (PUT /v1/customers/{id}, `backorder customer set`)"
    )
    raise ConflictError(f"customer {shown(customer.id)} is on record", [("customer.id", words)])


def additions_of(customer: Customer, known: Reached) -> list[str]:
    """What a line says of its customer that is not what their row says, and is not taken; each in words."""
    found = []
    for name in ("name", "email", "phone"):
        ours, theirs = getattr(customer, name), getattr(known, name)
        if ours and _fold(ours) != _fold(theirs or ""):
            how = f"if it is the new one, `backorder customer set {quote(customer.id)} --{name} ...`"
            stays = f"{masked(theirs)} is on record for this customer and stays"
            kept = stays if theirs else "none is on record for this customer"
            found.append(f"customer.{name}: {kept}; {masked(ours)} is not taken: {how}")
    return found


def _differing(ours: Mapping[str, str | None], theirs: Mapping[str, str | None]) -> Iterator[str]:
    for name in ours:
        if ours[name] or theirs[name]:
            yield f"{name} is {masked(theirs[name])} on record, and {masked(ours[name])} here"


def masked(contact: str | None) -> str:
    """A name, an address or a number of which only as much is seen as tells two apart."""
    if not contact:
        return "nothing"
    if contact.startswith("+"):
        return f"{contact[:3]}…{contact[-2:]}"
    name, at, host = contact.partition("@")
    words = " ".join(f"{word[:1]}…" for word in name.split())
    return f"{words}{at}{host}"


def _fold(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
