"""Recorded lines as text, one JSON object a line, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import TypedDict

from pydantic import TypeAdapter

from backorder.domain.backtest.history import LineHistory
from backorder.domain.json_types import Json
from backorder.domain.line.events import Event, SupplyChanged, name_of
from backorder.domain.line.request_kinds import REQUEST_KINDS

_KINDS: tuple[type[Event], ...] = (SupplyChanged, *(each.event for each in REQUEST_KINDS.values()))
_PLAYED = {name_of(kind): kind for kind in _KINDS}


@cache
def _histories() -> TypeAdapter[LineHistory]:
    return TypeAdapter(LineHistory)


@cache
def _event(name: str) -> TypeAdapter[Event]:
    return TypeAdapter(_PLAYED[name])


def write_histories(histories: Iterable[LineHistory]) -> str:
    """The lines, one a line of the text."""
    return "".join(f"{_written(each)}\n" for each in histories)


def _written(history: LineHistory) -> str:
    whole = json.loads(_histories().dump_json(replace(history, facts=()), exclude={"state": {"context"}}))
    whole["facts"] = [
        {"event": name_of(type(each))} | json.loads(_event(name_of(type(each))).dump_json(each))
        for each in history.facts
    ]
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_histories(text: str) -> list[LineHistory]:
    """The lines of such a text. Raises ValueError for one that is none."""
    return [_read(json.loads(line)) for line in text.splitlines() if line]


class _Fact(TypedDict, total=False):
    """What was heard of a line. event: its kind; the other fields are those of its kind."""

    event: str


class _Whole(TypedDict, total=False):
    """What is read here of a line; heard: as versions before called what is `told`."""

    heard: Json
    told: Json
    facts: Sequence[_Fact]


def _read(whole: _Whole) -> LineHistory:
    if "heard" in whole:
        whole["told"] = whole.pop("heard")
    facts = [_event(each.pop("event")).validate_json(json.dumps(each)) for each in whole.pop("facts")]
    return replace(_histories().validate_json(json.dumps({**whole, "facts": []})), facts=facts)
