"""A decision that is handed in what is seldom asked for only once it asks, as production decides."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.line.commands import Decision
from backorder.domain.line.decide import decide
from backorder.domain.line.events import Event
from backorder.domain.line.seldom_asked import LackingError
from backorder.domain.line.state import SELDOM_ASKED, State
from backorder.domain.policy.policy import Policy


def once_it_asks(policy: Policy, state: State, event: Event) -> tuple[Decision, list[str]]:
    """The decision, in the context of the state as it was given, and what it asked for."""
    lacked: list[str] = []
    while True:
        left_out = SELDOM_ASKED.difference(lacked)
        nothing = {name: type(getattr(state.context, name))() for name in left_out}
        context = state.context.replace(left_out=left_out, **nothing)
        try:
            made = decide(policy, state.replace(context=context), event)
        except LackingError as lacking:
            lacked.append(lacking.lack.what)
        else:
            return replace(made, state=made.state.replace(context=state.context)), lacked
