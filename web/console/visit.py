"""One look at a page, or one form of it: who is there, and what they may do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request

from backorder.domain.api_keys import allows, who
from backorder.errors import ForbiddenError
from backorder.services.api_keys import current_key
from backorder.services.services import machine_now
from web.calls import Call
from web.console.sessions import COOKIE, Sessions, SignInSession
from web.customer_page.forms import form_of
from web.desk import Desk, desk_of
from web.failures import HttpError
from web.own_ids import OwnIds

if TYPE_CHECKING:
    from datetime import date

TOKEN, ONCE = "token", "once"
"""Fields of every form: that it is from here, and what tells it from the same form filled in again."""
SURE = "sure"
"""The field of a second step: what will happen was shown."""
_OWN = frozenset({TOKEN, ONCE, SURE})
_LONGEST_ONCE = 64
_MOST = 96 * 1024
"""Bytes of a form, at most: the longest text that a call takes, in any script, has room."""
AGENT, SUPPLY = "agent", "supply"
ANYBODY = (AGENT, SUPPLY)
"""Whose keys open the console; those of `admin` may do what every other one may."""


class SignedOutError(Exception):
    """Nobody is signed in."""


@dataclass(kw_only=True)
class Visit(Call):
    """A call by somebody who looks at the console. form: what it sent, {} for a look."""

    session: SignInSession
    sessions: Sessions
    form: Mapping[str, str] = field(default_factory=dict)
    # A form's key is random: nobody gives it to something else another day.
    ids: OwnIds = field(default_factory=lambda: OwnIds(for_a_day=False), init=False)

    @property
    def idempotency_key(self) -> str | None:
        """What tells a form from the same one filled in again. Raises HttpError."""
        given = self.form.get(ONCE, "")
        if given and not (given.isascii() and given.isalnum() and len(given) <= _LONGEST_ONCE):
            raise HttpError(400, "this form is not one of the console's")
        return given or None

    def take(self, form: Mapping[str, str]) -> None:
        """Take a form; its fields are what repetitions are told by."""
        self.form = form
        self._body = {name: value for name, value in form.items() if name != TOKEN}

    @property
    def fields(self) -> dict[str, object]:
        """What was filled in; what was left empty was not said."""
        return {name: value for name, value in self.form.items() if value and name not in _OWN}

    @property
    def is_sure(self) -> bool:
        """Whether what will happen was shown before."""
        return SURE in self.form

    @property
    def today(self) -> date:
        """The shop's day."""
        return self.desk.services.calendar.day(self.desk.now())

    def may(self, *roles: str) -> bool:
        """Whether the key has one of these roles."""
        return allows(self.key.roles, roles)

    def new_once(self) -> str:
        """What a form carries that is shown now."""
        return token_hex(12)

    def receipt(self, done: str, request: str = "") -> str:
        """What the address of the next page says of what was just done."""
        return self.sessions.receipt(self.session, done, request)


def sessions_of(desk: Desk) -> Sessions:
    """The sessions of a shop. Raises HttpError where it has no secret to make any with."""
    if not desk.settings.secret:
        raise HttpError(404, "there is no console without BACKORDER_SECRET")
    return Sessions(desk.settings.secret)


def session_of(request: Request, sessions: Sessions, cookie: str = COOKIE) -> SignInSession | None:
    """The session of a browser."""
    return sessions.opened(request.cookies.get(cookie, ""))


async def visiting(request: Request, roles: Sequence[str]) -> Visit:
    """Somebody who is signed in looks at a page. Raises SignedOutError, ForbiddenError, HttpError."""
    desk = desk_of(request)
    sessions = sessions_of(desk)
    session = session_of(request, sessions)
    if session is None or not session.key:
        raise SignedOutError
    address = address_of(request)
    key = await asyncio.to_thread(current_key, desk.services.engine, session.key, machine_now(), address)
    request.state.key = key.id
    request.state.limits = desk.limits.take(who(key, address))
    found = Visit(request=request, desk=desk, key=key, session=session, sessions=sessions)
    request.state.visit = found
    if request.method == "POST":
        found.take(await sent_form(request, sessions, session))
    if not found.may(*roles):
        raise ForbiddenError(f"this needs a key of {' or '.join(roles)}; yours is of {', '.join(key.roles)}")
    return found


async def sent_form(request: Request, sessions: Sessions, session: SignInSession) -> Mapping[str, str]:
    """The fields of a form that one of the session's own pages sent. Raises HttpError, RefusedError."""
    if not _is_own(request):
        raise HttpError(403, "this form came from another page; nothing was done")
    form = await form_of(request, most=_MOST)
    if not sessions.is_token(session, form.get(TOKEN, "")):
        raise HttpError(403, "this page is from an earlier sign-in; nothing was done: load it again")
    return form


def _is_own(request: Request) -> bool:
    """Whether a form was sent from one of the shop's own pages, as the browser says.

    By the address that the browser sees: a proxy may speak TLS, and hand the host on or not.
    """
    origin = request.headers.get("origin", "").casefold()
    _, _, place = origin.partition("://")
    at = urlsplit(desk_of(request).settings.pages_at.casefold())
    return bool(place) and (
        place == request.headers.get("host", "").casefold() or origin == f"{at.scheme}://{at.netloc}"
    )


def address_of(request: Request) -> str:
    """From where a request comes."""
    return request.client.host if request.client else ""
