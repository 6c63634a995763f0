"""Frozen records that are made and copied all the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Self, TypeVar

Class = TypeVar("Class", bound=type)


class Record:
    """What a frozen dataclass inherits that every decision copies, some of them many times.

    Such a dataclass has no slots, so that all its values are copied at once: `dataclasses.replace` sets them
    one by one, which for a state takes as long as all the rules of a decision.
    """

    def replace(self, **fields: Any) -> Self:
        """The record with other values of those fields. Raises TypeError for a name that is no field's."""
        record = object.__new__(type(self))
        values = record.__dict__
        values.update(self.__dict__)
        values.update(fields)
        if len(values) > len(self.__dict__):
            raise TypeError(f"no field of {type(self).__name__}: {', '.join(fields.keys() - self.__dict__)}")
        return record


def made_at_once(record: Class) -> Class:
    """Let a frozen dataclass of keywords take all its values at once, which it else sets one by one.

    What the constructor takes, and refuses with TypeError, stays the same.
    """
    usual = {each.name: each.default for each in fields(record)}
    made: dict[str, Callable[[], Any]] = {
        each.name: each.default_factory for each in fields(record) if each.default_factory is not MISSING
    }
    needed = {name for name, value in usual.items() if value is MISSING} - made.keys()

    def take(self: Any, **given: Any) -> None:
        values = self.__dict__
        values.update(usual)
        for name, make in made.items():
            if name not in given:
                values[name] = make()
        values.update(given)
        if len(values) > len(usual) or not needed <= given.keys():
            lacking, unknown = needed - given.keys(), given.keys() - usual
            raise TypeError(f"{record.__name__} has no {sorted(unknown)}, and wants {sorted(lacking)}")

    record.__init__ = take  # type: ignore[misc]
    return record
