"""Keys of programs: made once, shown once, looked up at each call."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest, digest
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from backorder.domain import api_keys as rules
from backorder.domain.api_keys import ApiKey
from backorder.errors import RefusedError, UnauthorizedError, UnknownError
from backorder.schemas import parse, sound
from backorder.schemas.api_keys import NewApiKey
from backorder.services.known_faults import with_known
from backorder.storage import api_keys
from backorder.storage.acting import Act
from backorder.storage.engine import apart, proof, reading, writing

if TYPE_CHECKING:
    from backorder.services.export_evidence import Requester

_LETTERS = string.ascii_letters + string.digits
_ID, _SECRET = 12, 40
NOTED_EVERY = timedelta(minutes=1)
"""How exactly a key's last use is known: a row written with each call would be what all of them wait for."""
MOST_SHOWN = 1000
"""Keys that a process remembers."""
_LIKE_IT, _LIST = " with that secret", "`backorder key list`"
_NOBODY = sha256(b"").hexdigest()
"""What the hash of a key is compared with whose ID nobody has: it takes as long as for any other."""


def asked_for(
    raw: Mapping[str, object],
    now: datetime,
    zone: str,
    *,
    maker: ApiKey | None = None,
    typed: bool = False,
    as_json: bool = False,
) -> NewApiKey:
    """What somebody asks for, checked whole. now: machine time. typed, as_json: see `parse`.

    maker: the key by which it is asked for; None for a person at the machine. Raises RefusedError with every
    fault.
    """
    try:
        wanted = parse(NewApiKey, raw, now=now, zone=zone, typed=typed, as_json=as_json)
    except RefusedError as error:
        left = sound(NewApiKey, raw, now=now, zone=zone, typed=typed, as_json=as_json)
        raise with_known(error, faults_of(left, now, maker) if left is not None else ()) from None
    if faults := faults_of(wanted, now, maker):
        raise RefusedError(faults)
    return wanted


def faults_of(wanted: NewApiKey, now: datetime, maker: ApiKey | None = None) -> list[str]:
    """A key that would be over already, or reach further than its maker. now: machine time.

    What is faulty by itself is None.
    """
    over = wanted.expires_at is not None and wanted.expires_at <= now
    found = [f"expires_at: {wanted.expires_at:%Y-%m-%d %H:%M} UTC is over"] if over else []
    if maker is not None:
        found += rules.faults_beyond(maker, wanted.networks, wanted.expires_at)
    return found


def drawn() -> tuple[str, str]:
    """The ID and the secret part of a new key, by chance."""
    return _random(_ID), _random(_SECRET)


def drawn_from(text: str, name: str) -> tuple[str, str]:
    """Those of a key that only who has another one can work out, and works out again.

    So that a repetition has it and no record does. text: the other key. name: of what is asked with it; no
    two have the same.
    """
    id, secret = (digest(text.encode(), f"{part} {name}".encode(), "sha512") for part in ("id", "secret"))
    return _spelt(id)[:_ID], _spelt(secret)[:_SECRET]


def create(
    engine: Engine,
    wanted: NewApiKey,
    now: datetime,
    asked: Requester | None = None,
    *,
    maker: ApiKey | None = None,
    parts: tuple[str, str] | None = None,
) -> tuple[ApiKey, str]:
    """Make a key. Returns it and the text that its owner gets, which is known to nobody afterwards.

    now: machine time. asked: who has it made; None for the program itself, and for a call that notes it.
    maker: the key that makes it, whose end and networks it has where it says none. parts: as drawn; None: by
    chance. Raises RefusedError for one that would be over already, or reach further than its maker, and
    UnauthorizedError where that was revoked meanwhile.
    """
    if faults := faults_of(wanted, now, maker):
        raise RefusedError(faults)
    id, secret = parts or drawn()
    text = rules.joined(id, secret)
    key = ApiKey(
        id=id,
        name=wanted.name,
        roles=wanted.roles,
        networks=wanted.networks or (maker.networks if maker else ()),
        created_at=now,
        expires_at=wanted.expires_at or (maker.expires_at if maker else None),
        revoked_at=None,
        used_at=None,
        acknowledges=wanted.acknowledges,
    )
    with writing(engine) as connection, _audited(connection, key.id, asked):
        if maker is not None:
            _still_stands(connection, maker.id)
        api_keys.keep(connection, key, _hash(text))
    return key, text


def _still_stands(connection: Connection, id: str) -> None:
    """Whoever is revoked at this moment makes no key that outlives it."""
    _good_yet(api_keys.held(connection, id))


def _good_yet(found: ApiKey | None) -> None:
    if found is None or found.revoked_at is not None:
        raise UnauthorizedError("this key was revoked")


def listed(engine: Engine) -> Sequence[ApiKey]:
    """All keys, also those that are good no more, the oldest first."""
    with reading(engine) as connection:
        return api_keys.everyone(connection)


