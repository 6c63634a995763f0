"""Whether there are traces: where OpenTelemetry's own variable says so; nothing of it is loaded otherwise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from backorder.errors import SetupError

if TYPE_CHECKING:
    from starter.tracing import Tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def tracing(service: str) -> Tracing | None:
    """The traces of this process, which calls itself so; None where nobody wants any. Raises SetupError."""
    named = next((each for each in ENDPOINTS if os.environ.get(each)), None)
    if named is None:
        return None
    try:
        from starter.tracing import Tracing
    except ImportError as error:
        missing = f"{named} is set, but {error.name} is not installed: pip install 'backorder[telemetry]'"
        raise SetupError(missing) from None
    return Tracing(service)
