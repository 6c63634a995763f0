"""The open duties of a line as its row keeps them, so that lists need not decode its state."""

from __future__ import annotations

from datetime import date

from pydantic_core import from_json

from backorder.domain.line.duties import Duty, duties
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy
from backorder.storage.codec import dump_json


def duty_columns(policy: Policy, state: State) -> dict[str, object]:
    """What a line's row says of its duties: all of them, and the last day of the first one."""
    found = duties(policy, state)
    if not found:
        return {"duties": None, "duty_due": None}
    listed = [{"rule": each.rule, "due": each.due.isoformat()} for each in found]
    return {"duties": dump_json(listed), "duty_due": found[0].due}


def duties_of(text: str | None) -> tuple[Duty, ...]:
    """The duties that a row says, the first one first. Raises ValueError and the like for what is none."""
    duties = from_json(text) if text else ()
    return tuple(Duty(rule=each["rule"], due=date.fromisoformat(each["due"])) for each in duties)
