"""What goes into a call and comes out of it, for its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from backorder.schemas import Incoming

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """body: the model of what goes in, None for nothing. example: of it. optional: it may be left out.

    answers: by status, the type of what comes out; None for no body. problems: statuses of problem objects
    besides those that every call has. texts: an example
    of the body by its media type, where it is none of JSON.
    forms: an example of what comes out by its media type, where it comes in other forms besides `out`.
    left_out: fields of the model that the path says. made_up: fields that are made up where nobody says them.
    """

    body: type[Incoming] | None = None
    example: Mapping[str, object] | None = None
    optional: bool = False
    answers: Mapping[int, object] = field(default_factory=lambda: {200: dict})
    problems: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()
    made_up: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    out: str = "application/json"
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Items(Generic[T]):
    """A page of a list. cursor: where the next page begins; None after the last one.

    hint: how to ask, where the question means too much.
    """

    items: tuple[T, ...]
    cursor: str | None
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestAnswered:
    """What became of something that was asked of a line.

    request: its ID. verdict: accepted, recorded or ignored (without effect), pending (nobody has ruled on it
    yet: ask at `url`).
    """

    backorder: str
    request: str
    verdict: str
    effect: bool
    reason: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A line that is on record. new: it was not before. running: its workflow is known to run.

    flags: what it needs of a person. warnings: what to know of what was taken all the same.
    """

    id: str
    new: bool
    running: bool
    closed: bool
    flags: tuple[str, ...]
    warnings: tuple[str, ...]
    url: str
