"""One rule of a law, as the packs list it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of a pack.

    id: as a case's `duties` name it. what: the rule, in words. source: where it stands. engine: what the
    engine does about it. shop: what the shop has to do itself; "" for nothing.
    """

    id: str
    what: str
    source: str
    engine: str
    shop: str = ""
