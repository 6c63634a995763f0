"""The record of a line as a chain: each row is bound to the one before it. Pure.

docs/evidence.md says the same in words, for whoever wants to check a file with a program of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

FORMAT = "backorder-evidence/1"
BEGINS = "evidence_begins"
"""The entry with which the chain of a line begins that is older than the chain."""
ENTRY = ("at", "what", "by", "verdict", "detail", "request", "about", "words")
"""What an entry of the timeline is bound by."""
PROMISE = ("revision", "likely", "by", "parts", "evidence", "told_at", "message", "takes_back")
"""What a promise is bound by."""
STATED = (
    "purchase_order",
    "line",
    "revision",
    "split",
    "quantity",
    "day",
    "source",
    "note",
    "at",
    "received",
)
"""What a supplier's stated date is bound by."""
_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: Any) -> bytes:
    """JSON in its one form: keys sorted, nothing between, UTF-8; days, instants and amounts are texts.

    The form of RFC 8785 for what is in a file: texts, whole numbers, true, false, null, lists and objects
    whose keys are ASCII.
    """
    return _PLAIN.encode(plain(value)).encode()


def plain(value: Any) -> Any:
    """A value in JSON's own types. Instants are UTC with six places and a Z."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def digest(salt: str, words: Any) -> str:
    """The salted digest of what people wrote: with the salt gone, nobody can find out by trying."""
    return sha256(salt.encode() + b"\n" + canonical(words)).hexdigest()


def entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the timeline, as it is bound."""
    return {"kind": "entry"} | {name: row[name] for name in ENTRY}


def promise(row: Mapping[str, Any]) -> dict[str, Any]:
    """A promise, as it is bound; its parts and what it rests on are kept as JSON."""
    parsed = {name: json.loads(row[name]) for name in ("parts", "evidence")}
    return {"kind": "promise"} | {name: row[name] for name in PROMISE} | parsed


def stated(row: Mapping[str, Any]) -> dict[str, Any]:
    """A date that a supplier stated, as it is bound."""
    return {"kind": "stated_date"} | {name: row[name] for name in STATED}


def of_message(send: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a send, of which the digest is taken."""
    return {name: send[name] for name in ("channel", "address", "subject", "html", "text")}


def of_request(row: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a request, of which the digest is taken."""
    content = row["content"]
    return {
        "kind": row["kind"],
        "content": json.loads(content) if isinstance(content, str) else content,
        "evidence": row["evidence"],
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """What binds a row. place: 1 for the first; hash: over the row, its place and the hash before it."""

    place: int
    hash: str


class Chain:
    """A chain that is added to. name: whose it is; length, head: of what is there, "" for nothing."""

    def __init__(self, name: str, length: int = 0, head: str = "") -> None:
        self.name, self.length, self.head = name, length, head

    def add(self, row: Mapping[str, Any]) -> Link:
        """Bind a row to the last one."""
        self.length, self.head = self.length + 1, hashed(self.name, self.length + 1, self.head, row)
        return Link(place=self.length, hash=self.head)


def hashed(name: str, place: int, previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a row in its place."""
    return sha256(canonical({"of": name, "place": place, "previous": previous, "row": dict(row)})).hexdigest()


def broken(name: str, links: Sequence[tuple[Link, Mapping[str, Any]]], length: int, head: str) -> list[str]:
    """What is wrong with a chain, in words; nothing where it is whole. links: its rows in their order."""
    found, previous, expected = [], "", 1
    for link, row in links:
        if link.place != expected:
            gap = link.place > expected
            which = _rows(expected, link.place - 1) if gap else f"row {link.place}"
            found.append(f"{which} of {name} {'missing' if gap else 'there twice'}")
        elif hashed(name, link.place, previous, row) != link.hash:
            found.append(f"row {link.place} of {name} was changed")
        previous, expected = link.hash, link.place + 1
    if expected <= length:
        found.append(f"{_rows(expected, length)} of {name} missing at the end")
    elif expected - 1 > length or previous != head:
        found.append(f"{name} does not end with the row that it says")
    return found


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"
