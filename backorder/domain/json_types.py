"""JSON that is passed through, as a type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""Whatever JSON can say."""
JsonObject: TypeAlias = "Mapping[str, Json]"
"""An object of JSON, of whose keys nothing is known."""
