"""What somebody had typed into a form that came to nothing: it is shown to them once more, unfolded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9]{1,7}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST = 2000
"""Characters of what was typed that are shown once more."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A form in which something is filled in: the field, and what the page calls it."""

    field: str
    title: str


_FORMS: Mapping[str, _Form] = {
    "cancel": _Form("quantity", "cancel_some"),
    "keep": _Form("until", "last_day"),
    "complaint": _Form("text", "complaint_label"),
    "email": _Form("value", "new_email"),
    "phone": _Form("value", "new_phone"),
    "updates": _Form("value", "updates_title"),
}
"""By the choice that it makes."""
AGREED = "agreed"
"""What has to be ticked for texts. A tick is never put there for anybody, not even their own."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for a choice. line: the one that it is about, "" for none. value: as it was typed.

    faulty: whether it is what has to be put right; unread: since it cannot be read. unticked: a tick that
    goes with it is missing.
    """

    do: str
    line: str
    value: str
    faulty: bool
    unread: bool = False
    unticked: bool = False

    def of(self, do: str, line: str = "") -> bool:
        """Whether it was typed into that form."""
        return (self.do, self.line) == (do, line)

    @property
    def is_number(self) -> bool:
        """Whether a field for numbers would show it."""
        return not self.value or _NUMBER.fullmatch(self.value) is not None

    @property
    def is_day(self) -> bool:
        """Whether a field for days would show it."""
        return not self.value or _DAY.fullmatch(self.value) is not None


def typed_in(form: Mapping[str, str], *, faulty: bool, faults: Sequence[str] = ()) -> Typed | None:
    """What a form was filled in with; None for one in which nothing can be.

    faulty: something of it has to be put right. faults: what cannot be read of it, each with its field first.
    """
    do = form.get("do", "")
    if not title_of(form):
        return None
    ticks = [each for each in faults if each.startswith(f"{AGREED}:")]
    return Typed(
        do,
        form.get("line", ""),
        form[_FORMS[do].field][:LONGEST],
        faulty and (not faults or len(ticks) < len(faults)),
        unread=bool(faults),
        unticked=bool(ticks),
    )


def title_of(form: Mapping[str, str]) -> str:
    """Which of the page's words name the form that was sent; "" where nothing is filled in."""
    mine = _FORMS.get(form.get("do", ""))
    return mine.title if mine is not None and mine.field in form else ""
