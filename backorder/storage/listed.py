"""What a list shows of a line's state, written beside it, so that a page of lines reads no whole states."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import md5
from typing import Any

from backorder.domain.line.next_review import FirstToCome, NextReview, first_to_come
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy
from backorder.storage.codec import dump_json

FORM = 1
"""Raised when a list shows something else of a state: what was written before is not used any more."""


@dataclass(frozen=True, slots=True)
class Listed:
    """ordered, open: units. forecast_by: None for no forecast. first: what comes first by itself."""

    ordered: int
    open: int
    forecast_by: date | None
    needs: tuple[str, ...]
    first: FirstToCome | None


def listed_of(policy: Policy, state: State, look: NextReview) -> Listed:
    """What a list shows of a state. look: the line's next review."""
    return Listed(
        ordered=state.quantity.ordered,
        open=state.quantity.open,
        forecast_by=state.forecast.by if state.forecast else None,
        needs=state.needs,
        first=first_to_come(policy, state, look),
    )


def dump_listed(found: Listed, state: str) -> str:
    """As it is stored. state: the text from which it was made."""
    by, first = found.forecast_by, found.first
    units = (found.ordered, found.open)
    coming = first and (first.at.isoformat(), first.what, first.why)
    return dump_json([FORM, mark_of(state), *units, by and by.isoformat(), found.needs, coming])


def mark_of(state: str) -> str:
    """What tells the text of a state from every other one; the databases have the same function."""
    return md5(state.encode(), usedforsecurity=False).hexdigest()


def load_listed(text: Any, state: Any) -> Listed | None:
    """What was stored; None where there is nothing, or it was made of another state than this text."""
    if not isinstance(text, str) or not isinstance(state, str):
        return None
    try:
        form, made_of, ordered, open, by, needs, first = json.loads(text)
        if (form, made_of) != (FORM, mark_of(state)):
            return None
        return Listed(
            ordered=ordered,
            open=open,
            forecast_by=date.fromisoformat(by) if by else None,
            needs=tuple(needs),
            first=first and FirstToCome(datetime.fromisoformat(first[0]), *first[1:]),
        )
    except (ValueError, TypeError):
        return None
