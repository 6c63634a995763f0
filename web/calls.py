"""A call of the API: who makes it, what it may do, what it changes, and how often that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from backorder.domain.api_keys import ApiKey, allows, who
from backorder.domain.iso import instant_of
from backorder.errors import (
    BackorderError,
    DoneBeforeError,
    ForbiddenError,
    RefusedError,
)
from backorder.schemas import ModelT, parse
from backorder.services import api_keys
from backorder.services.api_keys import ShownKeys
from backorder.services.services import machine_now
from backorder.storage.acting import Act
from backorder.storage.acting_on_lines import ActOnLines
from backorder.storage.counting_once import Once
from backorder.storage.engine import companion, proof, reading
from backorder.storage.key_proof import KeyProof
from web import bodies
from web.answers import versions
from web.bearer import bearer_of
from web.desk import Desk, desk_of
from web.failures import HttpError
from web.own_ids import BeginAgainError, OwnIds
from web.query_parameters import read_query
from web.shapes import Shape

T = TypeVar("T")
Together = Callable[["Call", Mapping[str, object]], Sequence[str]]
"""What is wrong with the parameters of a query together; what is faulty by itself is not there."""
IDEMPOTENCY_KEY = "idempotency-key"
_LONGEST_KEY = 255


@dataclass(kw_only=True)
class Call:
    """One call. key: of its program. done_before: when the same was done under its idempotency key."""

    request: Request
    desk: Desk
    key: ApiKey
    ids: OwnIds = field(default_factory=OwnIds, init=False)
    acted: Act | None = field(default=None, init=False)
    done_before: datetime | None = field(default=None, init=False)
    _body: dict[str, object] | None = field(default=None, init=False)

    # --- what is asked

    async def body(
        self,
        model: type[ModelT],
        place: Mapping[str, object] | None = None,
        usual: Mapping[str, object] | None = None,
        *,
        empty: bool = False,
    ) -> ModelT:
        """The body, checked whole. place: fields that the path says, which the body may repeat.

        usual: what counts where the body does not say it. empty: it may be left out. Raises RefusedError.
        """
        raw = dict(await self.raw(empty=empty))
        faults = [
            f"{name}: the path says {value}"
            for name, value in (place or {}).items()
            if name in raw and raw[name] != value
        ]
        try:
            found = self.parse(model, raw | dict(place or {}), usual, as_json=True)
        except RefusedError as refused:
            raise RefusedError([*faults, *refused.faults]) from None
        if faults:
            raise RefusedError(faults)
        return found

    async def raw(self, *, empty: bool = False) -> dict[str, object]:
        """The body, a JSON object. Raises HttpError and RefusedError."""
        if self._body is None:
            _ = self.idempotency_key  # one that is none is refused, also where nothing is done under it
            self._body = await bodies.object_of(self.request, empty=empty)
        return self._body

    def parse(
        self,
        model: type[ModelT],
        raw: Mapping[str, object],
        usual: Mapping[str, object] | None = None,
        *,
        as_json: bool = False,
    ) -> ModelT:
        """Check fields at this moment. as_json: see `parse`; of a body of JSON. Raises RefusedError."""
        zone = self.desk.services.calendar.zone
        return parse(model, raw, now=self.desk.now(), zone=zone, usual=usual, as_json=as_json)

    def instant(self, name: str, given: str | None) -> datetime | None:
        """An instant of the query; one without a zone is the shop's. Raises RefusedError for what is none."""
        if given is None:
            return None
        try:
            return instant_of(given, self.desk.services.calendar.zone)
        except ValueError as error:
            raise RefusedError([f"{name}: {error}"]) from None

    def own_id(self, word: str) -> str:
        """A new ID for something; the same one again for the same idempotency key, as long as that counts."""
        return self.ids.new(word, self.key.id, self.idempotency_key)

    @property
    def idempotency_key(self) -> str | None:
        """The header that names a repetition. Raises HttpError for one that is none."""
        lines = self.request.headers.getlist(IDEMPOTENCY_KEY)
        if not lines:
            return None
        if len(lines) > 1:
            raise HttpError(400, "Idempotency-Key stands on several lines: one request has one key")
        given = lines[0]
        if not given or len(given) > _LONGEST_KEY or not (given.isascii() and given.isprintable()):
            raise HttpError(400, f"Idempotency-Key must be 1 to {_LONGEST_KEY} printable ASCII characters")
        return given

    # --- what is done

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Read from the database, in one snapshot."""
        return await asyncio.to_thread(self._read, query)

    def _read(self, query: Callable[[Connection], T]) -> T:
        with reading(self.desk.services.engine) as connection:
            return query(connection)

    async def work(self, function: Callable[[], T]) -> T:
        """Do what opens its own transactions, on a thread."""
        return await asyncio.to_thread(function)

    async def plan(self, function: Callable[[Connection], T]) -> T:
        """Work out a plan from one snapshot, when those before it are done; see `PlanQueue`."""
        return await self.desk.plans.work(self.request, partial(self._read, function))

    async def act(
        self,
        kind: str,
        id: str,
        do: Callable[[], Awaitable[T]],
        again: Callable[[], Awaitable[T]] | None = None,
        *,
        must_exist: bool = False,
        skus: Sequence[str] = (),
        also: Sequence[tuple[str, str]] = (),
    ) -> T:
        """Change an object; what is written says who asked for it, and under which idempotency key.

        again: what a repetition answers, from the record as it stands. Without it the same is done once
        more, which changes nothing where an ID of its own names what is done; what replaces, removes or adds
        needs it, since something else may have been said meanwhile. must_exist: the object is there before.
        skus, also: see `Act`. Raises what `do` does, RepeatedKeyError, PreconditionError, UnknownError.
        """
        self.acted = self._act(kind, id, skus, must_exist=must_exist)
        self.acted.also = also
        token = companion.set(self.acted)
        try:
            return await do()
        except DoneBeforeError as done:
            self.done_before = done.at
            self.ids.repeat(done)
        finally:
            companion.reset(token)
        return await (again or do)()

    async def preview(self, kind: str, id: str, show: Callable[[], T], *, must_exist: bool = True) -> T:
        """Show what a change of an object would lead to, where that would not be refused.

        must_exist: it is one of an object that is there. Raises what `show` does, PreconditionError,
        UnknownError.
        """
        await self.read(self._act(kind, id, (), must_exist=must_exist).check)
        return await self.work(show)

    async def act_on_lines(
        self, ids: Sequence[str], do: Callable[[], Awaitable[T]], *, keyed: bool = False
    ) -> T:
        """Change many lines in one transaction; what is written says who asked for it.

        keyed: also under which idempotency key; what was done under it is done again, where that is harmless.
        """
        acted = ActOnLines(
            actor=self.key.audited_as,
            call=self._name,
            backorders=ids,
            request_id=self.request.state.request_id,
            at=machine_now(),
            once=self._once() if keyed else None,
        )
        token = companion.set(acted)
        try:
            return await do()
        except DoneBeforeError as done:
            self.ids.repeat(done)
        finally:
            companion.reset(token)
        return await do()

    def _once(self) -> Once | None:
        """Under which key a call counts once; None for one without."""
        given = self.idempotency_key
        if given is None:
            return None
        asked = f"{self.request.method} {self.request.scope['path']}?{self.request.url.query}"
        if self._body is not None:
            asked += f"\n{bodies.canonical(self._body)}"
        return Once(api_key=self.key.id, key=given, asked=asked, at=self.ids.claimed_at or machine_now())

    @property
    def _name(self) -> str:
        """The call, as the documentation names it."""
        route: APIRoute = self.request.scope["route"]
        return f"{self.request.method} {route.path}"

    def _act(self, kind: str, id: str, skus: Sequence[str], *, must_exist: bool) -> Act:
        what = "product" if kind == "stock" else kind.replace("_", " ")
        shape = SHAPES.get(self.request.scope["route"].operation_id)  # the console's forms have none
        replaces = shape is not None and 412 in shape.problems  # an action is done to what is there
        return Act(
            actor=self.key.audited_as,
            call=self._name,
            object=(kind, id),
            request_id=self.request.state.request_id,
            at=machine_now(),
            once=self._once(),
            expected=versions(self.request, "if-match") if replaces else (),
            unexpected=versions(self.request, "if-none-match") if self.request.method == "PUT" else (),
            must_exist=f"there is no {what} {id}" if must_exist else None,
            skus=skus,
        )

    @property
    def made_it(self) -> bool:
        """Whether the change of this call made its object."""
        return self.acted is not None and self.acted.made_it

    @property
    def actor(self) -> str:
        """Who it is, as a timeline names them."""
        return self.key.name


async def nothing() -> None:
    """What a repetition does whose answer is read from the record."""


class Doors:
    """A part of the API: its calls, each with its roles and the shapes of what goes in and out."""

    def __init__(self, tag: str) -> None:
        self.router = APIRouter(tags=[tag])

    def door(
        self,
        method: str,
        path: str,
        *,
        roles: tuple[str, ...],
        shape: Shape,
        together: Together | None = None,
    ) -> Callable[[Callable[..., Awaitable[Response]]], Callable[..., Awaitable[Response]]]:
        """Register a call. The first line of its docstring is its summary.

        together: what is wrong with parameters of its query that are sound each by itself.
        """

        def register(handler: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
            self.router.add_api_route(
                path,
                handler,
                methods=[method],
                summary=(handler.__doc__ or "").strip().partition("\n")[0].rstrip("."),
                operation_id=handler.__name__,
                openapi_extra={"x-roles": [*roles]},
                response_class=Response,
                route_class_override=_Door,
            )
            SHAPES[handler.__name__] = shape
            if together is not None:
                _TOGETHER[handler.__name__] = together
            return handler

        return register


class _Door(APIRoute):
    """The route of a call, which hands a request to it and sends its answer as it is.

    The framework knows the parameters of the call, so that it documents and checks them. What else it does
    for each request (bodies, dependencies, models of answers) is nothing that a call has.
    """

    def __init__(self, path: str, endpoint: Callable[..., object], **given: Any) -> None:
        super().__init__(path, endpoint, **given)
        self._fields = {each.alias: each for each in self.dependant.query_params}
        self._needed = [each for each in self._fields.values() if each.field_info.is_required()]
        self._usual = {each.name: each.default for each in self._fields.values() if each not in self._needed}
        self._beginning = path.partition("{")[0]
        self.app = self._serve

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this call; most are told by how their path begins."""
        path = scope["path"]
        # The router's pattern would find a path that ends before a last newline.
        if not path.startswith(self._beginning) or (path.endswith("\n") and not self.path.endswith("}")):
            return Match.NONE, {}
        return super().matches(scope)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        call = await current_call(request)
        try:
            answer = await self._answer(call, request)
        except BackorderError:
            await _prove(call)
            raise
        await _prove(call)
        await answer(scope, receive, send)

    async def _answer(self, call: Call, request: Request) -> Response:
        asked = self._asked(call, request.query_params)
        while True:
            with suppress(BeginAgainError):
                found: Response = await self.endpoint(call=call, **request.path_params, **asked)
                return found

    def _asked(self, call: Call, query: QueryParams) -> dict[str, object]:
        """The parameters of a query. Raises RefusedError with every fault."""
        found, faults = read_query(self._fields, self._needed, query)
        if (together := _TOGETHER.get(self.operation_id or "")) is not None:
            left_out = {name: usual for name, usual in self._usual.items() if name not in query}
            faults += together(call, left_out | found)
        if faults:
            raise RefusedError(faults)
        return self._usual | found


