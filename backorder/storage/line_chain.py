"""The chain of a line: entries and promises are bound to each other as they are written.

Whoever adds to it holds the line's row, which says how long it is and how it ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.domain import evidence
from backorder.domain.evidence import Chain
from backorder.storage.compiled import fetch
from backorder.storage.tables import message_items, sends

NO_CHAIN = "what happened until then is on record without a chain"
_OF_MESSAGES = (
    select(sends.c.message, sends.c.id, sends.c.digest)
    .where(sends.c.message.in_(bindparam("messages", expanding=True)), sends.c.state == "sent")
    .order_by(sends.c.message, sends.c.attempt, sends.c.claimed_at)
)
_OF_STEP = (
    select(message_items.c.step.label("message"), sends.c.id, sends.c.digest)
    .join(message_items, message_items.c.message == sends.c.message)
    .where(message_items.c.backorder == bindparam("backorder"), message_items.c.step == bindparam("step"))
    .where(sends.c.state == "sent")
    .order_by(sends.c.attempt, sends.c.claimed_at)
)
Told = tuple[str, str | None]
"""A send, and the digest of its words; None for one that an older version wrote."""


def told_by(connection: Connection, messages: Iterable[str]) -> Mapping[str, Told]:
    """The send by which each message went, and the digest of its words."""
    named = sorted(set(messages))
    if not named:
        return {}
    rows = fetch(connection, _OF_MESSAGES, {"messages": named})
    return {row.message: (row.id, row.digest) for row in rows}


class _ChainedRow(Protocol):
    chained: int
    head: str
    seq: int
    line_version: int


class LineChain:
    """The chain of one line within a transaction. row: of the line, locked."""

    def __init__(self, connection: Connection, backorder: str, row: _ChainedRow) -> None:
        self._connection = connection
        self._backorder = backorder
        self._chain = Chain(backorder, row.chained, row.head)
        # What an older version wrote is not bound; the first row says so.
        self._begins = row.chained == 0 and (row.seq > 0 or row.line_version > 0)
        self.told: dict[str, Told] = {}

    @property
    def values(self) -> dict[str, object]:
        """What the line's row says of it."""
        return {"chained": self._chain.length, "head": self._chain.head}

    def entries(self, row: Mapping[str, object]) -> Iterator[dict[str, object]]:
        """The rows of the timeline that write an entry down: itself, and before it the chain's beginning."""
        if self._begins:
            self._begins = False
            first = {"what": evidence.BEGINS, "by": "engine", "verdict": "recorded", "detail": NO_CHAIN}
            yield self._entry({"backorder": self._backorder, "at": row["at"]} | first)
        yield self._entry(row)

    def promise(self, row: Mapping[str, object]) -> dict[str, object]:
        """A promise, bound."""
        return self._bound(row, evidence.promise(row))

    def words_told(self, step: str) -> dict[str, object]:
        """What an entry says of the message that told a step."""
        told = self.told.get(step)
        if told is None:
            rows = fetch(self._connection, _OF_STEP, {"backorder": self._backorder, "step": step})
            told = (rows[-1].id, rows[-1].digest) if rows else None
        return {"about": told[0], "words": told[1]} if told else {}

    def _entry(self, row: Mapping[str, object]) -> dict[str, object]:
        whole = {"request": None, "about": None, "words": None} | dict(row)
        return self._bound(whole, evidence.entry(whole))

    def _bound(self, row: Mapping[str, object], bound: Mapping[str, object]) -> dict[str, object]:
        link = self._chain.add(bound)
        return dict(row) | {"place": link.place, "hash": link.hash}


class _RequestRow(Protocol):
    salt: str | None
    kind: str
    content: str
    evidence: str


def of_request(row: _RequestRow) -> dict[str, object]:
    """The digest of a request's words, and its salt. row: of the request."""
    salt = row.salt or secrets.token_hex(16)
    words = {"kind": row.kind, "content": row.content, "evidence": row.evidence}
    return {"salt": salt, "words": evidence.digest(salt, evidence.of_request(words))}


def of_send(row: Mapping[str, object]) -> dict[str, object]:
    """The digest of a send's words, and its salt."""
    salt = secrets.token_hex(16)
    return {"salt": salt, "digest": evidence.digest(salt, evidence.of_message(row))}
