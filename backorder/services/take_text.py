"""A text that a customer sent: kept whole, and what it asks for or answers done at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from zlib import crc32

from sqlalchemy import Connection, Engine, select, text

from backorder.domain.contacts import canonical
from backorder.domain.suppression import Cause
from backorder.domain.text_answers import Meaning, Reading, answering, read
from backorder.messaging.automatic_texts import AutomaticText, automatic_text
from backorder.messaging.customer_links import PAGE, CustomerLinks
from backorder.messaging.message_content import Shop
from backorder.messaging.twilio_callbacks import InboundText
from backorder.ports import Notify
from backorder.services.ask_by_another_way import ask_by_another_way
from backorder.services.record_text_answers import in_vain, lately_texted, one_an_order, record_answers
from backorder.services.suppress_address import lift_within, lock_speakers, suppress_within
from backorder.services.texted_questions import asked_at
from backorder.storage import dispatchers, suppressions, tasks
from backorder.storage.engine import add, writing
from backorder.storage.known_addresses import BY_TEXT, customers_of_number
from backorder.storage.policies import PolicyRepository
from backorder.storage.suppressions import SuppressionEntry
from backorder.storage.tables import backorders, customers, inbound_texts

BETWEEN_ANSWERS = timedelta(days=1)
"""Machine time between two automatic texts to one number: machines answer machines."""
MOST_LINKS = 3
"""Pages to which one answer links."""
MOST_WORDS = 100
"""Words of a text among which the number of an order is looked for."""
_SENDER = re.compile(r"\+?[0-9]{3,15}")
_AROUND = "#.,:;!?()\"'"
"""What stands around an order's number."""
_BY = "the customer"
_LOCK_SPACE = 0x74657874
_LOCK = text(f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, :number)")


@dataclass(frozen=True, kw_only=True, slots=True)
class TextTaken:
    """answer: what is texted back, None for nothing. new: it had not come before. after: whom to wake.

    meaning: what it was taken for.
    """

    answer: str | None
    new: bool
    meaning: Meaning
    after: Notify = field(default_factory=Notify)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Done:
    """What a text led to. answer: what the customer is told, if they are told anything.

    on: the day that it names. products: of which it speaks, where it does not of all. sends: whose links it
    gives.
    """

    answer: AutomaticText | None = None
    on: date | None = None
    products: Sequence[str] = ()
    sends: Sequence[str] = ()
    after: Notify = field(default_factory=Notify)


def is_number(sender: str) -> bool:
    """Whether a text came from a number to which others can go, short ones too: from a name none does."""
    return _SENDER.fullmatch(sender) is not None