async def _prove(call: Call) -> None:
    """Nothing is answered before the key is proven, whatever a call did or did not read."""
    owed = proof.get()
    if owed is not None and not owed.given:
        await asyncio.to_thread(api_keys.prove, call.desk.services.engine)


_TOGETHER: dict[str, Together] = {}
SHAPES: dict[str, Shape] = {}
"""What goes in and out of each call, by its operation's ID."""


async def current_call(request: Request) -> Call:
    """The call of somebody with a key whose roles allow it. Raises UnauthorizedError, ForbiddenError."""
    desk, route, text = desk_of(request), request.scope["route"], bearer_of(request)
    address = request.client.host if request.client else ""
    key = await _key(request.method, desk.keys, text, address)
    request.state.key = key.id
    request.state.limits = desk.limits.take(who(key, address))
    roles = route.openapi_extra["x-roles"]
    if not allows(key.roles, roles):
        raise ForbiddenError(f"this needs the role {' or '.join(roles)}; the key has {', '.join(key.roles)}")
    return Call(request=request, desk=desk, key=key)


async def _key(method: str, keys: ShownKeys, text: str, address: str) -> ApiKey:
    """The key of a call. A call that only reads proves in its own transaction that the key still stands."""
    now = machine_now()
    if method == "GET" and (shown := keys.remembered(text, now, address)) is not None:
        proof.set(KeyProof(shown.id))
        return shown
    return await asyncio.to_thread(keys.known, text, now, address)


CurrentCall = Annotated[Call, Depends(current_call)]
"""The call, for a handler's parameter."""
