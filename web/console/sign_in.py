"""Signing in with a key, and out again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from backorder.domain.api_keys import allows
from backorder.errors import RefusedError, UnauthorizedError
from backorder.services.services import machine_now
from web.console.appearance import PLACE, forget, html, keep, to
from web.console.doors import LONGEST_WAY, SIGN_IN, Pages
from web.console.sessions import COOKIE, COOKIE_BEFORE, Sessions, SignInSession
from web.console.visit import ANYBODY, Visit, address_of, sent_form, session_of, sessions_of
from web.desk import Desk, desk_of
from web.failures import HttpError

router = APIRouter(include_in_schema=False)
pages = Pages()
_NO_KEY = "That is no key of this shop. Keys begin with bo_live_; whoever runs the shop makes them."
_OVER = "You were signed out: twelve hours are over, or the key does not count any more."
_ONCE_MORE = "That took a while. Please try once more."
_TOO_OFTEN = "Too many tries. Wait a moment, then try once more."


@dataclass(frozen=True, kw_only=True, slots=True)
class _Door:
    """Somebody before the door. session: of the form alone. next: where they wanted to go."""

    desk: Desk
    sessions: Sessions
    session: SignInSession
    next: str

    def ask(self, words: str = "", status: int = 200) -> Response:
        """The page that asks for a key. words: what is wrong with the one that was shown."""
        values = {"token": self.sessions.token(self.session), "next": self.next, "words": words}
        answer = html(self.desk, "sign_in.html", values, status=status)
        return keep(self.desk, answer, COOKIE_BEFORE, self.sessions.cookie(self.session))


@router.get(SIGN_IN)
async def ask(request: Request, next: str = "", over: str = "") -> Response:
    """The page that asks for a key."""
    desk = desk_of(request)
    sessions = sessions_of(desk)
    if (signed_in := session_of(request, sessions)) and signed_in.key:
        return to(_after(next))
    session = session_of(request, sessions, COOKIE_BEFORE) or sessions.begin()
    return _Door(desk=desk, sessions=sessions, session=session, next=next).ask(_OVER if over else "")


@router.post(SIGN_IN)
async def sign_in(request: Request) -> Response:
    """Show a key."""
    desk = desk_of(request)
    sessions = sessions_of(desk)
    session = session_of(request, sessions, COOKIE_BEFORE)
    door = _Door(desk=desk, sessions=sessions, session=session or sessions.begin(), next="")
    if session is None:
        return door.ask(_ONCE_MORE, 403)
    try:
        form = await sent_form(request, sessions, session)
    except RefusedError as error:
        return door.ask(str(error), 422)
    except HttpError as error:
        return door.ask(error.words, error.status)
    return await _shown(
        request, _Door(desk=desk, sessions=sessions, session=session, next=form.get("next", "")), form
    )


async def _shown(request: Request, door: _Door, form: Mapping[str, str]) -> Response:
    address, desk = address_of(request), door.desk
    try:
        request.state.limits = desk.page_limits.take(f"console/{address}")
        key = await asyncio.to_thread(desk.keys.known, form.get("key", ""), machine_now(), address)
    except HttpError as error:
        answer = door.ask(_TOO_OFTEN, error.status)
        answer.headers.update(error.headers)
        return answer
    except UnauthorizedError as error:
        words = str(error)
        return door.ask(_NO_KEY if "no such" in words else f"{words[:1].upper()}{words[1:]}.", 401)
    if not allows(key.roles, ANYBODY):
        return door.ask(f"This key is of {', '.join(key.roles)}; the console needs agent or supply.", 403)
    request.state.key = key.id
    sessions = door.sessions
    return keep(desk, to(_after(door.next)), COOKIE, sessions.cookie(sessions.begin(key.id)))


@pages.form("/sign-out")
async def sign_out(visit: Visit) -> Response:
    """Forget who is here."""
    return forget(to(SIGN_IN))


def _after(next: str) -> str:
    """Where somebody goes who has signed in: what they wanted to see, if it is a page of the console."""
    is_plain = next.isascii() and next.isprintable() and not set(next) & set('\\" <>') and ".." not in next
    is_ours = next.startswith(f"{PLACE}/") and not next.startswith(SIGN_IN)
    return next if is_ours and is_plain and len(next) <= LONGEST_WAY else f"{PLACE}/"
