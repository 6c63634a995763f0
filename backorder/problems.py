"""What went wrong as programs read it: problem objects (RFC 9457), one row a kind of error."""

from __future__ import annotations

from dataclasses import asdict
from typing import Required, TypedDict

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

MEDIA_TYPE = "application/problem+json"
PROBLEMS: tuple[tuple[type[BackorderError], str, str, int], ...] = (
    (WouldDropError, "would-drop", "It gives up something that is on record.", 409),
    (RefusedError, "refused", "The input is wrong.", 422),
    (ConflictError, "conflict", "The same ID was used before with other content.", 409),
    (ErasureWaitsError, "erasure-waits", "The wish is kept, and carried out later.", 409),
    (RejectedError, "rejected", "As things stand this cannot be done.", 409),
    (RepeatedKeyError, "repeated-key", "The idempotency key was used for something else.", 422),
    (PreconditionError, "precondition", "It was changed meanwhile.", 412),
    (UnauthorizedError, "unauthorized", "A key is needed.", 401),
    (ForbiddenError, "forbidden", "The key may not do this.", 403),
    (UnknownBackorderError, "unknown", "There is no such backorder.", 404),
    (UnknownMessageError, "unknown", "There is no such message.", 404),
    (UnknownCustomerError, "unknown", "There is no such customer.", 404),
    (UnknownError, "unknown", "There is no such thing.", 404),
    (NewerVersionError, "newer-version", "A newer version of the program wrote this; ask one of those.", 503),
    (AwayError, "away", "Something that is needed does not answer.", 503),
    (SetupError, "setup", "A setting or a part that is needed is missing or wrong.", 503),
    (BackorderError, "error", "Something about the request is wrong.", 400),
)
"""Errors, the more special first: the end of the type's URN, the title, HTTP's status."""


class Problem(TypedDict, total=False):
    """A problem object. errors, fields: what is wrong with each field; terms: how an offer stands now."""

    type: Required[str]
    title: Required[str]
    status: Required[int]
    detail: Required[str]
    errors: list[dict[str, str]]
    terms: dict[str, object]


def problem(error: BackorderError) -> Problem:
    """An error as RFC 9457 has it: type, title, status, detail, and what is wrong with each field."""
    _, name, title, status = next(row for row in PROBLEMS if isinstance(error, row[0]))
    found: Problem = {
        "type": f"urn:backorder:{name}",
        "title": title,
        "status": status,
        "detail": str(error),
    }
    if isinstance(error, RefusedError):
        found["errors"] = [
            _field_fault(name, words)
            for where, words in map(parted, error.faults)
            for name in where.split(", ")
        ]
    if isinstance(error, RejectedError) and error.terms is not None:
        found["terms"] = asdict(error.terms)
    if isinstance(error, ConflictError) and error.differing:
        found["errors"] = [_field_fault(name, words) for name, words in error.differing]
    return found


def parted(fault: str) -> tuple[str, str]:
    """Where a fault is, and what it is: `--quantity`, several with commas between, or "" for no place."""
    where, colon, words = fault.partition(": ")
    named = bool(colon and words) and not any(set(each) & set(' "') for each in where.split(", "))
    return (where, words) if named else ("", fault)


def _field_fault(where: str, words: str) -> dict[str, str]:
    return {"field": where, "detail": words}
