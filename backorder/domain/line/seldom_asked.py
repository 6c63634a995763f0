"""What next to no decision asks for, so that it is handed in only to those that do.

A decision that asks for what was left out ends by saying what it lacks. Whoever decides reads that then,
hands it in, and decides once more.
"""

from __future__ import annotations

from dataclasses import dataclass

from backorder.domain.line.state import SeldomAsked, State
from backorder.domain.notifications import Alternative


@dataclass(frozen=True, kw_only=True, slots=True)
class Lack:
    """What was left out of a decision's context that it asks for. stage, month: of coupons, "" otherwise."""

    what: SeldomAsked
    stage: str = ""
    month: str = ""


class LackingError(Exception):
    """A decision asks for what was left out, and has come to nothing so far. lack: what that is."""

    def __init__(self, lack: Lack) -> None:
        super().__init__(f"the decision asks for {lack.what}, which was left out")
        self.lack = lack


def has_gone(state: State, key: str) -> bool:
    """Whether the message of a key was handed to its provider, or is about to be. Raises LackingError."""
    if "gone" in state.context.left_out:
        raise LackingError(Lack(what="gone"))
    return key in state.context.gone


def coupons_given(state: State, stage: str, month: str) -> int:
    """How many coupons a stage has given out in a month (2026-03). Raises LackingError."""
    given = state.context.coupons.get((stage, month))
    if given is None and "coupons" in state.context.left_out:
        raise LackingError(Lack(what="coupons", stage=stage, month=month))
    return given or 0


def alternatives(state: State) -> tuple[Alternative, ...]:
    """What could be sent instead of the line's product now, the best first. Raises LackingError."""
    if "alternatives" in state.context.left_out:
        raise LackingError(Lack(what="alternatives"))
    return state.context.alternatives
