"""Frozen records that are made and copied all the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Self, TypeVar

__all__ = ["Record", "made_at_once", "record"]

Class = TypeVar("Class", bound=type)

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, **options: bool) -> Callable[[Class], Class]:
        """Like `dataclass`, for what every decision makes; that it is frozen the type checker alone sees to.

        To see to it at run time too, each value is set by a call of its own: making one takes thrice as long.
        """
        return dataclass(**options, unsafe_hash=frozen)


class Record:
    """What a frozen dataclass inherits that every decision copies, some of them many times.

    Such a dataclass has no slots, so that all its values are copied at once: `dataclasses.replace` sets them
    one by one, which for a state takes as long as all the rules of a decision.
    """

    def replace(self, **fields: object) -> Self:
        """The record with other values of those fields. Raises TypeError for a name that is no field's."""
        return self.replaced(fields)

    def replaced(self, fields: dict[str, object]) -> Self:
        """The record with those values, as `replace` makes it."""
        known = self.__dict__
        values = known | fields
        if len(values) > len(known):
            raise TypeError(f"no field of {type(self).__name__}: {', '.join(fields.keys() - known)}")
        record = _new(type(self))
        _set(record, "__dict__", values)
        return record


_new, _set = object.__new__, object.__setattr__


def made_at_once(record: Class) -> Class:
    """Let a frozen dataclass of keywords take all its values at once, which it else sets one by one.

    What the constructor takes, and refuses with TypeError, stays the same.
    """
    usual = {each.name: each.default for each in fields(record)}
    made: dict[str, Callable[[], object]] = {
        each.name: each.default_factory for each in fields(record) if each.default_factory is not MISSING
    }
    needed = {name for name, value in usual.items() if value is MISSING} - made.keys()

    def take(self: object, **given: object) -> None:
        values = usual | given
        for name, make in made.items():
            if name not in given:
                values[name] = make()
        if len(values) > len(usual) or (needed and not needed <= given.keys()):
            lacking, unknown = needed - given.keys(), given.keys() - usual
            raise TypeError(f"{record.__name__} has no {sorted(unknown)}, and wants {sorted(lacking)}")
        _set(self, "__dict__", values)

    record.__init__ = take  # type: ignore[misc]
    return record
