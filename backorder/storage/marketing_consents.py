"""Consent to promotions, by channel: when it was given, how and in which words, and when it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, select, update

from backorder.domain.policy.policy import CHANNELS
from backorder.storage.isolation import known, words
from backorder.storage.tables import consents, customers


@dataclass(frozen=True, slots=True)
class Stood:
    """From when until when somebody agreed to promotions by a channel; ended_at None: they still do."""

    at: datetime | None
    ended_at: datetime | None

    def stood(self, since: datetime, until: datetime) -> bool:
        """Whether it did at any time of a stretch."""
        return (self.at is None or self.at <= until) and (self.ended_at is None or self.ended_at > since)


PURPOSES: Mapping[str, str] = {channel: f"marketing_{channel}" for channel in CHANNELS}
"""What a row is called by which a customer agreed to promotions by a channel."""
_CONSENTS = (
    select(consents)
    .where(
        consents.c.customer.in_(bindparam("customers", expanding=True)),
        consents.c.purpose.in_(PURPOSES.values()),
        consents.c.ended_at.is_(None),
    )
    .order_by(consents.c.number)
)
_EVER = select(consents.c.customer, consents.c.at, consents.c.ended_at).where(
    consents.c.customer.in_(bindparam("customers", expanding=True)),
    consents.c.purpose.in_(PURPOSES.values()),
)
_LAST_ENDED = (
    select(consents.c.customer, consents.c.purpose, func.max(consents.c.ended_at).label("ended_at"))
    .where(consents.c.customer.in_(bindparam("customers", expanding=True)), consents.c.ended_at.is_not(None))
    .group_by(consents.c.customer, consents.c.purpose)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentGiven:
    """When, how and in which words somebody agreed."""

    at: datetime | None
    how: str
    wording: str


Consents = Mapping[str, ConsentGiven]
"""What stands of a customer's, by channel."""


def is_given(channel: str) -> ColumnElement[bool]:
    """The condition on `customers` that they agreed to promotions by a channel."""
    return exists().where(
        consents.c.customer == customers.c.id,
        consents.c.purpose == PURPOSES[channel],
        consents.c.ended_at.is_(None),
    )


def consents_of(connection: Connection, people: Iterable[str]) -> Mapping[str, Consents]:
    """What some customers agreed to, by their IDs; nothing of one who agreed to nothing."""
    channels = {purpose: channel for channel, purpose in PURPOSES.items()}
    found: dict[str, dict[str, ConsentGiven]] = {}
    for row in connection.execute(_CONSENTS, {"customers": sorted(people)}):
        given = ConsentGiven(at=known(row.at), how=words(row.evidence), wording=words(row.wording))
        found.setdefault(row.customer, {})[channels[row.purpose]] = given
    return found


def ever(connection: Connection, people: Iterable[str]) -> Mapping[str, list[Stood]]:
    """When some customers agreed to promotions, by their IDs."""
    found: dict[str, list[Stood]] = {}
    for row in connection.execute(_EVER, {"customers": sorted(people)}):
        found.setdefault(row.customer, []).append(Stood(known(row.at), known(row.ended_at)))
    return found


def give(connection: Connection, given: Sequence[tuple[str, str, ConsentGiven]]) -> None:
    """Put consents on record: the customer, the channel, and how it was given."""
    rows = [
        {
            "customer": customer,
            "purpose": PURPOSES[channel],
            "wording": each.wording,
            "evidence": each.how,
            "at": each.at,
        }
        for customer, channel, each in given
    ]
    if rows:
        connection.execute(insert(consents), rows)


def give_anew(connection: Connection, given: Sequence[tuple[str, str, ConsentGiven]]) -> None:
    """Put on record what customers who are known agreed to since; what stands, or ended later, stays so."""
    people = sorted({customer for customer, _, _ in given})
    if not people:
        return
    stands = consents_of(connection, people)
    ended = {
        (row.customer, row.purpose): known(row.ended_at)
        for row in connection.execute(_LAST_ENDED, {"customers": people})
    }

    def is_new(customer: str, channel: str, each: ConsentGiven) -> bool:
        last = ended.get((customer, PURPOSES[channel]))
        later = last is None or (each.at is not None and each.at > last)
        return channel not in stands.get(customer, {}) and later

    give(connection, [each for each in given if is_new(*each)])


def end(connection: Connection, people: Sequence[str], channel: str, at: datetime, by: str) -> None:
    """They agree no longer to promotions by a channel. What they had agreed to stays on record."""
    mine = consents.c.customer.in_(people) & (consents.c.purpose == PURPOSES[channel])
    open_ = mine & consents.c.ended_at.is_(None)
    connection.execute(update(consents).where(open_).values(ended_at=at, ended_by=by))
