"""What a legal notice has to say: one that lacks a part is not sent. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backorder.domain.notifications import Facts

PARTS: Mapping[str, Callable[[Facts], bool]] = {
    "a definite new date, or that none can be named and why": lambda facts: bool(
        facts.by or facts.ask_until or facts.why
    ),
    "the right to cancel with a prompt refund": lambda facts: (
        not facts.refundable or facts.refund is not None
    ),
    "what silence means": lambda facts: (
        bool(facts.silence)
        and (facts.silence == "nothing" or facts.answer_by is not None)
        and (facts.silence == "cancelled") == (facts.ends_on is not None)
    ),
}
"""Every part, and whether the facts of a notice have it. A free way to answer is in every template."""


def missing_parts(facts: Facts) -> tuple[str, ...]:
    """The parts that a notice lacks."""
    return tuple(part for part, is_there in PARTS.items() if not is_there(facts))
