"""Media types that schemathesis does not know by itself: texts as they are."""

from __future__ import annotations

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson", "text/csv")
def text(context: Any, value: Any) -> bytes:
    """A text as bytes; what is no text as JSON."""
    words = value if isinstance(value, str) else json.dumps(value)
    return words.encode("utf-8", "surrogatepass")


@schemathesis.deserializer("application/x-ndjson")
def first_line(context: Any, response: Any) -> Any:
    """The first of the objects in an answer."""
    return json.loads(response.content.partition(b"\n")[0])
