"""What a link opens, whatever it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request

from backorder.messaging.customer_links import CustomerLinks
from web.desk import Desk, desk_of
from web.failures import HttpError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link that was made here. here: its path. send: of which message it is."""

    request: Request
    desk: Desk
    here: str
    links: CustomerLinks
    send: str


async def opened(request: Request, purpose: str, token: str, look: Callable[[Link], T | None]) -> T | None:
    """What a link opens, as somebody reads it who may wait for the database; None for one that nobody here
    has made. Raises HttpError.
    """
    desk = desk_of(request)
    links = desk.services.links
    if links is None:
        raise HttpError(404, "there is no such path")
    send = links.opened(purpose, token)
    if send is None:
        return None
    link = Link(request=request, desk=desk, here=f"/{purpose}/{token}", links=links, send=send)
    return await asyncio.to_thread(look, link)
