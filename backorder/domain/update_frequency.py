"""How often a customer hears when nothing changes: as the policy says, or less often, as they wish. Pure."""

from __future__ import annotations

LONGEST_INTERVAL = 56
"""Days that a customer may wish to hear nothing for."""


def days_between(every: int, own: int) -> int:
    """Days after which a quiet customer hears again. every: by the policy; own: theirs, 0 for none."""
    return max(every, min(own, LONGEST_INTERVAL)) if own else every
