"""A text that a customer sent: kept whole, and what its one word asks for done at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Engine, select, text

from backorder.domain.contacts import canonical
from backorder.domain.suppression import Cause
from backorder.messaging.automatic_texts import help_text
from backorder.messaging.letter import Shop
from backorder.messaging.twilio_callbacks import InboundText
from backorder.ports import Notify
from backorder.services.known_addresses import customers_at
from backorder.services.suppress_address import lift_within
from backorder.storage import dispatchers, suppressions, tasks
from backorder.storage.engine import add, writing
from backorder.storage.policies import PolicyRepository
from backorder.storage.suppressions import Entry
from backorder.storage.tables import inbound_texts

BETWEEN_ANSWERS = timedelta(days=1)
"""Machine time between two automatic texts to one number: machines answer machines."""
_BY = "the customer"
_LOCK_SPACE = 0x74657874
_LOCK = text(f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, :number)")


@dataclass(frozen=True, kw_only=True, slots=True)
class TextTaken:
    """answer: what is texted back, None for nothing. new: it had not come before. after: whom to wake."""

    answer: str | None
    new: bool
    after: Notify = field(default_factory=Notify)


class TextIntake:
    """Takes in what customers text."""

    def __init__(self, engine: Engine, policies: PolicyRepository, shop: Shop) -> None:
        self._engine = engine
        self._policies = policies
        self._shop = shop

    def take(self, inbound: InboundText, *, at: datetime, now: datetime) -> TextTaken:
        """Keep a text, and do what it asks for; a repetition is answered as before. at: business time;
        now: machine time.
        """
        with writing(self._engine) as connection:
            sender = canonical("sms", inbound.sender)
            self._take_turns(connection, sender)
            answer = self._answer(connection, inbound, sender, now)
            row: dict[str, Any] = {
                "sid": inbound.sid,
                "sender": sender,
                "body": inbound.body,
                "asked": inbound.asked,
            }
            row |= {"fields": inbound.fields, "received_at": now, "at": at, "answer": answer}
            if not add(connection, inbound_texts, row):
                mine = inbound_texts.c.sid == inbound.sid
                known = connection.execute(select(inbound_texts.c.answer).where(mine)).scalar_one()
                return TextTaken(answer=known, new=False)
            after = Notify()
            if inbound.asked == "stop":
                self._stop(connection, inbound, at=at, now=now)
            elif inbound.asked == "start":
                _, after = lift_within(
                    connection, self._policies, "sms", sender, by=_BY, at=at, now=now, causes=[Cause.STOP]
                )
            return TextTaken(answer=answer, new=True, after=dispatchers.wake(connection, after))

    def _take_turns(self, connection: Connection, sender: str) -> None:
        """Two texts of one number wait for each other: only one of them is answered."""
        if connection.dialect.name == "postgresql":
            connection.execute(_LOCK, {"number": crc32(sender.encode()) - 2**31})

    def _answer(self, connection: Connection, inbound: InboundText, sender: str, now: datetime) -> str | None:
        if inbound.asked != "help" or inbound.answered:
            return None
        lately = select(inbound_texts.c.sid).where(
            inbound_texts.c.sender == sender,
            inbound_texts.c.received_at > now - BETWEEN_ANSWERS,
            inbound_texts.c.answer.is_not(None),
        )
        answered = connection.execute(lately.limit(1)).first() is not None
        return None if answered else help_text(self._shop)

    def _stop(self, connection: Connection, inbound: InboundText, *, at: datetime, now: datetime) -> None:
        evidence = f"twilio/{inbound.sid}"
        entry = Entry(
            channel="sms", address=inbound.sender, cause=Cause.STOP, at=now, by=_BY, evidence=evidence
        )
        suppressions.suppress(connection, [entry])
        if inbound.body.strip().upper() != "CANCEL":
            return
        for customer in customers_at(connection, "sms", inbound.sender):
            tasks.add(
                connection,
                key=f"may-be-cancellation/{inbound.sid}/{customer}",
                kind="may_be_cancellation",
                subject=customer,
                detail={"text": inbound.sid},
                at=at,
            )
