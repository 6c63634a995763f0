"""What a page says of what was just done: only what is so on record, whenever its address is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from web.console.visit import Visit

if TYPE_CHECKING:
    from backorder.queries.requests import RequestView
    from web.console.line_forms import LineForm


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What stands above a page. mood: good or care."""

    mood: str
    words: str


DONE = {
    "task": "That task is done, and off the list.",
    "task-gone": "That task is not on the list any more: somebody did it.",
    "note": "Your note is kept.",
    "dates": "The dates are on record, and whoever they concern hears of them.",
    "dates-wait": "The dates are on record. They move far, so they wait until somebody approves them.",
    "approve": "The date is approved, and whoever it concerns hears of it.",
    "reject": "The date is refused; what was said before still counts.",
}
"""What was done that no line rules on."""


def receipt_of(visit: Visit) -> tuple[str, str]:
    """What the address says was just done, and its request; "" for nothing that this session did."""
    return visit.sessions.done(visit.session, visit.request.query_params.get("done", "")) or ("", "")


def said_of(visit: Visit) -> Said | None:
    """What to say of what was just done."""
    done, _ = receipt_of(visit)
    if done not in DONE:
        return None
    return Said(mood="care" if done == "task-gone" else "good", words=DONE[done])


def said_of_request(form: LineForm, found: RequestView) -> Said:
    """The same of what was asked of a line."""
    if found.verdict == "pending":
        return Said(mood="care", words=f"{form.what} is on record and under way. Load the page again to see.")
    if found.verdict == "accepted":
        return Said(mood="good", words=form.done)
    became = _BECAME.get(found.verdict, found.verdict)
    why = f": {found.reason}" if found.reason else ""
    return Said(mood="care", words=f"{form.what} {became}{why}.")


_BECAME = {
    "rejected": "was refused",
    "recorded": "is kept, without effect",
    "ignored": "changes nothing",
}
"""What became of a request that had no effect."""