def as_it_stands(engine: Engine, id: str) -> ApiKey:
    """A key. id: its own. Raises UnknownError."""
    with reading(engine) as connection:
        found = api_keys.by_id(connection, id)
    if found is None:
        raise UnknownError(f"there is no key {id}")
    return found[0]


def revoke(
    engine: Engine, id: str, now: datetime, asked: Requester | None = None, *, by: ApiKey | None = None
) -> ApiKey:
    """Make a key useless from now on. id: of the key, or the key itself. by: the key that revokes it.

    Raises RefusedError for none, and UnauthorizedError where `by` was revoked meanwhile.
    """
    parts = rules.split(id)
    wanted = parts[0] if parts else id
    with writing(engine) as connection, _audited(connection, wanted, asked):
        found = api_keys.held_for_revoking(connection, {wanted, *([by.id] if by else [])})
        if by is not None:
            _good_yet(found.get(by.id, (None, ""))[0])
        if wanted not in found or (parts and not compare_digest(_hash(id), found[wanted][1])):
            raise RefusedError(
                [f"ID: there is no key {wanted}{_LIKE_IT if wanted in found else ''}; {_LIST}"]
            )
        api_keys.revoke(connection, wanted, now)
    return found[wanted][0]


@contextmanager
def _audited(connection: Connection, id: str, asked: Requester | None) -> Iterator[None]:
    """Write down who changed what of a key."""
    if asked is None:
        yield
        return
    act = Act(
        actor=asked.actor, call=asked.call, object=("key", id), request_id=asked.request_id, at=asked.now
    )
    act.before(connection)
    yield
    act.after(connection)


def known(engine: Engine, text: str, now: datetime, address: str) -> ApiKey:
    """The key that a program shows. Raises UnauthorizedError, which says nothing more of an unknown one."""
    parts = rules.split(text)
    with reading(engine) as connection:
        found = api_keys.by_id(connection, parts[0] if parts else "")
    key, hash = found or (None, _NOBODY)
    if not compare_digest(_hash(text), hash) or key is None:
        raise UnauthorizedError("there is no such key")
    return _good(engine, key, now, address)


def current_key(engine: Engine, id: str, now: datetime, address: str) -> ApiKey:
    """The key of somebody who has shown it before. Raises UnauthorizedError where it is good no more."""
    with reading(engine) as connection:
        found = api_keys.by_id(connection, id)
    if found is None:
        raise UnauthorizedError("there is no such key")
    return _good(engine, found[0], now, address)


def _good(engine: Engine, key: ApiKey, now: datetime, address: str) -> ApiKey:
    if fault := rules.fault_of_key(key, now, address):
        raise UnauthorizedError(fault)
    if key.used_at is None or now - key.used_at > NOTED_EVERY:
        _note_use(engine, key.id, now)
    return key


class ShownKeys:
    """The keys that were shown to a process lately.

    That a text is a key, and whose, is remembered for a minute. Whether the key still stands is looked at by
    each call: in the transaction in which it reads, where it does nothing else (see `KeyProof`).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._shown: dict[str, tuple[ApiKey, datetime]] = {}

    def known(self, text: str, now: datetime, address: str) -> ApiKey:
        """The key that a program shows, looked at whole. now: machine time. Raises UnauthorizedError."""
        key = known(self._engine, text, now, address)
        if len(self._shown) >= MOST_SHOWN:
            self._shown.clear()
        self._shown[_hash(text)] = key, now
        return key

    def remembered(self, text: str, now: datetime, address: str) -> ApiKey | None:
        """The key, if it was shown within the last minute; whether it still stands has to be proven.

        now: machine time. Raises UnauthorizedError for one that is over, or not taken from this address.
        """
        key, since = self._shown.get(_hash(text), (None, now))
        if key is None or now - since > NOTED_EVERY:
            return None
        if fault := rules.fault_of_key(key, now, address):
            raise UnauthorizedError(fault)
        return key


def prove(engine: Engine) -> None:
    """Look at what the call of this context has not proven yet. Raises UnauthorizedError."""
    owed = proof.get()
    if owed is not None and not owed.given:
        with reading(engine):
            pass


def _note_use(engine: Engine, id: str, now: datetime) -> None:
    with apart(), writing(engine) as connection:
        api_keys.used(connection, id, now)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _spelt(chance: bytes) -> str:
    """Bytes in letters and digits."""
    number, found = int.from_bytes(chance), []
    while number:
        number, at = divmod(number, len(_LETTERS))
        found.append(_LETTERS[at])
    return "".join(found)


def _hash(text: str) -> str:
    # A key has 238 bits of chance in it, so that no slow hash is needed to keep it from being guessed.
    return sha256(text.encode()).hexdigest()
