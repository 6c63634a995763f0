"""A person moves a line to another policy: what was done stays done, and nothing is caught up on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from backorder.domain.line.commands import FreeUnits
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import PolicyMoved
from backorder.domain.line.stage_conditions import due_day, forbids_endings
from backorder.domain.line.state import State
from backorder.domain.line.units import KnownError, UnacceptableError, refold, renew_pending
from backorder.domain.policy.policy import Policy


def due_stages(policy: Policy, state: State, day: date) -> tuple[str, ...]:
    """Keys of the stages that are due by a policy and not done."""
    found = []
    for stage in policy.stages:
        due = due_day(policy, state, stage)
        if due is not None and due <= day and not state.is_done(stage.key):
            found.append(stage.key)
    return tuple(found)


def forbidden_endings(policy: Policy, state: State) -> tuple[str, ...]:
    """Keys of the endings of a policy that never come: by the law of the line silence does not cancel."""
    return tuple(stage.key for _, stage in policy.endings) if forbids_endings(policy, state) else ()


def naming(policy: str, version: str) -> str:
    """How a decision names a version of a policy."""
    return f"{policy} {version}"


def policy_moved(builder: DecisionBuilder, event: PolicyMoved) -> None:
    """The line keeps another policy from now on: the builder's.

    Stages that are due by it and were not by the one before are skipped; duties of law are none of them.
    """
    if not event.version:
        raise UnacceptableError(f'no policy is called "{event.policy}"')
    if event.kept == (event.policy, event.version):
        raise KnownError(f"the line keeps {event.policy} {event.version} already")
    skipped = [
        key for key in due_stages(builder.policy, builder.state, builder.day) if key not in event.due_before
    ]
    for key in skipped:
        builder.done(key)
    _give_up_a_part(builder)
    refold(builder)
    now, before = naming(event.policy, event.version), naming(*event.kept)
    builder.because(f"the line keeps {now} from now on, not {before}")
    renew_pending(builder, "what waited to be told is told by that one")
    if skipped:
        builder.because(f"due by it already, and skipped: {', '.join(skipped)}")
    if never := forbidden_endings(builder.policy, builder.state):
        builder.because(f"silence never cancels by {builder.state.terms.pack}, so never: {', '.join(never)}")


def _give_up_a_part(builder: DecisionBuilder) -> None:
    """By `skip` a line holds units only where it is whole, or where they go: others get what it held."""
    state, quantity = builder.state, builder.state.quantity
    held = quantity.allocated - state.allocation_reported
    if builder.policy.partial != "skip" or not quantity.waiting or held <= 0:
        return
    if state.swap is not None or state.revocable:
        return  # it keeps its units until what becomes of these is known
    builder.do(FreeUnits(quantity=held))
    builder.change(
        quantity=replace(quantity, allocated=quantity.allocated - held), returned=state.returned + held
    )
    builder.gave_units_away()
    builder.because(f"{held} {'goes' if held == 1 else 'go'} to the next in the queue that fits")
