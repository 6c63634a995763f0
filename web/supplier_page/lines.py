"""The lines of a supplier's page as its templates see them: clean, and in the reader's own form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backorder.domain import iso
from backorder.domain.notifications import Facts
from backorder.domain.texts import fault_of_prose
from backorder.messaging import formats
from backorder.messaging.message_content import ContentItem
from backorder.messaging.template_variables import Day, Line, Names, clean, line_of
from backorder.queries.supplier_page import AskedLine, StatedByLink, StatedPart
from web.customer_page.forms import Form
from web.supplier_page.given import CANNOT, DATE, HOLDS, LONGEST_NOTE, PARTS, UNKNOWN, Fault, Given, rows_of
from web.supplier_page.visit import Visit

_LONGEST_FIELD = 40
"""Letters of a field that is shown again as it was typed."""


@dataclass(frozen=True, slots=True)
class StatedPartView:
    """Units, and when they come; "" for a day that nobody can name."""

    units: str
    day: Day


@dataclass(frozen=True, slots=True)
class StatedView:
    """What is said of a line. kind: one of `KINDS`. day: where it is one. parts: where it is several.

    on: the day on which it was said, state: what became of it; both "" for what is only about to be said.
    """

    kind: str
    day: Day
    parts: tuple[StatedPartView, ...]
    note: str
    on: Day
    state: str


@dataclass(frozen=True, slots=True)
class FieldFaultView:
    """What is wrong at a field. units, total: numbers that its words name."""

    field: str
    why: str
    units: str
    total: str


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A part as it was typed. number: in the reader's form."""

    row: int
    number: str
    units: str
    day: str


@dataclass(frozen=True, slots=True)
class SupplierLineView:
    """One line. number: of its fields. due: "" without a date. late: days; late_days: as they are read.

    parts: the days that count, where there are several. usual: the day is only what is usual. holds: they can
    be said to hold. answered: see `AskedLine`. first, last: the days between which another one may lie.
    answer, date, rows, note: what a form said before, where it is shown again. faults: by field.
    """

    number: int
    anchor: str
    line: Line
    units: str
    due: Day
    late: int
    late_days: str
    parts: tuple[StatedPartView, ...]
    usual: bool
    holds: bool
    answered: bool
    said: StatedView | None
    shown: str
    first: str
    last: str
    answer: str
    date: str
    rows: tuple[TypedRow, ...]
    note: str
    faults: Mapping[str, FieldFaultView]

    @property
    def folded(self) -> bool:
        """Whether nothing is asked of it any more: what else could be said stands behind a word."""
        return self.answered and not (self.faults or self.answer)


@dataclass(frozen=True, slots=True)
class GivenView:
    """What is about to be said of a line."""

    line: Line
    stated: StatedView


class SupplierLineViews:
    """Puts the lines of one visit into views."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._locale = visit.reader.locale
        self._names = Names()

    def of(self, line: AskedLine, form: Form, faults: Iterable[Fault]) -> SupplierLineView:
        """A line, with what a form said of it before. faults: of all lines."""
        number = line.number
        own = (self._fault(each) for each in faults if each.field.split("-")[1] == str(number))
        rows = enumerate(rows_of(line, form), 1)
        return SupplierLineView(
            number=number,
            anchor=f"line-{number}",
            line=self._line(line),
            units=self.number(line.units),
            due=self._on(line.due),
            late=line.late,
            late_days=self.number(line.late),
            parts=self._parts(line.parts) if len(line.parts) > 1 else (),
            usual=not line.stated and line.due is not None,
            holds=line.may_hold,
            answered=line.answered,
            said=self._said(line.said) if line.said is not None else None,
            shown=line.shown,
            first=line.earliest.isoformat(),
            last=iso.in_5_years(self._visit.today).isoformat(),
            answer=form.get(f"answer-{number}", ""),
            date=clean(form.get(f"date-{number}", ""), _LONGEST_FIELD),
            rows=tuple(TypedRow(row, self.number(row), *map(_again, typed)) for row, typed in rows),
            note=_note(form.get(f"note-{number}", "")),
            faults={each.field: each for each in own},
        )

    def given(self, given: Given) -> GivenView:
        """What is about to be said of a line."""
        stated = self._stated(given.kind, given.parts, given.note)
        return GivenView(self._line(given.line), stated)

    def _said(self, said: StatedByLink) -> StatedView:
        days = {day for _, day in said.parts}
        kind = CANNOT if not said.parts else UNKNOWN if days == {None} else DATE if len(days) == 1 else PARTS
        on = self._visit.desk.services.calendar.day(said.at)
        return self._stated(kind, said.parts, said.note, on=on, state=said.state)

    def _stated(
        self, kind: str, parts: Sequence[StatedPart], note: str, *, on: date | None = None, state: str = ""
    ) -> StatedView:
        days = {day for _, day in parts}
        if kind == PARTS and len(days) == 1:
            kind = DATE if days != {None} else UNKNOWN
        one = next(iter(days)) if len(days) == 1 and kind in (DATE, HOLDS) else None
        several = self._parts(parts) if kind in (PARTS, HOLDS) and one is None else ()
        return StatedView(kind, self._on(one), several, _note(note), self._on(on), state)

    def _line(self, line: AskedLine) -> Line:
        facts = Facts(quantity=line.units, purchase_order=line.order, po_line=line.line, due=line.due)
        item = ContentItem(order=line.order, product=line.product, facts=facts)
        return line_of(item, self._locale, self._names)

    def _parts(self, parts: Sequence[StatedPart]) -> tuple[StatedPartView, ...]:
        return tuple(StatedPartView(self.number(units), self._on(day)) for units, day in parts)

    def _fault(self, fault: Fault) -> FieldFaultView:
        return FieldFaultView(fault.field, fault.why, self.number(fault.units), self.number(fault.total))

    def number(self, count: int) -> str:
        """A number in the reader's form."""
        return formats.number(count, self._locale)

    def _on(self, day: date | None) -> Day:
        if day is None:
            return Day()
        return Day(formats.day(day, self._locale), formats.brief_day(day, self._locale))


def _again(typed: str) -> str:
    """A field as it was typed, as far as it can be shown."""
    return clean(typed, _LONGEST_FIELD)


def _note(text: str) -> str:
    """A note as far as it can be shown; one that could be stored is shown as it is."""
    return text if not fault_of_prose(text, most=LONGEST_NOTE) else clean(text, 2 * LONGEST_NOTE)
