"""Reading a policy file: every fault at once, each with its key and line."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar, cast

from backorder.domain.calendar import Calendar
from backorder.domain.law.packs import AUTO, PACKS
from backorder.domain.law.refund_limits import LONGEST_BILLING_CYCLE
from backorder.domain.policy.policy import (
    STAGE_ACTIONS,
    Action,
    Measure,
    Policy,
    PromiseRules,
    Stage,
    UpdateRules,
)
from backorder.domain.policy.policy_keys import DAYS, KEYS, Key, UnknownWordError
from backorder.domain.region_zones import REGION_ZONES
from backorder.domain.texts import fault_of_parsing, shown

LARGEST = 1 << 18
"""Letters of a policy, at most."""
MOST_STAGES = 200
"""Stages of a policy, at most: every look at a line goes through all of them, and through those behind it."""
_MOST_DOTS = 100
"""Dots in a line, at most, outside remarks and quotes: a key of many parts takes the square of their number
to read."""
_REMARKS_AND_QUOTES = re.compile(
    r'#[^\n]*|"""(?:\\[\s\S]?|[^\\])*?(?:"{3,5}|\Z)|\'{3}[\s\S]*?(?:\'{3,5}|\Z)'
    r'|"(?:\\.|[^"\\\n])*"?|\'[^\'\n]*\'?'
)
"""Also one that does not end, so that no letter is looked at twice."""
_MOST_GUESSES = 100
"""Of how many unknown keys it is said what may be meant."""
_NEVER: tuple[Measure, int] = ("waited", 0)
_WRONG = object()
T = TypeVar("T")
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong. key: dotted, "" for the file itself. line: from 1.

    unknown: it is a key, or a word of a closed set, that this version does not know; a newer one may.
    """

    key: str
    line: int
    problem: str
    unknown: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.key + ': ' if self.key else ''}{self.problem}"


class PolicyError(ValueError):
    """The policy cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


