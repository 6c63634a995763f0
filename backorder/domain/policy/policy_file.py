"""Reading a policy file: every fault at once, each with its key and line."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from backorder.domain.calendar import Calendar
from backorder.domain.durations import parse_duration, whole_days
from backorder.domain.notifications import SUPPLIER_KINDS, Kind
from backorder.domain.policy.policy import (
    ACTIONS,
    CHANNELS,
    MEASURES,
    PACKS,
    PARTIALS,
    Action,
    Measure,
    Partial,
    Policy,
    PromiseRules,
    Stage,
    UpdateRules,
)
from backorder.domain.texts import shown

T = TypeVar("T")
LARGEST = 1 << 18
"""Letters of a policy, at most."""
_NOT_ACTED_ON = {
    ("updates", "quiet_hours"): "is read, but this version does not hold messages for quiet hours yet",
    ("updates", "both"): "is read, but this version does not send a message on two channels yet",
    ("duties", "pack"): "is read, but this version does not act on duties yet",
}
"""Keys of a valid policy that do nothing so far."""
_NEVER: tuple[Measure, int] = ("waited", 0)
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong. key: dotted, "" for the file itself. line: from 1."""

    key: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key + ': ' if self.key else ''}{self.problem}"


class PolicyError(ValueError):
    """The policy cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


def read_policy(text: str, *, calendar: Calendar | None = None) -> Policy:
    """Read a policy from TOML.

    Raises PolicyError with every fault, in the order of the lines; nothing is half-loaded.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise PolicyError(
            [Fault(key="", line=1, problem=f"is longer than {LARGEST} letters, so it is no policy")]
        )
    try:
        text.encode()
        table = tomllib.loads(text)
    except RecursionError:
        raise PolicyError([Fault(key="", line=1, problem="this is nested too deeply")]) from None
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        problem = re.sub(r" \(at (line|end).*", "", str(error))
        if problem.startswith(_TWICE):
            problem = "something stands here for the second time"
        raise PolicyError(
            [Fault(key="", line=line, problem=f"this is not TOML: {_printable(problem)}")]
        ) from None
    reader = _Reader(_lines(text))
    policy = _policy(reader, table, text, calendar or Calendar())
    if reader.faults:
        raise PolicyError(sorted(reader.faults, key=lambda fault: fault.line))
    return policy


def warnings_of(text: str) -> list[Fault]:
    """What a policy says that this version does not act on, or that can hardly be meant.

    The policy is one that `read_policy` takes.
    """
    text = text.removeprefix("\ufeff")
    table, lines = tomllib.loads(text), _lines(text)
    found = [
        Fault(key=f"{section}.{key}", line=lines.get(f"{section}.{key}", 1), problem=words)
        for (section, key), words in _NOT_ACTED_ON.items()
        if key in table.get(section, {})
    ]
    for index, stage in enumerate(table.get("stages", [])):
        ((measure, length),) = stage["when"].items()
        if measure in ("delay", "waited") and not _days(length):
            key = f"stages[{index + 1}].when"
            words = f"{measure} = {length} falls due with every line's first look"
            found.append(Fault(key=key, line=lines.get(f"stages.{index}.when", 1), problem=words))
    return sorted(found, key=lambda fault: fault.line)


def _printable(words: str) -> str:
    return shown(words)[1:-1]


