"""What is wrong, under the names that were typed: the field `ordered_at` is the option `--ordered-at`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import click

from backorder.domain.texts import shown
from backorder.errors import BackorderError, ConflictError, RefusedError
from backorder.problems import parted
from starter.cli.lazy import ARGS, COMMAND

_NAMES = "backorder.names"
_UNDER_SCORED = re.compile(r"(?<![\w.-])[a-z]+(?:_[a-z]+)+(?![\w.-])")
"""A field's name within words; others could be words."""
_QUOTED = re.compile(r'("[^"]*")')
_PART = re.compile(r"(\w+)\.(\d+)(?:\.(\w+))?")
"""A value of several, and perhaps a part of it: splits.0.quantity."""


@dataclass(kw_only=True, slots=True)
class _Names:
    """also: names besides those of the options. only: fields that came as options, where others did not.

    typed: of options that may be said several times, what was said.
    """

    also: dict[str, str] = field(default_factory=dict)
    only: frozenset[str] | None = None
    typed: dict[str, Sequence[str]] = field(default_factory=dict)


def named_as(
    *,
    also: Mapping[str, str] | None = None,
    only: frozenset[str] | None = None,
    typed: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Note how what is being said came to this command, for the faults that may be found; see `_Names`."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[_NAMES] = _Names(also=dict(also or {}), only=only, typed=dict(typed or {}))


def as_typed(error: BackorderError) -> BackorderError:
    """The same error, with options where it names fields that were given as options."""
    context = click.get_current_context(silent=True)
    command = context.meta.get(COMMAND) if context is not None else None
    if context is None or command is None:
        return error
    names = _Typed(command, context.meta.get(_NAMES) or _Names(), context.meta.get(ARGS, ()))
    if isinstance(error, RefusedError):
        return RefusedError(list(dict.fromkeys(map(names.fault, error.faults))))
    if isinstance(error, ConflictError) and error.differing:
        differing = [(names.place(name), names.words(words)) for name, words in error.differing]
        return ConflictError(error.message, differing)
    return error


def named_as_typed(fault: str) -> str:
    """The same words, with options where they name fields that were given as options."""
    return str(as_typed(RefusedError([fault])))


def place_of(parameter: click.Parameter) -> str:
    """An option as it is typed, an argument as the help has it."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    place = (parameter.metavar or (parameter.name or "").upper()).removesuffix("...")
    return place[1:-1] if place.startswith("[") and place.endswith("]") else place


class _Typed:
    """The names of one command."""

    def __init__(self, command: click.Command, names: _Names, args: Sequence[str]) -> None:
        self._args = args
        found = {each.name.replace("__", "."): place_of(each) for each in command.params if each.name}
        self._options = frozenset(found.values())
        self._valued = frozenset(
            option
            for each in command.params
            if isinstance(each, click.Option) and not each.is_flag and not each.count
            for option in each.opts
        )
        self._places = found | names.also
        if names.only is not None:
            self._places = {name: place for name, place in found.items() if name in names.only} | names.also
        self._typed = names.typed
        self._last: dict[str, str] = {}
        for name, place in self._places.items():
            self._last.setdefault(name.rpartition(".")[2], place)

    def fault(self, fault: str) -> str:
        where, words = parted(fault)
        if not where:
            return self.words(fault)
        if many := _PART.fullmatch(where):
            return self._one_of_many(where, many, words)
        places = dict.fromkeys(self.place(each) for each in where.split(", "))
        if [*places] == [where] and where not in self._options and (option := self._option_with(where)):
            return f"{option}: {fault}"
        return f"{', '.join(places)}: {self.words(words)}"

    def _option_with(self, value: str) -> str:
        """The option, or the argument for files, that has a value: a file's name; "" for none."""
        for before, each in zip(("", *self._args), self._args, strict=False):
            option, equals, typed = each.partition("=")
            if each.startswith("--") and equals and typed == value:
                return option
            if each == value and before in self._valued:
                return before
        return self._places.get("file", "") if value in self._args else ""

    def place(self, name: str) -> str:
        """An option for a field's name; the name itself where none is known."""
        option = f"--{name}"
        return self._places.get(name) or (option if option in self._places.values() else name)

    def words(self, words: str) -> str:
        """Names of fields within words, outside quotes."""
        parts = _QUOTED.split(words)
        return "".join(
            part if at % 2 else _UNDER_SCORED.sub(self._named, part) for at, part in enumerate(parts)
        )

    def _named(self, found: re.Match[str]) -> str:
        return self._last.get(found.group(), found.group())

    def _one_of_many(self, where: str, many: re.Match[str], words: str) -> str:
        name, number, part = many.groups()
        values = self._typed.get(name, ())
        if name not in self._places or int(number) >= len(values):
            return f"{self.place(where)}: {self.words(words)}"
        inner = f"{part} " if part else ""
        return f"{self._places[name]}: in {shown(values[int(number)])}, {inner}{self.words(words)}"
