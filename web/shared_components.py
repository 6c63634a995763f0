"""Parts of the API's documentation that many calls have: each stands there once, and calls refer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Part: TypeAlias = Mapping[str, object]


class Section:
    """One kind of parts. name: of the section of the components."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: dict[str, Part] = {}

    def all(self) -> dict[str, Part]:
        """By name."""
        return dict(sorted(self._found.items()))

    def referred(self, name: str, part: Part) -> Mapping[str, str]:
        """What stands in the place of a part. name: with a number behind it where another part has it."""
        tried, number = name, 1
        while self._found.setdefault(tried, part) != part:
            number += 1
            tried = f"{name}-{number}"
        return {"$ref": f"#/components/{self.name}/{tried}"}

    def each(self, parts: Mapping[str, Part]) -> Mapping[str, Part]:
        """The same of several, by their names."""
        return {name: self.referred(name.replace(":", "-"), part) for name, part in parts.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedComponents:
    """All parts that are shared, but for schemas. examples: of errors. headers: of answers. responses: those
    that say the same whatever the call is. parameters: headers of calls.
    """

    examples: Section = field(default_factory=lambda: Section("examples"))
    headers: Section = field(default_factory=lambda: Section("headers"))
    responses: Section = field(default_factory=lambda: Section("responses"))
    parameters: Section = field(default_factory=lambda: Section("parameters"))

    def all(self) -> dict[str, dict[str, Part]]:
        """By section."""
        sections = (self.examples, self.headers, self.responses, self.parameters)
        return {each.name: each.all() for each in sections}