def _policy(reader: _Reader, table: Mapping[str, Any], text: str, calendar: Calendar) -> Policy:
    top = reader.section(table, "", "name", "partial", "promise", "updates", "stages", "duties", "refunds")
    promise = reader.section(top.table("promise"), "promise", *PromiseRules.__dataclass_fields__)
    updates = reader.section(top.table("updates"), "updates", *UpdateRules.__dataclass_fields__)
    duties = reader.section(top.table("duties"), "duties", "pack")
    refunds = reader.section(top.table("refunds"), "refunds", "within")
    usual, rules = PromiseRules(), UpdateRules()
    return Policy(
        name=top.required("name", _word, ""),
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        partial=cast(Partial, top.value("partial", _one_of(PARTIALS), "hold")),
        promise=PromiseRules(
            handling=promise.value("handling", _days, usual.handling),
            transit=promise.value("transit", _days, usual.transit),
            min_slip=promise.value("min_slip", _some_days, usual.min_slip),
            good_news=promise.value("good_news", _some_days, usual.good_news),
            tell_before=promise.value("tell_before", _some_days, usual.tell_before),
            settle=promise.value("settle", _settle, usual.settle),
        ),
        updates=UpdateRules(
            every=updates.value("every", _some_days, rules.every),
            at=updates.value("at", _time, rules.at),
            quiet_hours=updates.value("quiet_hours", _hours, rules.quiet_hours),
            channels=updates.value("channels", _channels, rules.channels),
            both=updates.value("both", _kinds, rules.both),
            spacing=updates.value("spacing", _days, rules.spacing),
            fallback_after=updates.value("fallback_after", _length, rules.fallback_after),
        ),
        stages=_stages(reader, top),
        pack=duties.value("pack", _one_of(PACKS), "auto"),
        refund_within=refunds.value("within", _some_days, 7),
        calendar=calendar,
    )


def _stages(reader: _Reader, top: _Section) -> tuple[Stage, ...]:
    raw = top.raw.get("stages", [])
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        reader.fault("stages", "write each stage as a table of its own, headed [[stages]]")
        return ()
    stages = []
    seen: dict[str, int] = {}
    for index, item in enumerate(raw):
        stage = _stage(reader, item, f"stages.{index}")
        if stage.id and stage.id in seen:
            first = reader.line(f"stages.{seen[stage.id]}.id")
            reader.fault(f"stages.{index}.id", f'the ID "{stage.id}" is already used in line {first}')
        seen.setdefault(stage.id, index)
        stages.append(stage)
    return tuple(stages)


def _stage(reader: _Reader, item: Mapping[str, Any], path: str) -> Stage:
    section = reader.section(item, path, "id", "when", "do", "percent", "valid")
    measure, days = section.required("when", _condition, _NEVER)
    do = section.required("do", _one_of(ACTIONS), "escalate")
    coupon = do == "coupon"
    for key in ("percent", "valid"):
        if key in item and not coupon:
            reader.fault(f"{path}.{key}", f'belongs to a stage that does "coupon", not "{do}"')
    ask = section.required if coupon else section.value
    return Stage(
        id=section.required("id", _word, ""),
        measure=measure,
        days=days,
        do=cast(Action, do),
        percent=ask("percent", _percent, Decimal(0)),
        valid=ask("valid", _some_days, 0),
    )


class _Reader:
    """Collects faults while sections are read."""

    def __init__(self, lines: Mapping[str, int]) -> None:
        self._lines = lines
        self.faults: list[Fault] = []

    def line(self, key: str) -> int:
        """The line of a key, or of the nearest table around it."""
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        return self._lines.get(key, 1)

    def fault(self, key: str, problem: str) -> None:
        named = _printable(re.sub(r"\.(\d+)", lambda found: f"[{int(found.group(1)) + 1}]", key))
        self.faults.append(Fault(key=named, line=self.line(key), problem=problem))

    def section(self, table: Mapping[str, Any], path: str, *known: str) -> _Section:
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                meant = f"; did you mean {near[0]}?" if near else ""
                self.fault(_join(path, key), f"unknown key; known here are {', '.join(known)}{meant}")
        return _Section(self, path, table)


