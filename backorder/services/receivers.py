"""Receivers of events: put, given another secret, removed, and sent once more what they did not take."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, update

from backorder.domain.line.published_events import gets
from backorder.domain.receiver_urls import host_and_port, receiver_url
from backorder.domain.texts import shown
from backorder.domain.webhook_signature import OLD_SECRET, key_of, secret_of
from backorder.errors import RefusedError, RejectedError, UnknownError
from backorder.messaging.public_network import LookUp, PrivateAddressError, checked, look_up
from backorder.ports import Notify
from backorder.services.publish_events import no_longer_refusing
from backorder.storage import acknowledgements, deliveries, dispatchers, tasks
from backorder.storage import receivers as rows
from backorder.storage.asked_of_lines import note_stated
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import clear_all
from backorder.storage.receivers import Receiver
from backorder.storage.tables import receivers

log = logging.getLogger(__name__)
MOST = 20
"""Receivers at once."""
_TOO_MANY = [f"id: there are {MOST} receivers already, which is all there can be"]
MOST_OLD_SECRETS = 4
"""Secrets of before that may sign beside the newest, each for a day after the next one came."""
_ROTATED_OFTEN = (
    f"{MOST_OLD_SECRETS} secrets of before still sign, each for a day: rotate again once the oldest has "
    "ended; where one has leaked, remove the receiver and put it anew"
)
MOST_RESENT = 1_000
"""Events that one call sends again."""
RESENT = "resend"
"""What the audit calls that."""
LOOK_UP_S = 3.0
"""How long the name of a new receiver is looked up, at most."""
FROM_SETTINGS = "settings"
"""The ID of the receiver that BACKORDER_EVENTS_URL names."""
PRIVATE = "BACKORDER_RECEIVERS_PRIVATE"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiverChanged:
    """A receiver as it stands now. before: as it stood, None for a new one.

    secret: where it is new; it is shown this once. remark: what a person should know. after: whom to wake.
    """

    receiver: Receiver
    before: Receiver | None
    after: Notify
    secret: str = ""
    remark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resent:
    """Events that go to a receiver again, by their IDs, in their order.

    left: how many are given up still. after: whom to wake.
    """

    events: tuple[str, ...]
    left: int
    after: Notify


class Receivers:
    """The receivers of one database. private: receivers at private addresses are allowed."""

    def __init__(self, engine: Engine, *, private: bool = False, look_up: LookUp = look_up) -> None:
        self._engine = engine
        self._private = private
        self._look_up = look_up

    def put(
        self, id: str, url: str, types: tuple[str, ...], acknowledges: bool, *, at: datetime, now: datetime
    ) -> ReceiverChanged:
        """Make a receiver, or change one; its secret stays. It gets what is written from now on,
        and of types that it gets no more nothing that was not delivered either.

        at: business time; now: machine time. Raises RefusedError for an address that is none, or private.
        """
        try:
            remark = self._check(url)
        except RefusedError as error:
            raise RefusedError([*error.faults, *self._of_number(id)]) from None
        with writing(self._engine) as connection:
            rows.put_alone(connection)
            before = rows.find(connection, id, lock=True, removed=True)
            live = before if before is not None and not before.removed else None
            if live is not None and live.by_settings:
                raise RejectedError(f"{id} is the receiver of BACKORDER_EVENTS_URL: change the settings")
            if live is None and _count(connection) >= MOST:
                raise RefusedError(_TOO_MANY)
            secret = "" if live is not None else secret_of(secrets.token_bytes(32))
            values: dict[str, object] = {
                "url": url,
                "types": rows.dump_types(types),
                "acknowledges": acknowledges,
                "let_go_at": None,
                "updated_at": now,
            }
            _write(connection, id, before, values, secret, now)
            found = _live(connection, id)
            if live is not None and types:
                deliveries.drop(connection, id, but=types)
                no_longer_refusing(connection, id, at)
            after = self._released(connection, at)
        return ReceiverChanged(receiver=found, before=live, secret=secret, remark=remark, after=after)

    def faults(self, id: str | None, url: str | None) -> Sequence[str]:
        """What is wrong with a receiver that is asked for beside its form; None: that is wrong already."""
        found = self._of_number(id)
        try:
            if url:
                self._check(url)
        except RefusedError as error:
            return [*error.faults, *found]
        return found

    def _of_number(self, id: str | None) -> list[str]:
        with reading(self._engine) as connection:
            new = id is not None and rows.find(connection, id) is None
            return _TOO_MANY if new and _count(connection) >= MOST else []

    def as_it_stands(self, id: str) -> ReceiverChanged:
        """A receiver with nothing new about it. Raises UnknownError."""
        with reading(self._engine) as connection:
            found = rows.find(connection, id)
        if found is None:
            raise UnknownError(f"there is no receiver {shown(id)}")
        return ReceiverChanged(receiver=found, before=found, after=Notify())

    def rotate(self, id: str, *, now: datetime) -> ReceiverChanged:
        """Give a receiver another secret; the one of before signs too for a day. now: machine time.

        Raises UnknownError, and RejectedError where the settings say the secret, and where
        MOST_OLD_SECRETS of before still sign.
        """
        with writing(self._engine) as connection:
            before = _live(connection, id)
            if before.by_settings:
                raise RejectedError(f"the secret of {id} is BACKORDER_EVENTS_SECRET: change the settings")
            if len(before.old_secrets(now)) >= MOST_OLD_SECRETS:
                raise RejectedError(_ROTATED_OFTEN)
            secret = secret_of(secrets.token_bytes(32))
            _change(connection, id, _rotated(before, secret, now))
            found = _live(connection, id)
        return ReceiverChanged(receiver=found, before=before, secret=secret, after=Notify())

    def remove(self, id: str, *, at: datetime, now: datetime) -> ReceiverChanged:
        """Send nothing more to a receiver, and wait for it no longer. Raises UnknownError."""
        with writing(self._engine) as connection:
            before = _live(connection, id)
            if before.by_settings:
                raise RejectedError(f"{id} is the receiver of BACKORDER_EVENTS_URL: change the settings")
            after = self._remove(connection, before, at, now)
        return ReceiverChanged(receiver=before, before=before, after=after)

    def resend(self, id: str, event: str, *, at: datetime, now: datetime) -> tuple[tuple[str, ...], Notify]:
        """Send one event again, whatever became of it. Returns its ID, and whom to wake.

        Raises UnknownError, also for an event that never was for it, and RejectedError for one of a type that
        it gets no more.
        """
        with writing(self._engine) as connection:
            _still_gets(connection, _live(connection, id), event)
            deliveries.send_again(connection, id, event, now, dropped=True)
            no_longer_refusing(connection, id, at)
            after = _are_sent(connection, [event])
        return (event,), after

    def resend_given_up(self, id: str, *, request: str, at: datetime, now: datetime) -> Resent:
        """Send again what was given up, MOST_RESENT at once, the first ones first. Raises UnknownError.

        request: under which the audit says how many. No event is an entry of its own there: there may be as
        many as a receiver missed in its time away, and who writes meanwhile waits for them.
        """
        with writing(self._engine) as connection:
            _live(connection, id)
            sent = deliveries.send_given_up(connection, id, now, most=MOST_RESENT)
            left = deliveries.given_up(connection, id)
            if not left:
                no_longer_refusing(connection, id, at)
            if sent:
                note_stated(connection, "receiver", id, request, RESENT, {"sent": len(sent), "left": left})
            return Resent(events=tuple(sent), left=left, after=_are_sent(connection, sent))

    def keep_from_settings(self, url: str, secret: str, *, at: datetime, now: datetime) -> None:
        """Have the receiver that the settings name; "" for none. Raises RefusedError.

        Where they name none any more, the one that they named is removed; while events are still
        tried it stays, as a person's from then on: a worker that only lacks the setting must not drop them.
        The next that the settings name takes its place, and gets what that one had not taken.
        Those that were given up do not keep it: a receiver that is gone has some for ever.
        """
        if url:
            self._check(url)
        with writing(self._engine) as connection:
            rows.put_alone(connection)
            before = rows.find(connection, FROM_SETTINGS, lock=True, removed=True)
            live = before if before is not None and not before.removed else None
            if live is not None and not live.by_settings and not (url and _was_named(live, secret)):
                if url:
                    words = (
                        "the receiver of the settings is left out: there is a receiver %s; remove it first"
                    )
                    log.warning(words, FROM_SETTINGS, extra={"receiver": FROM_SETTINGS})
            elif url:
                self._keep(connection, before, live, url, secret, now)
            elif live is not None:
                self._let_go(connection, live, at, now)

    def _let_go(self, connection: Connection, live: Receiver, at: datetime, now: datetime) -> None:
        count, fields = deliveries.still_sent(connection, live.id), {"receiver": live.id}
        if count:
            words = (
                "BACKORDER_EVENTS_URL is not set, and receiver %s has not taken %s events yet: it stays, and "
                "gets what is written; `backorder receiver remove %s` ends that"
            )
            log.warning(words, live.id, count, live.id, extra=fields | {"events": count})
            _change(connection, live.id, {"by_settings": False, "let_go_at": now, "updated_at": now})
            return
        words = "the settings name no receiver any more: receiver %s is removed, and gets no events any more"
        log.warning(words, live.id, extra=fields)
        self._remove(connection, live, at, now)

    def _keep(
        self,
        connection: Connection,
        before: Receiver | None,
        live: Receiver | None,
        url: str,
        secret: str,
        now: datetime,
    ) -> None:
        same_secret = live is not None and key_of(live.secret) == key_of(secret)
        if live is not None and live.by_settings and live.url == url and same_secret:
            return
        if live is not None and live.url != url and (left := deliveries.still_sent(connection, live.id)):
            words = "the settings name another address: it gets the %s events that %s has not taken yet"
            log.info(words, left, live.id, extra={"receiver": live.id, "events": left})
        values: dict[str, object] = {"url": url, "by_settings": True, "let_go_at": None, "updated_at": now}
        if live is not None and not same_secret:
            values |= _rotated(live, secret, now)
        _write(connection, FROM_SETTINGS, before, values, "" if live is not None else secret, now)

    def _remove(self, connection: Connection, before: Receiver, at: datetime, now: datetime) -> Notify:
        deliveries.drop(connection, before.id)
        gone = {"removed_at": now, "updated_at": now, "secret": "", "old_secret": None, "older_secrets": None}
        _change(connection, before.id, gone)
        tasks.finish(connection, f"receiver/{before.id}", at)
        return self._released(connection, at)

    def _released(self, connection: Connection, at: datetime) -> Notify:
        """Messages that wait for nobody any more go on."""
        return dispatchers.wake(connection, acknowledgements.release(connection, at))

    def _check(self, url: str) -> str:
        """Refuse an address that is none or private. Returns a remark where it cannot be looked up now.

        Each connection checks it again, so that this one lets nobody through.
        """
        try:
            host, port = host_and_port(receiver_url(url))
            found = None if self._private else _within(LOOK_UP_S, host, port, self._look_up)
        except PrivateAddressError as error:
            raise RefusedError(
                [f"url: {shown(url)} leads to the private address {error}; {PRIVATE}=1 allows that"]
            ) from None
        except ValueError as error:
            raise RefusedError([f"url: {shown(url)} {error}"]) from None
        return (
            ""
            if found is not False
            else f"{host} cannot be looked up right now; nothing goes there until it can"
        )


def _within(seconds: float, host: str, port: int, look_up: LookUp) -> bool:
    """Whether a name can be looked up, so soon. Raises PrivateAddressError."""
    found: list[Exception | None] = []

    def lookup_thread() -> None:
        try:
            checked(host, port, look_up, private=False)
            found.append(None)
        except (OSError, PrivateAddressError) as error:
            found.append(error)

    # A name server that does not answer holds a thread for as long as it likes.
    thread = threading.Thread(target=lookup_thread, name="look-up", daemon=True)
    thread.start()
    thread.join(seconds)
    if found and isinstance(found[0], PrivateAddressError):
        raise found[0]
    return found == [None]


def _live(connection: Connection, id: str) -> Receiver:
    found = rows.find(connection, id, lock=True)
    if found is None:
        raise UnknownError(f"there is no receiver {shown(id)}")
    return found


def _still_gets(connection: Connection, receiver: Receiver, event: str) -> None:
    type = deliveries.type_of(connection, receiver.id, event)
    if type is None:
        raise UnknownError(f"there is no event {shown(event)} that was for {receiver.id}")
    if not gets(receiver.types, type):
        raise RejectedError(f"{receiver.id} gets {type} no more: put it with that type first")


def _was_named(live: Receiver, secret: str) -> bool:
    """Whether the settings had named a receiver that was left to people since.

    Earlier versions did not note it: those are known by their secret, which the settings alone can say.
    """
    return live.let_go or key_of(live.secret) == key_of(secret)


def _count(connection: Connection) -> int:
    living = select(func.count()).select_from(receivers).where(receivers.c.removed_at.is_(None))
    return connection.execute(living).scalar_one()


def _rotated(before: Receiver, secret: str, now: datetime) -> dict[str, object]:
    return {
        "secret": secret,
        "old_secret": before.secret,
        "old_secret_until": now + OLD_SECRET,
        "older_secrets": rows.older_text(before.old_secrets(now)),
        "updated_at": now,
    }


def _write(
    connection: Connection,
    id: str,
    before: Receiver | None,
    values: dict[str, object],
    secret: str,
    now: datetime,
) -> None:
    """Write a receiver. secret: of a new one; "" where it stays."""
    if secret:
        values = {"by_settings": False} | values
        none_before = {"old_secret": None, "older_secrets": None}
        values |= none_before | {"secret": secret, "removed_at": None, "created_at": now}
    if before is None:
        connection.execute(insert(receivers), {"id": id} | values)
        return
    if secret:
        # What was for the one of before under this ID is not for it.
        deliveries.drop(connection, id)
        deliveries.forget(connection, id)
    _change(connection, id, values)


def _change(connection: Connection, id: str, values: dict[str, object]) -> None:
    connection.execute(update(receivers).where(receivers.c.id == id).values(**values))


def _are_sent(connection: Connection, events: Sequence[str]) -> Notify:
    clear_all(connection, [deliveries.subject_of(each) for each in events])
    return dispatchers.wake(connection, Notify(events=bool(events)))
