"""One request: its ID, in and out and in each line of the log, and how long it may take."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from secrets import token_hex

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backorder import metrics
from backorder.storage.engine import proof
from web.answers import problem_of_status
from web.failures import DEFECT

log = logging.getLogger(__name__)
HEADER = b"x-request-id"
_GOOD = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_WAIT_S = 30.0
"""How long a request may take until its answer begins."""
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def in_log(record: logging.LogRecord) -> bool:
    """Have each line of the log say of which request it is."""
    id = request_id.get()
    if id is not None and not hasattr(record, "request_id"):
        record.request_id = id
    return True


class Requests:
    """Gives each request an ID and a deadline, and says in the log how it ended."""

    def __init__(self, app: ASGIApp, *, longest_wait: float = LONGEST_WAIT_S) -> None:
        self._app = app
        self._longest_wait = longest_wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(HEADER, b"")
        id = sent if _GOOD.fullmatch(sent) else token_hex(8).encode()
        scope.setdefault("state", {})["request_id"] = id.decode()
        token = request_id.set(id.decode())
        # A connection's next request begins where the one before it ended.
        proof.set(None)
        begun = time.monotonic()
        deadline = asyncio.timeout(self._longest_wait)
        answer = _Answer(send, id, scope["state"], deadline)
        try:
            async with deadline:
                await self._app(scope, receive, answer)
        except Exception as error:
            if answer.status:
                raise
            answer.deadline = None
            answer.failed = type(error).__name__
            await self._problem(error, late=deadline.expired())(scope, receive, answer)
        finally:
            _say(scope, answer, time.monotonic() - begun)
            request_id.reset(token)

    def _problem(self, error: Exception, *, late: bool) -> Response:
        """What is answered where nobody else did: a defect tells nothing of the program's insides."""
        if late and isinstance(error, TimeoutError):
            words = f"it took longer than {self._longest_wait:g} s; what is on record stays so"
            return problem_of_status(503, words)
        log.error("a request failed: %s", type(error).__name__, exc_info=error)
        return problem_of_status(500, DEFECT)


class _Answer:
    """Sends an answer with the request's ID, and with what is left of the key's limit.

    deadline: until when it has to begin; then it may take its time. None: it is over. failed: what was raised
    where nothing else was answered; "" for nothing.
    """

    def __init__(
        self, send: Send, id: bytes, state: Mapping[str, Mapping[str, str]], deadline: asyncio.Timeout | None
    ) -> None:
        self._send = send
        self._id = id
        self._state = state
        self.deadline = deadline
        self.status = 0
        self.failed = ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.deadline is not None and not self.deadline.expired():
                self.deadline.reschedule(None)
            message.setdefault("headers", [])
            limits = self._state.get("limits", {}).items()
            more = [(name.encode(), value.encode()) for name, value in limits]
            message["headers"] = [*message["headers"], (HEADER, self._id), *more]
        await self._send(message)


def _say(scope: Scope, answer: _Answer, seconds: float) -> None:
    """One line a request, with the route's form and no ID of a person in it.

    It names what was raised: the failure's own line is said once a minute, whatever their number.
    """
    route = getattr(scope.get("route"), "path", "?")
    # A method or path that nobody knows is whatever somebody made up.
    method = scope["method"] if scope["method"] in _METHODS else "?"
    metrics.count("backorder_http_requests_total", method=method, route=route, status=str(answer.status))
    metrics.observe("backorder_http_request_seconds", seconds)
    fields = {"status": answer.status, "ms": round(seconds * 1000, 1), "key": scope["state"].get("key")}
    if answer.failed:
        fields["error"] = answer.failed
    log.info("%s %s", scope["method"], route, extra=fields)
