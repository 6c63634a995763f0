"""The law of lines that were started before laws were pinned: from what was said at their start."""

from __future__ import annotations

import json
from datetime import date, datetime

from backorder.domain.law.terms import OrderFacts, Terms, terms_of
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy


def earlier_terms(opening: str, state: State, policy: Policy, *, region: str, kind: str) -> Terms:
    """The law of a line. opening: what was said at its start, as JSON. region, kind: of its customer."""
    told = json.loads(opening)
    order = OrderFacts(
        region=region,
        kind=kind,
        ordered_at=state.ordered_at,
        completed_at=_instant(told.get("completed_at")),
        credit=bool(told.get("credit")),
        ship_by=_day(told.get("ship_by")),
        promised_by=_day(told.get("by")),
        told_at=_instant(told.get("told_at")),
        essential=bool(told.get("essential")),
        withdrawal=told.get("withdrawal", True),
        pack=told.get("pack") or "auto",
        reason=told.get("pack_reason") or "",
        transit=policy.promise.transit,
    )
    return terms_of(order, policy.calendar, policy=policy.pack)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
