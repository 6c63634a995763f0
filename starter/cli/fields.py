"""Options that are fields: each says one field, dotted where it is nested; what is not said is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click

from backorder.errors import RefusedError
from starter.files.nested import put

Command = Callable[..., object]


def field(
    name: str, words: str, *, flag: bool = False, many: bool = False, option: str = ""
) -> Callable[[Command], Command]:
    """An option for a field. name: dotted; option: where it is not made of the name."""
    flag_name = option or "--" + name.replace(".", "-").replace("_", "-")
    names = (flag_name, name.replace(".", "__"))
    if flag:
        return click.option(*names, help=words, is_flag=True, default=None)
    return click.option(*names, help=words, multiple=many)


_PROMOTIONS = tuple(
    (
        f"customer.marketing_consent.{channel}.{name}",
        words.format(way=way),
        f"--{channel}-promotions-{name}",
    )
    for channel, way in (("email", "mail"), ("sms", "text"))
    for name, words in (
        ("at", "When they agreed to promotions by {way}."),
        ("how", "How they agreed to promotions by {way}, like checkout."),
        ("wording", "The words by which they agreed to promotions by {way}."),
    )
)


def promotions(command: Command) -> Command:
    """Options for the consent to promotions, by channel."""
    for name, words, option in reversed(_PROMOTIONS):
        command = field(name, words, option=option)(command)
    return command


def _as_key(context: click.Context, parameter: click.Parameter, typed: str | None) -> str | None:
    """The key of the line that somebody typed. Raises RefusedError."""
    from backorder.domain.keys import as_typed, joined

    if typed is None:
        return None
    try:
        return joined(*as_typed(typed))
    except ValueError as error:
        raise RefusedError([f"ORDER/LINE: {error}"]) from None


line_argument = click.argument("backorder", metavar="ORDER/LINE", callback=_as_key)
"""The line that a command is about, as its key."""


def said(values: Mapping[str, object]) -> dict[str, object]:
    """The fields that were said, nested as they are named."""
    raw: dict[str, object] = {}
    for name, value in values.items():
        if value is not None and value != ():
            put(raw, name.split("__"), list(value) if isinstance(value, tuple) else value)
    return raw
