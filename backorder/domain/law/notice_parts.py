"""What a legal notice has to say: one that lacks a part is not sent. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from backorder.domain.notifications import Facts

DATE = "a definite new date, or that none can be named and why"
CANCEL = "the right to cancel with a prompt refund"
SILENCE = "what silence means"
ANSWER = "a free way to answer"
PARTS: Mapping[str, Callable[[Facts], bool]] = {
    DATE: lambda facts: bool(facts.by or facts.ask_until or facts.why or facts.pay_by),
    CANCEL: lambda facts: not facts.refundable or facts.refund is not None,
    SILENCE: lambda facts: (
        bool(facts.silence)
        and (facts.silence == "nothing" or facts.answer_by is not None)
        and (facts.silence == "cancelled" or facts.last_day is not None) == (facts.ends_on is not None)
    ),
}
"""Every part, and whether the facts of a notice have it. A free way to answer is a matter of words alone."""
_LACKS = "the notice does not say "


def missing_parts(facts: Facts) -> tuple[str, ...]:
    """The parts that a notice lacks."""
    return tuple(part for part, is_there in PARTS.items() if not is_there(facts))


def lacking_in_words(parts: Sequence[str]) -> str:
    """Why a notice is not sent that lacks some parts; "" for none."""
    return f"{_LACKS}{' nor '.join(parts)}" if parts else ""


def is_lacking(reason: str) -> bool:
    """Whether a message was not sent because it lacks parts."""
    return reason.startswith(_LACKS)
