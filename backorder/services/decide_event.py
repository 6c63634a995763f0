"""One event, one decision: what it asks for that was left out is read, and it is made once more."""

from __future__ import annotations

from backorder.domain.line.commands import Decision
from backorder.domain.line.decide import decide
from backorder.domain.line.events import Event
from backorder.domain.line.seldom_asked import LackingError
from backorder.storage.lines import LineRecord


def decide_event(line: LineRecord, event: Event) -> Decision:
    """What an event leads to for a line, of which `line.state` is the state before; nothing is written.

    Raises NotTogetherError where a line of a batch lacks what no batch reads.
    """
    policy = line.policy_after(event)
    while True:
        try:
            return decide(policy, line.state, event)
        except LackingError as lacking:
            line.look_up(lacking.lack, policy)
