"""What the documentation says of each field: its words, and the limits that the server has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from backorder.domain.line.state import ConsentState
from backorder.errors import RefusedError
from backorder.schemas import Incoming, parse
from tests.support.documented_calls import described, never
from web.app import create_app
from web.calls import SHAPES
from web.openapi import document


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The documentation."""
    return document(create_app(never))


def _components(whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = whole["components"]["schemas"]
    return found


def _resolved(whole: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    place = schema.get("$ref")
    return schema | _components(whole)[place.rpartition("/")[2]] if place else schema


def _fields(
    whole: dict[str, Any], schema: dict[str, Any], place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every field of a body, also within lists (0 is the place in one) and objects, with its schema."""
    schema = _resolved(whole, schema)
    if place:
        yield place, schema
    for name, each in schema.get("properties", {}).items():
        yield from _fields(whole, each, (*place, name))
    for each in schema.get("anyOf", ()):
        # Among several that are possible, each has to be kept by itself only where there is no other.
        if sum(other.get("type") != "null" for other in schema["anyOf"]) == 1 and each.get("type") != "null":
            yield from _fields(whole, each, place)
    if "items" in schema:
        yield from _fields(whole, schema["items"], (*place, "0"))


BODIES = sorted({shape.body for shape in SHAPES.values() if shape.body}, key=lambda model: model.__name__)
"""The models of all bodies."""


def _schema_of(whole: dict[str, Any], model: type[Incoming]) -> dict[str, Any]:
    return _components(whole)[model.__name__]


def _with(place: tuple[str, ...], value: object) -> object:
    """A body in which nothing but a field stands."""
    for part in reversed(place):
        value = [value] if part == "0" else {part: value}
    return value


def _faults(model: type[Incoming], place: tuple[str, ...], value: object) -> list[str]:
    """What the server says of a field, whatever else is missing."""
    body = _with(place, value)
    assert isinstance(body, dict)
    try:
        parse(model, body)
    except RefusedError as error:
        name = ".".join(place)
        return [each for each in error.faults if each.partition(": ")[0].startswith(name)]
    return []


def _is_money(schema: dict[str, Any]) -> bool:
    return [each.get("type") for each in schema.get("anyOf", ())] == ["string", "integer"]


def _outside(schema: dict[str, Any]) -> Iterator[object]:
    """Values that are just not what a schema says."""
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("minLength"):
        yield ""
    if "pattern" in schema or "format" in schema:
        yield "?"
    if "enum" in schema:
        yield "?"
    if "maxItems" in schema:
        yield [{}] * (schema["maxItems"] + 1)
    if schema.get("minItems"):
        yield []
    for each in schema.get("anyOf", ()):
        if _is_money(schema) and each["type"] == "integer":
            yield from (-1, each["maximum"] + 1, 1.5, "-1", "x", "1.2345678", "12345678901")
        if "exclusiveMinimum" in each:  # money that moved
            yield from (0, "0", "0.00")


def _at_the_limit(schema: dict[str, Any]) -> Iterator[object]:
    """Values that just are what a schema says."""
    yield from (schema[limit] for limit in ("minimum", "maximum") if limit in schema)
    if not {"pattern", "format"} & schema.keys():
        yield from ("x" * schema[limit] for limit in ("minLength", "maxLength") if schema.get(limit))
    for each in schema.get("anyOf", ()):
        if _is_money(schema) and each["type"] == "integer":
            yield from (each["maximum"], str(each["maximum"]), "1", "0.5")


_OF_LIMITS = ("out of bounds", "characters", "are the most", "is empty", "must be from", "is too large")


@pytest.mark.parametrize("model", BODIES, ids=lambda model: model.__name__)
def test_limits_of_bodies_are_those_that_the_server_has(model: type[Incoming], whole: dict[str, Any]) -> None:
    """What is just outside is refused, and what is at the limit is no fault of that kind."""
    for place, schema in _fields(whole, _schema_of(whole, model)):
        for value in _outside(schema):
            assert _faults(model, place, value), (place, value)
        for value in _at_the_limit(schema):
            found = [each for each in _faults(model, place, value) if any(w in each for w in _OF_LIMITS)]
            assert not found, (place, value, found)


@pytest.mark.parametrize("model", BODIES, ids=lambda model: model.__name__)
def test_every_text_number_and_list_of_a_body_has_its_limits(
    model: type[Incoming], whole: dict[str, Any]
) -> None:
    """What is a text has a length or a form, a number has bounds, a list a length."""
    limits = {
        "string": {"maxLength", "pattern", "format", "enum", "const"},
        "integer": {"maximum"},
        "array": {"maxItems"},
    }
    bare = [
        place
        for place, schema in _fields(whole, _schema_of(whole, model))
        if schema.get("type") in limits and not limits[schema["type"]] & schema.keys()
    ]
    assert bare == []


def test_every_field_of_bodies_and_answers_is_described(whole: dict[str, Any]) -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in _components(whole).items()
        for field, each in schema.get("properties", {}).items()
        if not each.get("description")
    ]
    assert bare == []


def test_what_may_be_null_says_so_where_a_word_of_the_field_alone_does_not(whole: dict[str, Any]) -> None:
    """A word by the field's name alone is of most classes that have it: these mean something else."""
    said = {
        (name, field): each["description"]
        for name, schema in _components(whole).items()
        for field, each in schema.get("properties", {}).items()
    }
    for place in (("EffectView", "days"), ("Split", "date"), ("PurchaseOrderLine", "stated_date")):
        assert "null" in said[place], said[place]
    assert "Days of waiting" not in said["EffectView", "days"]
    assert "sold before" in said["DemandPlan", "as_of"]
    assert "sold before" in said["StockPlan", "as_of"]
    for state in get_args(ConsentState):
        assert state in said["ConsentView", "state"]


def test_every_parameter_is_described(whole: dict[str, Any]) -> None:
    bare = [
        f"{method} {path} {each['name']}"
        for method, path, operation in described(whole)
        for each in operation.get("parameters", ())
        if not each.get("description")
    ]
    assert bare == []


def test_schemas_have_no_words_that_json_schema_does_not_know(whole: dict[str, Any]) -> None:
    def keys(found: object) -> Iterator[str]:
        if isinstance(found, dict):
            for key, each in found.items():
                if key == "properties":
                    for field in each.values():
                        yield from keys(field)
                elif key not in ("default", "examples"):
                    yield key
                    yield from keys(each)
        elif isinstance(found, list):
            for each in found:
                yield from keys(each)

    known = {
        *("$ref", "title", "description", "default", "examples", "type", "format", "enum", "const"),
        *("properties", "required", "additionalProperties", "propertyNames", "items", "prefixItems"),
        *("minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "pattern"),
        *("minItems", "maxItems", "uniqueItems", "anyOf", "oneOf", "allOf"),
    }
    assert {key for schema in _components(whole).values() for key in keys(schema)} <= known


def test_money_of_bodies_is_text_or_a_whole_number(whole: dict[str, Any]) -> None:
    price = _components(whole)["OrderLine"]["properties"]["unit_price"]
    assert [each["type"] for each in price["anyOf"]] == ["string", "integer"]
    assert "decimal text" in price["description"]
    assert _components(whole)["OrderLine"]["properties"]["quantity"] == {
        "description": "The part that waits. Units.",
        "maximum": 1_000_000,
        "minimum": 1,
        "title": "Quantity",
        "type": "integer",
    }
