"""Examples of what goes wrong: made of the errors themselves, as the server makes its answers of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from backorder.errors import (
    AwayError,
    BackorderError,
    ConflictError,
    ErasureWaitsError,
    ForbiddenError,
    NewerVersionError,
    PreconditionError,
    RefusedError,
    RejectedError,
    RepeatedKeyError,
    SetupError,
    UnauthorizedError,
    UnknownBackorderError,
    UnknownCustomerError,
    UnknownError,
    UnknownMessageError,
    WouldDropError,
)
from backorder.problems import problem
from backorder.services.message_previews import NO_PAGES
from web import failures
from web.answers import plain_problem
from web.bodies import LONGEST_WAIT_S, MOST, parsed
from web.failures import HttpError

KEYED = "Idempotency-Key"
"""Stands for calls that take one, among the places of an error."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """An error as somebody may meet it. places: parts of the calls, as in `PUT /v1/…`, that have it."""

    error: BackorderError
    places: tuple[str, ...] = ("",)


_RAISED = (
    _Shown(
        WouldDropError(["line 2 with 4 units of DESK is not ordered any more"]),
        ("PUT /v1/purchase-orders/{id}",),
    ),
    _Shown(RefusedError(["quantity: 0 is out of bounds; it must be 1 to 1000000", "reason: is missing"])),
    _Shown(ConflictError("A-1001/1 is on record already", [("quantity", "is 2, not 3")])),
    _Shown(ErasureWaitsError("C-7", ["A-1001/1 is open"], date(2026, 7, 1)), ("DELETE /v1/customers/",)),
    _Shown(RejectedError(NO_PAGES), ("/message-templates/",)),
    _Shown(RejectedError("as things stand there is nothing left to cancel")),
    _Shown(RepeatedKeyError("this Idempotency-Key was used for another request"), (KEYED,)),
    _Shown(PreconditionError()),
    _Shown(UnauthorizedError()),
    _Shown(ForbiddenError("this needs the role agent; the key has storefront")),
    _Shown(UnknownBackorderError("A-1001/9"), ("{order}",)),
    _Shown(UnknownMessageError("3f9a1c0b"), ("/messages/{id}",)),
    _Shown(UnknownCustomerError("C-9"), ("/v1/customers/",)),
    _Shown(UnknownError("there is no product DESK"), ("/products/", "/stock/", "/prices/")),
    _Shown(UnknownError("there is no supplier birch"), ("/suppliers/{id}",)),
    _Shown(UnknownError("there is no purchase order PO-9"), ("/purchase-orders/{id}",)),
    _Shown(UnknownError("there is no channel fax"), ("/channels/",)),
    _Shown(UnknownError("there is no receiver erp"), ("/receivers/{id}",)),
    _Shown(UnknownError("there is no key 3fK29dQ0aLpc"), ("/keys/",)),
    _Shown(UnknownError("there is no task 9f2c"), ("/tasks/",)),
    _Shown(UnknownError("there is no policy patient"), ("/policies/{name}",)),
    _Shown(UnknownError("there is no kind of message remind"), ("/message-previews/",)),
    _Shown(NewerVersionError("a newer version of the program wrote this; ask one of those")),
    _Shown(AwayError("Temporal does not answer")),
    _Shown(SetupError("BACKORDER_SECRET is not set")),
    _Shown(BackorderError()),
)
"""At least one of each row of the table of problems."""


def problem_examples(status: int, call: str, *, keyed: bool) -> Mapping[str, Mapping[str, object]]:
    """What a call answers with a status, by name. call: its method and path. keyed: it takes a key."""
    found: dict[str, Mapping[str, object]] = {}
    if keyed:
        call = f"{call} {KEYED}"
    for value in (*_of_errors(call), *_of_statuses()):
        if value["status"] == status:
            name = str(value["type"]).rpartition(":")[2]
            found.setdefault(name, {"summary": value["title"], "value": value})
    return found


def _of_errors(call: str) -> Iterator[Mapping[str, object]]:
    for each in _RAISED:
        if any(place in call for place in each.places):
            yield {**problem(each.error)}


def _of_statuses() -> Iterator[Mapping[str, object]]:
    """What has no kind of its own: HTTP itself says it."""
    try:
        parsed('{"quantity": 2')
    except HttpError as unreadable:
        yield plain_problem(unreadable.status, unreadable.words)
    for error in (
        failures.too_slow(LONGEST_WAIT_S),
        failures.too_large(MOST),
        failures.no_json(),
        failures.too_many(3),
    ):
        yield plain_problem(error.status, error.words)
    yield plain_problem(500, failures.DEFECT)
    yield plain_problem(503, failures.AWAY)
