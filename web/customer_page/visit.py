"""One look at a page: through whose link, in which language, and what there is to see."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import TypeVar

from fastapi import Request

from backorder.messaging.customer_links import PAGE
from backorder.messaging.page import Reader, reader
from backorder.queries.customer_page import CustomerOrder, Linked, customer_order, language_of, linked
from backorder.services.services import machine_now
from backorder.storage.engine import reading
from web.customer_page.confirmation import Confirmations
from web.customer_page.evidence import evidence_of
from web.customer_page.lines import LineViews
from web.customer_page.link_visit import LinkVisit
from web.customer_page.opening import Link, opened
from web.customer_page.page_line import Instead, PageLine

T = TypeVar("T")
_WHITE = re.compile(r"[ \t\r\n]+")
"""What a template breaks its lines with."""


class OutdatedError(Exception):
    """The page showed something else than what stands now."""


class ImpossibleError(Exception):
    """What was chosen cannot be done any more. refusal: why, one of `Refusal`, or "" where it is not known.

    last_day: for an answer, in the reader's form; "" where none was asked for.
    """

    def __init__(self, refusal: str, last_day: str = "") -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.last_day = last_day


class NewTermsError(Exception):
    """What would be taken instead is not to be had as it was shown. choice: as it is to be had now.

    units: how many of it, in the reader's form.
    """

    def __init__(self, choice: Instead, units: str) -> None:
        super().__init__(choice.sku)
        self.choice = choice
        self.units = units


def on_one_line(words: object) -> str:
    """Words of a page as plain text: whatever shows them escapes them once more.

    Only the white space of a template goes: a space at which no line ends is part of the words.
    """
    return _WHITE.sub(" ", unescape(str(words))).strip(" ")


@dataclass(frozen=True, slots=True)
class PageNote:
    """What stands above a page. mood: good or care."""

    mood: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit(LinkVisit):
    """One look at the page, through a link. at: the business instant."""

    linked: Linked
    reader: Reader
    order: CustomerOrder
    views: LineViews
    at: datetime

    @property
    def confirmations(self) -> Confirmations:
        """The second steps of this link."""
        return Confirmations(self.link.links, self.linked.send)

    @property
    def evidence(self) -> str:
        """What a choice leaves as its evidence."""
        return evidence_of(self.request, self.linked.send, machine_now())

    def words(self, name: str, *about: object) -> str:
        """Words of the page, on one line."""
        return on_one_line(getattr(self.reader.words, name)(*about))

    def lines(self) -> list[PageLine]:
        """All lines as the page shows them."""
        served, asked = self.order.served, self.order.asked
        return [
            self.views.of(each, number, served.get(each.id), asked.get(each.id, ()), self.order.lines)
            for number, each in enumerate(self.order.lines, start=1)
        ]


async def visit(request: Request, token: str) -> Visit | None:
    """What a link opens; None for one that opens nothing. Raises HttpError."""
    return await opened(request, PAGE, token, _visit)


async def read_anew(visit: Visit) -> Visit | None:
    """The same look once more: what was read before a choice was decided on may contradict that."""
    return await asyncio.to_thread(_visit, visit.link)


def _visit(link: Link) -> Visit | None:
    desk, at = link.desk, link.desk.now()
    with reading(desk.services.engine) as connection:
        found = linked(connection, link.send, at)
        if found is None:
            return None
        locale, region = language_of(connection, found.customer)
    language, calendar = reader(locale, region, desk.settings.templates), desk.services.calendar
    return Visit(
        link=link,
        linked=found,
        reader=language,
        order=customer_order(desk.services.database, found, at),
        views=LineViews(language.locale, calendar.zone, calendar.day(at), at),
        at=at,
    )


async def off_loop(work: Callable[[], T]) -> T:
    """Do what waits for the database on a thread."""
    return await asyncio.to_thread(work)
