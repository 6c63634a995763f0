"""Kinds of values that options and arguments take: each is what it looks like, or is refused in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

import click

from backorder.domain.texts import shown

_WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)


class Whole(click.ParamType[int]):
    """A whole number in digits, with its bounds."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it. Fails in words for the person at the terminal."""
        if isinstance(value, int):
            return value
        if not isinstance(value, str) or not _WHOLE.fullmatch(value):
            self.fail(f"{shown(value)} is no whole number; write digits, like 12", param, ctx)
        if not self.least <= (found := int(value)) <= self.most:
            self.fail(f"{found} is out of bounds; it must be {self.least} to {self.most}", param, ctx)
        return found


class Decimal(click.ParamType[float]):
    """A number in digits, perhaps with a point, with its bounds."""

    name = "number"

    def __init__(self, least: float, most: float) -> None:
        self.least, self.most = least, most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it. Fails in words for the person at the terminal."""
        if isinstance(value, float):
            return value
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            self.fail(f"{shown(value)} is no number; write digits, like 2 or 0.5", param, ctx)
        if not self.least <= (found := float(value)) <= self.most:
            self.fail(f"{value} is out of bounds; it must be {self.least:g} to {self.most:g}", param, ctx)
        return found


class Region(click.ParamType[str]):
    """A country of ISO 3166, or a part of one."""

    name = "region"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it. Fails in words for the person at the terminal."""
        from pydantic import TypeAdapter, ValidationError

        from backorder.fields import Region as Code

        try:
            return TypeAdapter(Code).validate_python(value) if value else ""
        except ValidationError as error:
            self.fail(error.errors()[0]["msg"].removeprefix("Value error, "), param, ctx)


class OneOf(click.Choice[str]):
    """One of a few words, as they stand."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(choices)

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """The words that there are."""
        return f"It is {self._words()}."

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """The words that there are, as `backorder.schemas` says it of a field."""
        return f"must be {self._words()}, not {shown(value)}"

    def _words(self) -> str:
        *others, last = self.choices
        return f"{', '.join(others)} or {last}"


class Day(click.ParamType[date]):
    """A day as a person types it, with no shop to ask: UTC's. A length counts back from today."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it. Fails in words for the person at the terminal."""
        from backorder.domain import iso

        if isinstance(value, date):
            return value
        try:
            found = iso.typed_day(str(value), datetime.now(UTC), "UTC", back=True)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if fault := iso.fault_of_year(found):
            self.fail(fault, param, ctx)
        return found
