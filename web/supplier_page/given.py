"""What a supplier's form says of each line, and every fault of it, each at its field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from backorder.domain import iso
from backorder.domain.texts import fault_of_prose
from backorder.queries.supplier_page import AskedLine, StatedPart, SupplierPage

HOLDS, DATE, PARTS, UNKNOWN, CANNOT = KINDS = ("holds", "date", "parts", "unknown", "cannot")
"""What can be said of a line: the days hold, another one, several, none yet, and that it is not to be had."""
ALL_HOLD = "all"
"""The choice by which the days hold of every line that has a day to come and no answer yet."""
ROWS, MOST_ROWS = 3, 30
"""Parts that a line has room for: how many more at a time, and at most."""
LONGEST_NOTE = 1000
_ANSWERED = re.compile(r"answer-(\d{1,4})", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is wrong at a field; the words are in supplier_page.jinja. units, total: numbers in them."""

    field: str
    why: str
    units: int = 0
    total: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What is said of a line. parts: none where it cannot be supplied. fields: of the form that say so."""

    line: AskedLine
    kind: str
    parts: tuple[StatedPart, ...]
    note: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """What a form says. outdated: numbers of lines that are not as the page showed them."""

    given: tuple[Given, ...]
    faults: tuple[Fault, ...]
    outdated: frozenset[int]

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the form that say it."""
        return {name: value for each in self.given for name, value in each.fields.items()}


def understood(page: SupplierPage, form: Mapping[str, str], today: date) -> Understood:
    """What a form says of the lines of a page; lines of which it says nothing stay as they are."""
    given: list[Given] = []
    faults: list[Fault] = []
    filled = (_ANSWERED.fullmatch(name) for name, value in form.items() if value)
    named = {int(each[1]) for each in filled if each}
    outdated = named - {each.number for each in page.lines}
    for line in page.lines:
        read = _LineForm(line, form, today)
        if not read.says_anything:
            continue
        if form.get(f"shown-{line.number}") != line.shown:
            outdated.add(line.number)
            continue
        found = read.given()
        faults += read.faults
        if found is not None:
            given.append(found)
    if not (given or faults or outdated) and page.lines:
        why = "nothing" if len(page.lines) > 1 else "choose"
        faults.append(Fault(field=f"answer-{page.lines[0].number}", why=why))
    return Understood(given=tuple(given), faults=tuple(faults), outdated=frozenset(outdated))


def rows_of(line: AskedLine, form: Mapping[str, str]) -> list[tuple[str, str]]:
    """The parts as they were typed, units and day, with some room for more."""
    typed = [
        (form.get(f"units-{line.number}-{row}", ""), form.get(f"day-{line.number}-{row}", ""))
        for row in range(1, MOST_ROWS + 1)
    ]
    there = [row for row in range(1, MOST_ROWS + 1) if f"units-{line.number}-{row}" in form]
    wanted = max([ROWS, *there])
    if form.get("more") == str(line.number):
        wanted += ROWS
    return typed[: min(wanted, MOST_ROWS)]


class _LineForm:
    """The fields of one line."""

    def __init__(self, line: AskedLine, form: Mapping[str, str], today: date) -> None:
        self._line = line
        self._form = form
        self._today = today
        self.faults: list[Fault] = []
        everything = form.get("do") == ALL_HOLD
        holds = HOLDS if line.may_hold and not line.answered else ""
        self._kind = holds if everything else self._typed("answer")
        self._rows = [] if everything else rows_of(line, form)
        self._note = "" if everything else self._typed("note").replace("\r", "\n")

    @property
    def says_anything(self) -> bool:
        """Whether any field of the line is filled in, if only one that says nothing by itself."""
        typed = self._form.get("do") != ALL_HOLD and self._typed("date")
        return bool(self._kind or typed or self._note or any(map(any, self._rows)))

    def given(self) -> Given | None:
        """What is said; None where there is a fault, which is then in `faults`."""
        kind = self._kind
        if kind not in KINDS or (kind == HOLDS and not self._line.may_hold):
            self._fault("answer", "choose")
            return None
        fields = {f"answer-{self._line.number}": kind, f"shown-{self._line.number}": self._line.shown}
        parts = self._parts(kind, fields)
        self._check_note(fields)
        if self.faults:
            return None
        return Given(line=self._line, kind=kind, parts=parts, note=self._note, fields=fields)

    def _parts(self, kind: str, fields: dict[str, str]) -> tuple[StatedPart, ...]:
        units = self._line.units
        if kind == HOLDS:
            return self._line.parts
        if kind == DATE:
            day = self._day(self._name("date"), self._typed("date"), fields)
            if day is None and not self.faults:
                self._fault("date", "day_missing")
            return ((units, day),)
        if kind == PARTS:
            return self._in_parts(fields)
        return ((units, None),) if kind == UNKNOWN else ()

    def _in_parts(self, fields: dict[str, str]) -> tuple[StatedPart, ...]:
        found: Counter[date | None] = Counter()
        for row, (typed, day) in enumerate(self._rows, 1):
            if not (typed or day):
                continue
            name = self._name("units", row)
            fields[name] = typed
            if not typed:
                self._fault(name, "units_missing")
            elif not (typed.isdecimal() and len(typed) < 8 and 0 < int(typed) <= self._line.units):
                self._fault(name, "units_wrong", units=self._line.units)
            else:
                found[self._day(self._name("day", row), day, fields)] += int(typed)
                continue
            self._day(self._name("day", row), day, fields)
        total = found.total()
        if not (found or self.faults):
            self._fault("parts", "parts_missing")
        elif not self.faults and total != self._line.units:
            self._fault("parts", "parts_sum", units=self._line.units, total=total)
        return tuple(
            (found[day], day) for day in sorted(found, key=lambda day: (day is None, day or date.max))
        )

    def _day(self, field: str, typed: str, fields: dict[str, str]) -> date | None:
        """A day that was typed; None where none was, or where it is at fault."""
        if not typed:
            return None
        fields[field] = typed
        try:
            day = iso.day_of(typed)
        except ValueError:
            self._fault(field, "day_unreadable")
            return None
        if day < self._line.earliest:
            self._fault(field, "day_past")
        elif day > iso.in_5_years(self._today):
            self._fault(field, "day_far")
        return day

    def _check_note(self, fields: dict[str, str]) -> None:
        if not self._note:
            return
        fields[self._name("note")] = self._note
        if len(self._note) > LONGEST_NOTE:
            self._fault("note", "note_long", units=LONGEST_NOTE)
        elif fault_of_prose(self._note, most=LONGEST_NOTE):
            self._fault("note", "note_letters")

    def _fault(self, field: str, why: str, *, units: int = 0, total: int = 0) -> None:
        name = field if "-" in field else self._name(field)
        self.faults.append(Fault(field=name, why=why, units=units, total=total))

    def _typed(self, name: str) -> str:
        return self._form.get(self._name(name), "")

    def _name(self, name: str, row: int = 0) -> str:
        return f"{name}-{self._line.number}-{row}" if row else f"{name}-{self._line.number}"
