"""Frozen records whose copies are made all the time."""

from __future__ import annotations

from typing import Any, Self


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
