"""The application: every door of it, and what stands before all of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Never, TypeAlias, TypeVar, cast

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from backorder.errors import BackorderError, RefusedError
from backorder.failures import DAMAGED, is_damage, passes
from web import (
    availability,
    backtests,
    bulk_cancel,
    complaints,
    customers,
    events,
    evidence,
    forecast_tuning,
    imports,
    keys,
    line_actions,
    line_moves,
    lines,
    message_previews,
    messages,
    openapi,
    operations,
    outbox,
    plans,
    policies,
    products,
    purchase_orders,
    reports,
    static_files,
    status,
    supply_reports,
    suppressions,
    table_imports,
    webhooks,
    what_if,
    worklist,
)
from web.answers import problem_answer, problem_of_status
from web.calls import Doors
from web.console.routes import ROUTERS as CONSOLE
from web.cross_origin import CrossOrigin
from web.customer_page import appearance, opt_out
from web.customer_page import routes as customer_routes
from web.desk import Desk
from web.failures import AWAY, HttpError
from web.heads import Heads
from web.paths import RawPaths
from web.query_parameters import query_fault
from web.requests import Requests, in_log
from web.supplier_page import routes as supplier_routes

log = logging.getLogger(__name__)
ErrorT = TypeVar("ErrorT")
_Handler: TypeAlias = Callable[[Request, ErrorT], Awaitable[Response]]
DOORS: Sequence[Doors] = (
    lines.doors,
    imports.doors,
    bulk_cancel.doors,
    line_actions.doors,
    line_moves.doors,
    complaints.doors,
    products.doors,
    purchase_orders.doors,
    what_if.doors,
    reports.doors,
    supply_reports.doors,
    plans.doors,
    table_imports.doors,
    forecast_tuning.doors,
    backtests.doors,
    customers.doors,
    evidence.doors,
    messages.doors,
    suppressions.doors,
    worklist.doors,
    availability.doors,
    events.doors,
    policies.doors,
    keys.doors,
    status.doors,
    message_previews.doors,
)
"""The parts of the API, in the order of its documentation."""
_ROUTERS: Sequence[APIRouter] = (
    *(each.router for each in DOORS),
    operations.router,
    evidence.keys_router,
    webhooks.router,
    outbox.router,
    static_files.router,
    customer_routes.router,
    supplier_routes.router,
    opt_out.router,
    appearance.router,
    *CONSOLE,
)
Opening = Callable[[], AbstractAsyncContextManager[Desk]]
"""Opens a desk for as long as the application serves."""


def create_app(opening: Opening) -> FastAPI:
    """The application; its desk is opened when it starts to serve, and closed when it stops."""

    @asynccontextmanager
    async def serving(app: FastAPI) -> AsyncIterator[None]:
        async with opening() as desk:
            app.state.desk = desk
            _log_requests()
            yield

    app = FastAPI(
        title="Backorder",
        version=openapi.VERSION,
        lifespan=serving,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # a route that the log and the metrics would not know; `operations` has ours
        redirect_slashes=False,
        # Its spans name whole paths, and so the links of customers; `starter.tracing` has ours.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for router in _ROUTERS:
        # As they are: a router within another one would look for each request's route three times.
        app.router.routes.extend(router.routes)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, cast("_Handler[Exception]", handler))
    # The first to be added is the last to be asked.
    app.add_middleware(Heads)
    app.add_middleware(RawPaths)
    app.add_middleware(CrossOrigin, path=availability.AVAILABILITY)
    app.add_middleware(Requests)
    return app


def _log_requests() -> None:
    for handler in logging.getLogger().handlers:
        if in_log not in handler.filters:
            handler.addFilter(in_log)


async def _refused(request: Request, error: BackorderError) -> Response:
    return problem_answer(error)


async def _http(request: Request, error: HttpError) -> Response:
    return problem_of_status(error.status, error.words, error.headers)


async def _routed(request: Request, error: HTTPException) -> Response:
    """What the router says: no such path, no such method."""
    words = {404: "there is no such path", 405: "this path does not know the method"}
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == 405 and (found := _methods(request)):
        headers["allow"] = ", ".join(sorted(found))
    return problem_of_status(error.status_code, words.get(error.status_code, ""), headers)


def _methods(request: Request) -> set[str]:
    """The methods that a path knows: its calls are routes of their own, and the router names the first."""
    found: set[str] = set()
    for route in (route for router in _ROUTERS for route in router.routes):
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found | ({"HEAD"} if "GET" in found else set())


async def _query(request: Request, error: RequestValidationError) -> Response:
    """Parameters of the query that are wrong."""
    return problem_answer(RefusedError([query_fault(each) for each in error.errors()]))


async def _database(request: Request, error: Exception) -> Response:
    """The database is away or busy: the same may work a little later."""
    if not passes(error):
        raise error
    if is_damage(error):
        log.error("the database's file is damaged, or is no database", exc_info=error)
        return problem_of_status(503, DAMAGED)
    log.warning("the database does not answer; a request was turned away", exc_info=error)
    return problem_of_status(503, AWAY, {"retry-after": "2"})


_HANDLERS: Mapping[type[Exception], _Handler[Never]] = {
    BackorderError: _refused,
    HttpError: _http,
    HTTPException: _routed,
    RequestValidationError: _query,
    DBAPIError: _database,
}
"""How each kind of error is answered, by what takes errors of its row; of all others see `Requests`."""
