"""The keys of programs: listed, made by another key, and revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from backorder.domain import api_keys as rules
from backorder.domain.api_keys import ApiKey
from backorder.errors import RejectedError, UnknownError
from backorder.queries.key_list import KeyView, key_list, read_place
from backorder.queries.supply_lists import LIMIT
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.services import machine_now
from web.answers import answer, read
from web.bearer import bearer_of
from web.calls import Call, CurrentCall, Doors, nothing
from web.failures import HttpError
from web.lines import Cursor, Limit
from web.page_cursors import of_this_list
from web.path_ids import id_of
from web.shapes import Items, Shape

doors = Doors("keys")
KEYS = "/v1/keys"
SHORTEST = 16
"""Characters of an idempotency key from which a key is worked out, at least."""
EXAMPLE: Mapping[str, object] = {"name": "warehouse", "roles": ["supply"], "networks": ["10.0.0.0/8"]}


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyMade:
    """A new key. key: what its program shows, which stands in this answer alone. id: the part of it that is
    no secret. name: whose it is. roles: what it may do. networks: from which it is taken, anywhere if none.
    expires_at, revoked_at: from when on it is good for nothing, also in a repetition; null: nobody said so.
    Instants are machine time.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    networks: tuple[str, ...]
    acknowledges: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    key: str


@doors.door(
    "GET",
    KEYS,
    roles=("admin",),
    shape=Shape(answers={200: Items[KeyView], 304: None}),
    together=of_this_list(read_place),
)
async def list_keys(call: CurrentCall, cursor: Cursor = None, limit: Limit = LIMIT) -> Response:
    """List the keys of programs, the oldest first: whose, for what, until when, and when each was last used.
    Of a key itself only a hash is kept."""
    page = await call.read(lambda open: key_list(open, cursor=cursor, limit=limit))
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "POST",
    KEYS,
    roles=("admin",),
    shape=Shape(body=NewApiKey, example=EXAMPLE, answers={201: KeyMade}),
)
async def create_key(call: CurrentCall) -> Response:
    """Make a key for a program. It stands in this answer alone; the same idempotency key again answers with
    it, for who did not get the answer.

    It ends no later than the key that makes it, and is taken from no further addresses: what it does not say
    is as that key has it, and what reaches further is refused. So a key that is taken from an office's
    network makes none for browsers, and one with an end none that takes its place: a key that is taken from
    anywhere and has no end makes those. An idempotency key has 16 characters or more here, which nobody
    guesses, like a UUID: who knows it and the key that makes the call can work out the new one.
    """
    _refuse_guessable(call)
    zone = call.desk.services.calendar.zone
    wanted = api_keys.asked_for(await call.raw(), machine_now(), zone, maker=call.key, as_json=True)
    parts, engine = _parts(call), call.desk.services.engine

    def make() -> ApiKey:
        return api_keys.create(engine, wanted, machine_now(), maker=call.key, parts=parts)[0]

    made = await call.act(
        "key",
        parts[0],
        lambda: call.work(make),
        lambda: call.work(lambda: api_keys.as_it_stands(engine, parts[0])),
    )
    return answer(_made(made, rules.joined(*parts)), 201)


def _refuse_guessable(call: Call) -> None:
    """Raises HttpError for an idempotency key that somebody could guess."""
    given = call.idempotency_key
    if given is not None and len(given) < SHORTEST:
        raise HttpError(400, f"Idempotency-Key must have {SHORTEST} characters or more here: send a new UUID")


def _parts(call: Call) -> tuple[str, str]:
    """Of the new key. A repetition has to work it out again, since nobody keeps it."""
    if call.idempotency_key is None:
        return api_keys.drawn()
    return api_keys.drawn_from(bearer_of(call.request), call.own_id("key"))


def _made(key: ApiKey, text: str) -> KeyMade:
    return KeyMade(
        id=key.id,
        name=key.name,
        roles=key.roles,
        networks=key.networks,
        acknowledges=key.acknowledges,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        key=text,
    )


@doors.door(
    "DELETE",
    KEYS + "/{id}",
    roles=("admin",),
    shape=Shape(answers={204: None}, problems=(404, 409)),
)
async def revoke_key(call: CurrentCall, id: str) -> Response:
    """Make a key useless, from now on. ID: as the list has it; a key itself belongs in no path, which logs
    keep.

    A key does not revoke itself: its successor does, which shows that the successor is good. Those that it
    has made stay; the audit names them.
    """
    id = id_of(id, "key")
    engine = call.desk.services.engine
    if (parts := rules.split(id)) is not None:
        raise UnknownError(f"the ID of this key is {parts[0]}: say that alone, since paths are logged")
    if id == call.key.id:
        raise RejectedError("this key makes the call: make another one, and revoke this one with it")

    async def revoke() -> None:
        await call.work(lambda: api_keys.revoke(engine, id, machine_now(), by=call.key))

    await call.act("key", id, revoke, nothing, must_exist=True)
    return Response(status_code=204)