def read_policy(text: str, *, calendar: Calendar | None = None) -> Policy:
    """Read a policy from TOML, as somebody hands it in.

    Raises PolicyError with every fault, in the order of the lines; nothing is half-loaded.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise PolicyError(
            [Fault(key="", line=1, problem=f"is longer than {LARGEST} letters, so it is no policy")]
        )
    if dotted := _dotted_line(text):
        problem = f"holds more than {_MOST_DOTS} dots in one line, so it is no policy"
        raise PolicyError([Fault(key="", line=dotted, problem=problem)])
    return _policy_in(text, calendar, most_stages=MOST_STAGES)


def read_kept_policy(text: str, *, calendar: Calendar | None = None) -> Policy:
    """Read a policy that is on record, whatever the limits are by now: lines keep the version they have.

    Raises PolicyError.
    """
    return _policy_in(text.removeprefix("\ufeff"), calendar, most_stages=len(text))


def _policy_in(text: str, calendar: Calendar | None, *, most_stages: int) -> Policy:
    try:
        text.encode()
        table = tomllib.loads(text)
    except RecursionError:
        raise PolicyError([Fault(key="", line=1, problem="this is nested too deeply")]) from None
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        problem = re.sub(r" \(at (line|end).*", "", fault_of_parsing(error))
        if problem.startswith(_TWICE):
            problem = "something stands here for the second time"
        raise PolicyError(
            [Fault(key="", line=line, problem=f"this is not TOML: {_printable(problem)}")]
        ) from None
    reader = _Reader(_lines(text), most_stages)
    policy = _policy(reader, table, text, calendar or Calendar())
    if reader.faults:
        raise PolicyError(sorted(reader.faults, key=lambda fault: fault.line))
    return policy


def _dotted_line(text: str) -> int:
    """The first line with too many dots, from 1; 0 for none."""
    bare = _REMARKS_AND_QUOTES.sub(lambda found: "\n" * found[0].count("\n"), text)
    return next((at for at, line in enumerate(bare.split("\n"), 1) if line.count(".") > _MOST_DOTS), 0)


def warnings_of(text: str) -> list[Fault]:
    """What a policy says that this version does not act on, or that can hardly be meant.

    The policy is one that `read_policy` takes.
    """
    text = text.removeprefix("\ufeff")
    table, lines = tomllib.loads(text), _lines(text)
    found = [
        Fault(key=f"{section}.{key}", line=lines.get(f"{section}.{key}", 1), problem=row.idle)
        for section, keys in KEYS.items()
        for key, row in keys.items()
        if row.idle and key in table.get(section, {})
    ]
    if "within" in table.get("refunds", {}) and table.get("duties", {}).get("pack", AUTO) != "none":
        words = "counts under the pack none alone; each law counts its own days for a refund"
        found.append(Fault(key="refunds.within", line=lines.get("refunds.within", 1), problem=words))
    for index, stage in enumerate(table.get("stages", [])):
        ((measure, length),) = stage["when"].items()
        if measure in ("delay", "waited") and not DAYS.parse(length):
            key = f"stages[{index + 1}].when"
            words = f"{measure} = {length} falls due with every line's first look"
            found.append(Fault(key=key, line=lines.get(f"stages.{index}.when", 1), problem=words))
    return sorted(found, key=lambda fault: fault.line)


def breaches_of(text: str) -> list[Fault]:
    """What a policy rules that breaks a law it names, or that `auto` may choose; it cannot be used as it is.

    The policy is one that `read_policy` takes.
    """
    text = text.removeprefix("\ufeff")
    table, lines = tomllib.loads(text), _lines(text)
    duties, stages = table.get("duties", {}), table.get("stages", [])
    endings = _endings_by_silence(duties.get("pack", AUTO), stages, lines)
    found = [*_breaches_of_refunds(duties, lines), *endings]
    return sorted(found, key=lambda fault: fault.line)


def _breaches_of_refunds(duties: Mapping[str, object], lines: Mapping[str, int]) -> Iterator[Fault]:
    """Days of a refund that no law knows: working days of nowhere, a billing cycle that is none."""
    cycle, holidays = str(duties.get("billing_cycle", "")), duties.get("holidays")
    if cycle and cast(int, DAYS.parse(cycle)) > LONGEST_BILLING_CYCLE:
        problem = (
            f"no billing cycle is longer than a quarter, {LONGEST_BILLING_CYCLE}d (12 CFR 1026.2(a)(4)), and "
            "within one a refund has to be sent by us-ftc-435 (16 CFR 435.1(b))"
        )
        yield Fault(key="duties.billing_cycle", line=lines.get("duties.billing_cycle", 1), problem=problem)
    nowhere = [each for each in holidays if each not in REGION_ZONES] if isinstance(holidays, dict) else []
    for country in nowhere:
        meant = {"UK": "; write GB", "EL": "; write GR"}.get(country, "")
        problem = f"{shown(country)} is no country of ISO 3166, so that its days would count nowhere{meant}"
        line = lines.get("duties.holidays") or lines.get(f"duties.holidays.{country}", 1)
        yield Fault(key="duties.holidays", line=line, problem=problem)


def _endings_by_silence(
    pack: str, stages: Sequence[Mapping[str, object]], lines: Mapping[str, int]
) -> Iterator[Fault]:
    broken = [each.name for each in PACKS.values() if each.silence_never_cancels]
    broken = broken if pack == AUTO else [pack] if pack in broken else []
    laws = ", ".join(f"{each} ({_rule_of_silence(each)})" for each in broken)
    problem = (
        f"silence never cancels by {laws}: call a person with escalate, or set the pack of other regions"
    )
    for index, stage in enumerate(stages if broken else ()):
        if stage.get("do") == "cancel":
            line = lines.get(f"stages.{index}.do", 1)
            yield Fault(key=f"stages[{index + 1}].do", line=line, problem=problem)


def _rule_of_silence(pack: str) -> str:
    return PACKS[pack].rules[0].source


def _printable(words: str) -> str:
    return shown(words)[1:-1]


def _policy(reader: _Reader, table: Mapping[str, object], text: str, calendar: Calendar) -> Policy:
    top = reader.section(table, "", KEYS[""], *(name for name in KEYS if name))
    promise, updates, duties, refunds = (
        reader.section(top.table(name), name, KEYS[name]).given()
        for name in ("promise", "updates", "duties", "refunds")
    )
    return _made(
        Policy,
        {"name": top.required("name", ""), **top.given()},
        duties,
        {f"refund_{key}": value for key, value in refunds.items()},
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        promise=_made(PromiseRules, promise),
        updates=_made(UpdateRules, updates),
        stages=_stages(reader, top),
        calendar=calendar,
    )


def _made(kind: Callable[..., T], *given: Mapping[str, object], **known: object) -> T:
    """A record of values that the forms of its keys have made; none is given twice."""
    return kind(**{name: value for each in given for name, value in each.items()}, **known)


def _stages(reader: _Reader, top: _Section) -> tuple[Stage, ...]:
    raw = top.raw.get("stages", [])
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        reader.fault("stages", "write each stage as a table of its own, headed [[stages]]")
        return ()
    if len(raw) > reader.most_stages:
        reader.fault("stages", f"there are {len(raw)}; {reader.most_stages} are the most")
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


def _stage(reader: _Reader, item: Mapping[str, object], path: str) -> Stage:
    section = reader.section(item, path, KEYS["stages"])
    measure, days = section.required("when", _NEVER)
    do: Action = section.required("do", "escalate")
    for action, row in STAGE_ACTIONS.items():
        for key in (*row.parameters, *row.optional):
            if action != do and key in item:
                reader.fault(f"{path}.{key}", f'belongs to a stage that does "{action}", not "{do}"')
            elif action == do and key in row.parameters:
                section.required(key, None)
    given, taken = section.given(), STAGE_ACTIONS[do]
    return _made(
        Stage,
        {key: given[key] for key in (*taken.parameters, *taken.optional) if key in given},
        id=section.required("id", ""),
        measure=measure,
        days=days,
        do=do,
    )


class _Reader:
    """Collects faults while sections are read."""

    def __init__(self, lines: Mapping[str, int], most_stages: int) -> None:
        self.most_stages = most_stages
        self._lines = lines
        self.faults: list[Fault] = []

    def line(self, key: str) -> int:
        """The line of a key, or of the nearest table around it."""
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        return self._lines.get(key, 1)

    def fault(self, key: str, problem: str, *, unknown: bool = False) -> None:
        named = _printable(re.sub(r"\.(\d+)", lambda found: f"[{int(found.group(1)) + 1}]", key))
        self.faults.append(Fault(key=named, line=self.line(key), problem=problem, unknown=unknown))

    def section(
        self, table: Mapping[str, object], path: str, keys: Mapping[str, Key], *tables: str
    ) -> _Section:
        known = (*keys, *tables)
        for key in table:
            if key not in known:
                guessed = len(self.faults) < _MOST_GUESSES
                near = get_close_matches(key, known, n=1) if guessed else []
                meant = f"; did you mean {near[0]}?" if near else ""
                words = f"unknown key; known here are {', '.join(known)}{meant}"
                self.fault(_join(path, key), words, unknown=True)
        return _Section(self, path, table, keys)


class _Section:
    """One table of the file. Each of its keys is read once, so that a fault is named once."""

    def __init__(
        self, reader: _Reader, path: str, raw: Mapping[str, object], keys: Mapping[str, Key]
    ) -> None:
        self._reader = reader
        self._path = path
        self.raw = raw
        self._keys = keys
        self._read: dict[str, object] = {}

    def table(self, key: str) -> Mapping[str, object]:
        found = self.raw.get(key, {})
        if isinstance(found, dict):
            return found
        self._reader.fault(_join(self._path, key), f"must be a table, headed [{key}]")
        return {}

    def given(self) -> dict[str, object]:
        """The value of each key that is there and right."""
        for key in self._keys:
            if key in self.raw and key not in self._read:
                self._read[key] = self._value(key)
        return {key: value for key, value in self._read.items() if value is not _WRONG}

    def required(self, key: str, stand_in: T) -> T:
        """The value of a key that has to be there, or what stands in for it.

        A key's form makes what its field takes, and so does what stands in for it.
        """
        if key not in self.raw:
            self._reader.fault(_join(self._path, key), "is missing")
            return stand_in
        if key not in self._read:
            self._read[key] = self._value(key)
        return stand_in if self._read[key] is _WRONG else cast("T", self._read[key])

    def _value(self, key: str) -> object:
        try:
            return self._keys[key].form.parse(self.raw[key])
        except ValueError as error:
            unknown = isinstance(error, UnknownWordError)
            self._reader.fault(_join(self._path, key), str(error), unknown=unknown)
            return _WRONG


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


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
