"""Handing out what proves what was done for a line: signed, and written down in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy import Connection, Engine, insert, select

from backorder.domain import evidence
from backorder.domain.calendar import Calendar
from backorder.evidence_file import sealed, signed
from backorder.messaging.evidence_page import evidence_page
from backorder.queries.evidence import line_evidence
from backorder.signatures import PublicKey, SigningKey, signing_key
from backorder.storage.engine import add, reading, writing
from backorder.storage.tables import audit, evidence_keys

if TYPE_CHECKING:
    from backorder.services.services import Services
    from backorder.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Requester:
    """Who asks for evidence, and how: the key or person, the call, the request's ID. now: machine time."""

    actor: str
    call: str
    request_id: str
    now: datetime


class EvidenceExport:
    """The evidence of one database's lines."""

    def __init__(self, engine: Engine, calendar: Calendar) -> None:
        self._engine = engine
        self._calendar = calendar

    def export(self, backorder: str, at: datetime, asked: Requester, key: SigningKey) -> dict[str, object]:
        """The record of a line, to be signed. at: business time. Raises UnknownBackorderError."""
        with writing(self._engine) as connection:
            record = line_evidence(connection, backorder, self._calendar)
            _publish(connection, key.public, asked.now)
            row = {"at": asked.now, "actor": asked.actor, "call": asked.call, "kind": "evidence"}
            connection.execute(insert(audit), row | {"object": backorder, "request_id": asked.request_id})
        exported = {"at": at, "by": asked.actor, "program": f"backorder {version('backorder')}"}
        return record | {"exported": exported | {"time_zone": self._calendar.zone}}


def published_keys(connection: Connection) -> Mapping[str, PublicKey]:
    """Every key by which evidence was ever signed, the newest first, by their IDs."""
    query = select(evidence_keys.c.public).order_by(evidence_keys.c.since.desc(), evidence_keys.c.id)
    keys = [PublicKey(raw=bytes.fromhex(each)) for each in connection.execute(query).scalars()]
    return {each.id: each for each in keys}


def _publish(connection: Connection, key: PublicKey, now: datetime) -> None:
    add(connection, evidence_keys, {"id": key.id, "public": key.raw.hex(), "since": now})


def evidence_file(
    services: Services,
    settings: Settings,
    backorder: str,
    at: datetime,
    asked: Requester,
    form: Literal["json", "html"],
) -> bytes:
    """The evidence of a line as a signed file. Raises UnknownBackorderError, and SetupError without a key."""
    key = own_key(settings)
    record = evidence.plain(services.evidence.export(backorder, at, asked, key))
    if form == "json":
        return signed(record, key)
    return sealed(evidence_page(record, key.public.id), cast("evidence.LineFile", record), key)


def own_key(settings: Settings) -> SigningKey:
    """The key that the settings name. Raises SetupError."""
    return signing_key(settings.evidence_key, settings.secret)


def all_keys(engine: Engine, settings: Settings) -> list[PublicKey]:
    """The key that signs now, and those that did before. Raises SetupError without a key."""
    own = own_key(settings).public
    with reading(engine) as connection:
        before = published_keys(connection)
    return [own, *(each for id, each in before.items() if id != own.id)]
