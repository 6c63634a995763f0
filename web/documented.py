"""JSON Schemas in which every field is described: by its class's docstring, its kind, or its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from inspect import cleandoc
from typing import cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from web.field_words import FIELD_WORDS, FORMS

_END = re.compile(r"\n\s*\n")
_JSON = re.compile(r"\b(?:None|True|False)\b")
"""Python's words for what JSON says otherwise."""
_VALUE = re.compile(r"\w+(?:,| \(| or )")
"""Words that begin with a value, as it is written in JSON."""
_SPACES = re.compile(r"\s+")


class Documented(GenerateJsonSchema):
    """Schemas with the words of the code: classes say what is meant by each of their fields."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The schema of what comes in."""
        return _described(cast("type[object]", schema["cls"]), super().model_schema(schema))

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """The schema of what goes out."""
        return _described(schema["cls"], super().dataclass_schema(schema))


def _described(cls: type[object], schema: JsonSchemaValue) -> JsonSchemaValue:
    fields: Mapping[str, JsonSchemaValue] = schema.get("properties", {})
    told = _said_of_fields(cls, tuple(fields))
    for name, each in fields.items():
        kind = _kind_of(each)
        words = FIELD_WORDS.get(f"{cls.__name__}.{name}") or told.get(name) or FIELD_WORDS.get(name, "")
        each["description"] = f"{words} {kind}".strip()
    if is_dataclass(cls) and "description" not in schema and cls.__doc__:
        schema["description"] = cleandoc(cls.__doc__)
    return schema


def _kind_of(schema: JsonSchemaValue) -> str:
    """What its kind says of a field, once: of a value that may be null or is in a list too."""
    arms = [schema, *schema.get("anyOf", ())]
    arms += [each["items"] for each in arms if isinstance(each.get("items"), dict)]
    found = [each["description"] for each in arms if "description" in each]
    if not found:
        found = [FORMS[form] for each in arms if (form := each.get("format")) in FORMS]
    for each in arms:
        each.pop("description", None)
    return " ".join(dict.fromkeys(found))


def _said_of_fields(cls: type[object], names: tuple[str, ...]) -> Mapping[str, str]:
    """What docstrings say of fields, as in "quantity: the part that waits."; the class's own come first."""
    found: dict[str, str] = {}
    for each in cls.__mro__:
        if each.__doc__ and each is not object:
            for name, words in entries(cleandoc(each.__doc__), names):
                found.setdefault(name, words)
    return found


def entries(doc: str, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    """The entries of a docstring for fields: after a sentence or a semicolon, their names and a colon."""
    known = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    if not known:
        return
    names_of = rf"(?:^|(?<=[.;]\s))((?:{known})(?:,\s(?:and\s)?(?:{known}))*)"
    start = re.compile(rf"{names_of}(?:\s\([^)]*\))?:\s")
    for paragraph in _END.split(doc):
        whole = _SPACES.sub(" ", paragraph)
        starts = list(start.finditer(whole))
        for place, begin in enumerate(starts):
            end = starts[place + 1].start() if place + 1 < len(starts) else len(whole)
            words = whole[begin.end() : end].strip().rstrip(";.").strip()
            words = _JSON.sub(lambda said: said[0].lower().replace("none", "null"), words)
            for name in re.split(r",\s(?:and\s)?", begin[1]):
                yield name, f"{words if _VALUE.match(words) else words[:1].upper() + words[1:]}."
