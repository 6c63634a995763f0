"""What may come in, beyond what a file's faults show: letters and regions."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from backorder import fields

WORDS: TypeAdapter[str] = TypeAdapter(fields.Words)
REGION: TypeAdapter[str] = TypeAdapter(fields.Region)


@pytest.mark.parametrize("text", ["", "two lines\nand a\ttab\r\n", "Zoë \u2192 \U0001f44d"])
def test_prose_is_taken_as_it_is(text: str) -> None:
    assert WORDS.validate_python(text) == text


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x7f"])
def test_control_characters_stay_outside(letter: str) -> None:
    with pytest.raises(ValidationError, match="must not hold"):
        WORDS.validate_python(f"he said{letter}")


@pytest.mark.parametrize("code", ["DE", "US-CA", "GB-ENG", "AT-9"])
def test_a_region_is_a_country_or_a_part_of_one(code: str) -> None:
    assert REGION.validate_python(code) == code


@pytest.mark.parametrize("code", ["XX", "US-", "US-California", "US-ca", "US-CA-1", "-CA", ""])
def test_anything_else_is_no_region(code: str) -> None:
    with pytest.raises(ValidationError, match="is no ISO 3166 region"):
        REGION.validate_python(code)
