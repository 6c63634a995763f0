"""What a task asks of a person, with what it states. Plain text: whoever shows it escapes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypedDict, cast

from backorder.domain.tasks import TASKS
from backorder.domain.texts import how_many


class BackupSupplier(TypedDict):
    """A supplier that could step in, as a task names it."""

    supplier: str
    on_time: float
    by: str


class StatedPart(TypedDict):
    """Units of a line, and the day that a supplier states for them; None for none."""

    quantity: int
    date: str | None


class Detail(TypedDict, total=False):
    """What tasks state, each what its kind has: see `backorder.storage.tasks.Task`."""

    why: str
    revision: int
    by: str
    wrote: str
    sender: str
    lines: Sequence[str]
    supplier: str
    outstanding: int
    chases: int
    backups: Sequence[BackupSupplier] | None
    receipt: str
    received: int
    quantity: int
    ordered: int
    cancelled: bool
    sku: str
    missing: int
    stated: Sequence[StatedPart]
    supplier_note: str
    name: str
    provider: str
    code: str


def task_in_words(kind: str, subject: str, stated: Mapping[str, object]) -> str:
    """What a task asks. subject: what it is about; stated: its detail."""
    detail = cast(Detail, stated)
    if "wrote" in detail and kind in TASKS:
        lines = f" (open: {', '.join(detail['lines'])})" if detail.get("lines") else ""
        sender = f", from {detail['sender']}" if detail.get("sender") else ""
        return f"{TASKS[kind].what}{lines}. They wrote{sender}: {_on_one_line(detail['wrote'])}"
    with suppress(KeyError):  # another version's, which states less
        return _WORDS[kind](subject, detail)
    return TASKS[kind].what if kind in TASKS else kind.replace("_", " ")


def _on_one_line(words: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _approve(_: str, detail: Detail) -> str:
    """With what is to be approved, which a task of before does not have."""
    asked = f"a new date waits: {detail['why']}"
    if "stated" not in detail:
        return asked
    parts = [
        f"{how_many(each['quantity'], 'unit')} "
        + (f"on {each['date']}" if each["date"] else "without a date")
        for each in detail["stated"]
    ]
    note = detail.get("supplier_note", "")
    wrote = f". They wrote: {_on_one_line(note)}" if note else ""
    return f"{asked}; {', '.join(parts) or 'none of it can be supplied'}{wrote}"


def _silent(_: str, detail: Detail) -> str:
    times = detail["chases"]
    asked = f"{detail['supplier']} was chased {'once' if times == 1 else f'{times} times'}"
    return f"{asked if times else detail['why']}; {how_many(detail['outstanding'], 'unit')} outstanding"


def _over_received(_: str, detail: Detail) -> str:
    arrived = how_many(detail["received"], "unit")
    came = f"receipt {detail['receipt']}: {arrived} came, {detail['ordered']} had been ordered"
    return f"{came} and cancelled since" if detail.get("cancelled") else came


def _short(_: str, detail: Detail) -> str:
    units = f"{how_many(detail['quantity'], 'unit')} of {detail['supplier']}"
    return f"{units} should be ordered: {detail['why']}"


def _paused(subject: str, detail: Detail) -> str:
    if detail.get("by"):
        return f"{subject} was paused by {detail['by']}: {detail['why']}"
    return f"{subject} works for nobody and is paused: {detail['why']}"


_WORDS: Mapping[str, Callable[[str, Detail], str]] = {
    "approve_date": _approve,
    "supplier_silent": _silent,
    "over_received": _over_received,
    "supplier_unreachable": lambda _, detail: f"{detail['supplier']} cannot be written to: {detail['why']}",
    "product_short": _short,
    "reserved_units_lost": lambda _, detail: (
        f"{detail['missing']} × {detail['sku']} that the customer took instead are gone"
    ),
    "channel_paused": _paused,
    "provider_code": lambda _, detail: (
        f"{detail['provider']} refuses messages with code {detail['code']}: look it up, and mend its cause"
    ),
    "reader_stopped": lambda _, detail: (
        f"the key of {detail['name']} has not read the events for a day, and messages wait for that"
    ),
}
"""Tasks that say more than what their kind asks; one row a kind."""
