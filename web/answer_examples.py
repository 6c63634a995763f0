"""Examples of what calls answer, from the schemas of their answers and the words of one made-up case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from web.sample_values import BY_STATUS, SAMPLES

Schema = Mapping[str, object]
_REF = "#/components/schemas/"
_PLAIN: Mapping[str, object] = {
    "date": "2026-06-15",
    "date-time": "2026-05-04T08:30:00Z",
    "boolean": False,
    "integer": 0,
    "number": 0.0,
    "string": "",
    "object": {},
    "null": None,
}
"""By format or type, where no field's sample is meant."""


class AnswerExamples:
    """Makes examples. components: the schemas that others refer to, by name."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def of(self, schema: Schema, status: int) -> object:
        """An answer that fits its schema. status: what comes with it differs by that."""
        found = self._value(schema)
        if isinstance(found, dict):
            found |= {key: BY_STATUS[status, key] for key in found if (status, key) in BY_STATUS}
        return found

    def _value(self, schema: Schema, owner: str = "", field: str = "") -> object:
        if (place := schema.get("$ref")) is not None:
            name = str(place).removeprefix(_REF)
            return self._object(self._components[name], name)
        for name in (f"{owner}.{field}", field):
            if name in SAMPLES:
                return SAMPLES[name]
        if (arms := cast("list[Schema] | None", schema.get("anyOf"))) is not None:
            return self._value(arms[0], owner, field)
        if "enum" in schema:
            return cast("list[object]", schema["enum"])[0]
        if "prefixItems" in schema:
            return [self._value(each) for each in cast("list[Schema]", schema["prefixItems"])]
        if "items" in schema:
            return [self._value(cast("Schema", schema["items"]), owner, f"{field}.0")]
        if "properties" in schema:
            return self._object(schema, owner)
        return _PLAIN[str(schema.get("format") or schema["type"])]

    def _object(self, schema: Schema, name: str) -> object:
        fields = cast("Mapping[str, Schema]", schema["properties"])
        return {field: self._value(each, name, field) for field, each in fields.items()}