class TextIntake:
    """Takes in what customers text."""

    def __init__(
        self, engine: Engine, policies: PolicyRepository, shop: Shop, links: CustomerLinks | None = None
    ) -> None:
        """links: to the customers' pages, which some answers give."""
        self._engine = engine
        self._policies = policies
        self._shop = shop
        self._links = links

    def take(self, inbound: InboundText, *, at: datetime, now: datetime) -> TextTaken:
        """Keep a text, and do what it asks for; a repetition is answered as before. at: business time;
        now: machine time.
        """
        sender = canonical("sms", inbound.sender)
        with writing(self._engine) as connection:
            self._take_turns(connection, sender)
            mine = inbound_texts.c.sid == inbound.sid
            known = connection.execute(select(inbound_texts).where(mine)).one_or_none()
            if known is not None:
                again = self._said_again(connection, sender, known.answer)
                return TextTaken(answer=again, new=False, meaning=known.asked or "unclear")
            has_links = self._links is not None
            taking = _Taking(connection, self._policies, inbound, sender, at=at, now=now, links=has_links)
            done = taking.act()
            answer = self._answer(connection, taking, done)
            row: dict[str, object] = {
                "sid": inbound.sid,
                "sender": sender,
                "body": inbound.body,
                "asked": taking.reading.meaning,
            }
            row |= {"fields": inbound.fields, "received_at": now, "at": at, "answer": answer}
            add(connection, inbound_texts, row)
            after = dispatchers.wake(connection, done.after)
            live = self._live(answer, done.sends)
            return TextTaken(answer=live, new=True, meaning=taking.reading.meaning, after=after)

    def _take_turns(self, connection: Connection, sender: str) -> None:
        """Two texts of one number wait for each other: only one of them is answered."""
        if connection.dialect.name == "postgresql":
            connection.execute(_LOCK, {"number": crc32(sender.encode()) - 2**31})

    def _answer(self, connection: Connection, taking: _Taking, done: _Done) -> str | None:
        """What is texted back, as rows keep it, at most once a day to a number.

        That no more texts come is said whatever else went that day.
        """
        wanted = done.answer
        if wanted is None or taking.inbound.taken_for:
            return None
        lately = select(inbound_texts.c.sid).where(
            inbound_texts.c.sender == taking.sender,
            inbound_texts.c.received_at > taking.now - BETWEEN_ANSWERS,
            inbound_texts.c.answer.is_not(None),
        )
        if wanted != "stopped" and connection.execute(lately.limit(1)).first() is not None:
            return None
        links = [self._links.in_words(PAGE)] * len(done.sends) if self._links is not None else []
        words = automatic_text(
            wanted, self._shop, taking.locale, on=done.on, links=links, products=done.products
        )
        kept = self._links.kept(words) if self._links is not None else words
        return kept or None  # a shop's own templates may lack some

    def _live(self, kept: str | None, sends: Sequence[str]) -> str | None:
        """What is texted back, with the links of its sends."""
        return self._links.live_in_turn(kept, sends) if self._links is not None and kept else kept

    def _said_again(self, connection: Connection, sender: str, kept: str | None) -> str | None:
        """The answer to a text that comes again, with links that open the same pages."""
        asked = asked_at(connection, customers_of_number(connection, sender), sender) if kept else []
        return self._live(kept, one_an_order(connection, asked)[:MOST_LINKS])


