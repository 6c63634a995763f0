"""What a kind of field takes: its check, and the same limits as a JSON Schema for those who call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from backorder.domain.iso import EARLIEST, LAST
from backorder.domain.money import MOST_DIGITS
from backorder.domain.texts import is_blank

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of field, for `Annotated`. check: of the raw value. schema: what it takes, in JSON Schema."""

    check: Callable[..., object]
    schema: Mapping[str, object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How it is checked."""
        return BeforeValidator(self.check).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """How it is documented."""
        return dict(self.schema)

    def __hash__(self) -> int:
        return hash(self.check)


@dataclass(frozen=True, slots=True)
class NotBlank:
    """A text that says something. words: what is asked for where it does not."""

    words: str

    def _check(self, text: str) -> str:
        if is_blank(text):
            raise ValueError(self.words)
        return text

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How it is checked."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """How it is documented."""
        return handler(core) | {"minLength": 1}


def text(
    words: str, *, most: int = 0, least: int = 0, pattern: str = "", format: str = ""
) -> JsonSchemaValue:
    """Text. most, least: characters, without spaces around them; 0: no such limit."""
    limits = {"minLength": least, "maxLength": most, "pattern": pattern, "format": format}
    return {"type": "string", "description": words} | {key: said for key, said in limits.items() if said}


def whole(words: str, least: int, most: int) -> JsonSchemaValue:
    """A whole number, bounds included."""
    return {"type": "integer", "minimum": least, "maximum": most, "description": words}


def money(least: int, most: int, *, above: bool = False) -> JsonSchemaValue:
    """An amount. above: more than the least. A JSON number with a point would lose digits: none is taken."""
    digits = f"[0-9]{{1,{len(str(most))}}}(\\.[0-9]{{1,{MOST_DIGITS}}})?"
    words = (
        "Major units of the currency as decimal text, with no more digits after the point than the currency "
        "has (EUR 2, JPY 0, KWD 3); a JSON number is taken where it is whole."
    )
    form = f"^(?![0.]*$){digits}$" if above else f"^{digits}$"
    number = {"exclusiveMinimum" if above else "minimum": least, "maximum": most}
    return {
        "anyOf": [{"type": "string", "pattern": form}, {"type": "integer"} | number],
        "description": f"{words} {'More than' if above else 'At least'} {least}, at most {most}.",
        "examples": [str(Decimal("12.50"))],
    }


DAY: Mapping[str, object] = {
    "type": "string",
    "format": "date",
    "description": f"An ISO day in the shop's time zone, {EARLIEST} to {LAST}.",
}
INSTANT: Mapping[str, object] = {
    "type": "string",
    "format": "date-time",
    "description": (
        "An ISO instant with its offset or Z; one without is read in the shop's time zone. "
        f"{EARLIEST.year} to {LAST.year}."
    ),
}
