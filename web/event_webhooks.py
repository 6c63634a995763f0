"""The calls that receivers get, for the API's documentation: one entry a type of event."""

from __future__ import annotations

from collections.abc import Mapping

from backorder.domain.line.published_events import (
    OF_THE_LINE,
    PREFIX,
    PUBLISHED_EVENTS,
    Field,
    PublishedEvent,
    example,
)

_FORMS: Mapping[str, Mapping[str, object]] = {
    "whole number": {"type": "integer"},
    "text": {"type": "string"},
    "day": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    "percent": {"type": "string", "pattern": r"^\d+(\.\d+)?$"},
}
_HEADERS = {
    "webhook-id": "The event's ID, the same in every attempt.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "One or two signatures of version 1, with spaces between.",
}


def webhooks() -> dict[str, object]:
    """The section `webhooks` of an OpenAPI 3.1 document."""
    return {PREFIX + name: {"post": _call(name, row)} for name, row in sorted(PUBLISHED_EVENTS.items())}


def _call(name: str, row: PublishedEvent) -> dict[str, object]:
    return {
        "operationId": f"on_{name}",
        "tags": ["events"],
        "summary": f"{row.when[0].upper()}{row.when[1:]}",
        "security": [],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": words,
                "schema": {"type": "string"},
            }
            for header, words in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _body(name, row), "example": example(name)}},
        },
        "responses": {"2XX": {"description": "It was taken. Anything else is tried again."}},
    }


def _body(name: str, row: PublishedEvent) -> dict[str, object]:
    fields = {**OF_THE_LINE, **row.data}
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": PREFIX + name, "description": "The type of event."},
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "description": "When it happened, UTC with Z.",
            },
            "data": {
                "type": "object",
                "description": "What happened.",
                "required": list(fields),
                "properties": {key: _schema(each) for key, each in fields.items()},
            },
        },
    }


def _schema(each: Field) -> dict[str, object]:
    found = dict(_FORMS[each.form]) | {"description": each.meaning}
    return found | {"type": [found["type"], "null"]} if each.optional else found
