"""A page as somebody hears it who cannot see it: what the browser tells a screen reader, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

LANDMARKS = ("banner", "main", "contentinfo", "region", "navigation")
CONTROLS = ("button", "link", "textbox", "spinbutton", "checkbox", "combobox", "Date", "DisclosureTriangle")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One thing of a page. level: of a heading, 0 for none. focused: it has the keyboard's focus."""

    role: str
    name: str
    description: str
    level: int
    focused: bool
    invalid: bool


def heard(page: Page) -> list[Heard]:
    """All that a screen reader comes by, from the top to the end."""
    session = page.context.new_cdp_session(page)
    nodes: Sequence[Mapping[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {each["nodeId"]: each for each in nodes}

    def from_there(id: str) -> Iterator[Heard]:
        node = by_id[id]
        if not node.get("ignored"):
            yield _thing(node)
        for child in node.get("childIds", ()):
            if child in by_id:
                yield from from_there(child)

    return list(from_there(nodes[0]["nodeId"]))


def _thing(node: Mapping[str, Any]) -> Heard:
    states = {each["name"]: each["value"].get("value") for each in node.get("properties", ())}
    return Heard(
        role=str(node["role"]["value"]),
        name=_plain(node.get("name", {})),
        description=_plain(node.get("description", {})),
        level=int(states.get("level", 0)),
        focused=bool(states.get("focused")),
        invalid=states.get("invalid") == "true",
    )


def _plain(found: Mapping[str, Any]) -> str:
    """Words as they are spoken, whichever blanks are between them."""
    return " ".join(str(found.get("value", "")).split())


def reads_well(found: list[Heard]) -> None:
    """What holds for each page: places and buttons that can be told apart, and headings in steps."""
    levels = [each.level for each in found if each.role == "heading"]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    places = [(each.role, each.name) for each in found if each.role in LANDMARKS]
    assert [role for role, _ in places].count("main") == 1
    assert max(Counter(places).values()) == 1, places
    controls = [each for each in found if each.role in CONTROLS]
    assert all(each.name for each in controls), controls
    same = Counter((each.role, each.name, each.description) for each in controls)
    assert max(same.values(), default=1) == 1, same
    assert "–" not in {each.name for each in found}, "a dash alone says nothing"