class _Taking:
    """One text within its transaction. links: whether messages have any to customers' pages."""

    def __init__(
        self,
        connection: Connection,
        policies: PolicyRepository,
        inbound: InboundText,
        sender: str,
        *,
        at: datetime,
        now: datetime,
        links: bool,
    ) -> None:
        self.inbound, self.sender, self.at, self.now = inbound, sender, at, now
        self._has_links = links
        self._connection, self._policies = connection, policies
        self._customers = customers_of_number(connection, inbound.sender)
        locales = self._locales()
        self.locale = locales[0] if locales else ""
        languages = [each.replace("-", "_").split("_")[0].lower() for each in locales]
        ours = lately_texted(connection, self._customers, sender)
        reading = read(inbound.body, languages=languages, ours=ours)
        if inbound.taken_for and reading.meaning != inbound.taken_for:
            reading = Reading(meaning=inbound.taken_for)
        elif reading.meaning == "start" and not self._is_stopped():
            reading = Reading(meaning="unclear")
        self.reading = reading

    def act(self) -> _Done:
        """Do what the text asks for."""
        match self.reading.meaning:
            case "stop":
                return self._stop()
            case "start":
                _, after = lift_within(
                    self._connection,
                    self._policies,
                    "sms",
                    self.sender,
                    by=_BY,
                    at=self.at,
                    now=self.now,
                    causes=[Cause.STOP],
                )
                return _Done(after=after)
            case "help":
                return _Done(answer="help")
            case "keep" | "cancel" as choice:
                return self._answered(choice)
            case "reaction":
                return _Done()
            case "unclear":
                self._to_be_read()
                return _Done()

    def _stop(self) -> _Done:
        if not is_number(self.inbound.sender):
            return _Done()
        stopped = self._is_stopped()
        evidence = f"{BY_TEXT}{self.inbound.sid}"
        entry = SuppressionEntry(
            channel="sms",
            address=self.inbound.sender,
            cause=Cause.STOP,
            at=self.now,
            by=_BY,
            evidence=evidence,
        )
        lock_speakers(self._connection, [entry])
        after = Notify()
        if not stopped:
            after = ask_by_another_way(
                self._connection, self._policies, "sms", self.inbound.sender, by=_BY, at=self.at
            )
        suppress_within(self._connection, [entry])
        if self.reading.order:
            self._may_be_cancellation()
        elif self.reading.doubt:
            self._to_be_read()
        return _Done(answer=None if stopped or self.reading.carriers else "stopped", after=after)

    def _answered(self, choice: Literal["keep", "cancel"]) -> _Done:
        asked = asked_at(self._connection, self._customers, self.sender)
        found = answering(asked, self.now)
        if found.several:
            self._to_be_read()
            return _Done(answer="several", sends=one_an_order(self._connection, asked)[:MOST_LINKS])
        if found.by_link and self._has_links:
            self._to_be_read()
            if found.closed is not None and not any(each.open for each in asked):
                return _Done(answer="closed", sends=(found.closed.id,))
            newest = one_an_order(self._connection, asked)[:MOST_LINKS]
            return _Done(answer="by_link" if found.closed is None else "newer", sends=newest)
        if found.question is None:
            self._to_be_read()
            return _Done()
        sid, at, day = self.inbound.sid, self.at, self._policies.calendar.day(self.at)
        vain = in_vain(self._connection, self._policies, found.question, choice, sid=sid, at=at)
        lines = record_answers(self._connection, found.question, choice, sid=sid, at=at, day=day)
        after = Notify(backorders=tuple(lines))
        if vain is None:
            return _Done(after=after)
        products, sends = vain.products, (found.question.id,)
        return _Done(answer=vain.why, on=vain.on, products=products, sends=sends, after=after)

    def _may_be_cancellation(self) -> None:
        if not self._customers:
            self._from_nobody_known()
        for customer in self._customers:
            key = f"may-be-cancellation/{self.inbound.sid}/{customer}"
            detail = self._detail(customer)
            tasks.add(
                self._connection,
                key=key,
                kind="may_be_cancellation",
                subject=customer,
                detail=detail,
                at=self.at,
            )

    def _to_be_read(self) -> None:
        if not self._customers:
            self._from_nobody_known()
        for customer in self._customers:
            key, detail = f"unclear-text/{self.inbound.sid}/{customer}", self._detail(customer)
            tasks.add(
                self._connection, key=key, kind="unclear_text", subject=customer, detail=detail, at=self.at
            )

    def _from_nobody_known(self) -> None:
        """No customer has the number, so that a person looks whose text it is; an order that it names is a
        clue, and no proof.
        """
        sid = self.inbound.sid
        detail = {"text": sid, "lines": self._lines_named(), "unknown": True}
        key = f"unknown-sender/{sid}"
        tasks.add(self._connection, key=key, kind="unknown_sender", subject=sid, detail=detail, at=self.at)

    def _lines_named(self) -> list[str]:
        words = {each.strip(_AROUND) for each in self.inbound.body.split()[:MOST_WORDS]}
        named = words | {each.upper() for each in words}
        query = select(backorders.c.id).where(backorders.c.order_id.in_(sorted(named)))
        return list(self._connection.execute(query.order_by(backorders.c.id).limit(10)).scalars())

    def _detail(self, customer: str) -> dict[str, object]:
        """What a task says: which text it is, whose words stand with that alone, and the case at hand."""
        return {"text": self.inbound.sid, "lines": self._open_lines(customer)}

    def _open_lines(self, customer: str) -> list[str]:
        mine = (backorders.c.customer == customer) & (backorders.c.closed_at.is_(None))
        query = select(backorders.c.id).where(mine).order_by(backorders.c.id).limit(10)
        return list(self._connection.execute(query).scalars())

    def _locales(self) -> Sequence[str]:
        query = select(customers.c.locale).where(customers.c.id.in_(self._customers)).order_by(customers.c.id)
        return [each for each in self._connection.execute(query).scalars() if isinstance(each, str) and each]

    def _is_stopped(self) -> bool:
        listed = suppressions.listed(self._connection, [("sms", self.inbound.sender)])
        return any(Cause.STOP.value in causes for causes in listed.values())