class _Section:
    """One table of the file."""

    def __init__(self, reader: _Reader, path: str, raw: Mapping[str, Any]) -> None:
        self._reader = reader
        self._path = path
        self.raw = raw

    def table(self, key: str) -> Mapping[str, Any]:
        found = self.raw.get(key, {})
        if isinstance(found, dict):
            return found
        self._reader.fault(_join(self._path, key), f"must be a table, headed [{key}]")
        return {}

    def value(self, key: str, parse: Callable[[Any], T], default: T) -> T:
        if key not in self.raw:
            return default
        try:
            return parse(self.raw[key])
        except ValueError as error:
            self._reader.fault(_join(self._path, key), str(error))
            return default

    def required(self, key: str, parse: Callable[[Any], T], stand_in: T) -> T:
        if key not in self.raw:
            self._reader.fault(_join(self._path, key), "is missing")
        return self.value(key, parse, stand_in)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else shown(value)[1:-1]
    )


def _word(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text):
        raise ValueError(f'{shown(text)} must be 1 to 64 letters, digits, "-" or "_"')
    return text


def _length(value: Any) -> timedelta:
    return parse_duration(_text(value))


def _days(value: Any) -> int:
    return whole_days(_length(value))


def _some_days(value: Any) -> int:
    days = _days(value)
    if days < 1:
        raise ValueError("must be at least a day")
    return days


def _settle(value: Any) -> timedelta:
    length = _length(value)
    if length > timedelta(days=1):
        raise ValueError("must be a day at most: people should not learn of a new date later than that")
    return length


def _time(value: Any) -> time:
    text = _text(value)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f'{shown(text)} is no time of day; write it as "10:00"')
    return time.fromisoformat(text)


def _hours(value: Any) -> tuple[time, time]:
    begin, dash, end = _text(value).partition("-")
    if not dash:
        raise ValueError(f'{shown(value)} is no span of hours; write it as "21:00-08:00"')
    return _time(begin.strip()), _time(end.strip())


def _list(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list with at least one entry")
    return [_text(item) for item in value]


def _channels(value: Any) -> tuple[str, ...]:
    found = _list(value)
    for item in found:
        _one_of(CHANNELS)(item)
    if len(set(found)) < len(found):
        raise ValueError("names a channel twice")
    return tuple(found)


def _kinds(value: Any) -> frozenset[Kind]:
    known = tuple(kind.value for kind in Kind if kind not in SUPPLIER_KINDS)
    return frozenset(Kind(_one_of(known)(item)) for item in (_list(value) if value != [] else []))


def _one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        text = _text(value)
        if text not in known:
            raise ValueError(f"{shown(text)} is unknown; known are {', '.join(known)}")
        return text

    return parse


def _percent(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number above 0 and at most 100, not {_shown(value)}")
    percent = Decimal(str(value))
    if not percent.is_finite() or not 0 < percent <= 100:
        raise ValueError(f"must be above 0 and at most 100, not {percent}")
    return percent


def _condition(value: Any) -> tuple[Measure, int]:
    if not isinstance(value, dict) or len(value) != 1:
        found = f", not {len(value)}" if isinstance(value, dict) else ""
        raise ValueError(f'must name one measure{found}, such as {{ delay = "5d" }}')
    ((measure, length),) = value.items()
    _one_of(MEASURES)(measure)
    return cast(Measure, measure), _days(length)


_HEADER = re.compile(r"\s*\[(\[)?\s*([\w.\"'-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([\w\"'-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=")


def _lines(text: str) -> dict[str, int]:
    """Where each key stands: dotted key (array entries by their index) -> line from 1.

    tomllib keeps no positions. The text is known to be TOML when this runs, so headers and keys are enough.
    """
    found: dict[str, int] = {"": 1}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            name = _plain(header.group(2))
            if header.group(1):
                counts[name] = counts.get(name, -1) + 1
                found.setdefault(name, number)
                name = f"{name}.{counts[name]}"
            table = name
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            _note(found, table, _plain(key.group(1)), number)
    return found


def _note(found: dict[str, int], table: str, key: str, line: int) -> None:
    """A dotted key stands where it is written, and so do the tables that it makes."""
    path = table
    for part in key.split("."):
        path = _join(path, part)
        found.setdefault(path, line)


def _plain(name: str) -> str:
    return re.sub(r"[\"'\s]", "", name)
