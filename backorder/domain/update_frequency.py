"""How often a customer hears when nothing changes: as the policy says, or less often, as they wish. Pure."""

from __future__ import annotations

LONGEST_INTERVAL = 56
"""Days that a customer may wish to hear nothing for."""


def days_between(every: int, wish: int) -> int:
    """Days after which a quiet customer hears again. every: by the policy; wish: their own, 0 for none."""
    return max(every, min(wish, LONGEST_WISH)) if wish else every
