"""One look at a supplier's page: through which link, in which language, and what there is to see."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import Request

from backorder.domain.supply.approval import source_of_link
from backorder.messaging.customer_links import SUPPLIER
from backorder.messaging.page import SUPPLIER as WORDS
from backorder.messaging.page import Reader, reader
from backorder.queries.supplier_page import SupplierPage, is_on_record, supplier_page
from backorder.storage.engine import reading
from web.customer_page.confirmation import NONCE, Confirmations
from web.customer_page.forms import Form
from web.customer_page.link_visit import LinkVisit
from web.customer_page.opening import Link, opened
from web.customer_page.visit import on_one_line

SENT = "sent"
"""What a receipt says that was done."""
_OF_THE_STEP = frozenset({NONCE, "four"})
"""The fields of a second step that are no answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit(LinkVisit):
    """One look at the page, through a link. at: the business instant; today: its day at the shop."""

    page: SupplierPage
    reader: Reader
    at: datetime
    today: date

    def confirmations(self, form: Form) -> Confirmations:
        """The second steps of this link, for what a form says."""
        return Confirmations(self.link.links, self.page.send, sorted(form.keys() - _OF_THE_STEP))

    def words(self, name: str) -> str:
        """Words that all pages share, on one line."""
        return on_one_line(getattr(self.reader.words, name)())

    def own_words(self, name: str, *about: object) -> str:
        """Words of this page, on one line."""
        return on_one_line(getattr(self.reader.supplier_words, name)(*about))

    def source(self, request: str) -> str:
        """The source of what is said by a second step. request: the step's ID."""
        return source_of_link(self.page.send, request)

    def is_on_record(self, request: str) -> bool:
        """Whether what a second step said is written down. Waits for the database."""
        with reading(self.desk.services.engine) as connection:
            return is_on_record(connection, self.source(request), self.page.named)

    def said_now(self, receipt: str) -> str:
        """What the page says of an answer that was given a moment ago; "" where none is on record.

        Waits for the database.
        """
        made = self.confirmations({}).made(receipt) if receipt else None
        if made is None or made.done != SENT or not self.is_on_record(made.request):
            return ""
        waits = any(each.said is not None and each.said.state == "waiting" for each in self.page.lines)
        return self.own_words("thanks", waits)


async def visit(request: Request, token: str) -> Visit | None:
    """What a link opens; None for one that opens nothing. Raises HttpError."""
    return await opened(request, SUPPLIER, token, _visit)


async def read_anew(visit: Visit) -> Visit | None:
    """The same look once more: since it was taken, something else was written down."""
    return await asyncio.to_thread(_visit, visit.link)


def _visit(link: Link) -> Visit | None:
    desk, at = link.desk, link.desk.now()
    today = desk.services.calendar.day(at)
    with reading(desk.services.engine) as connection:
        page = supplier_page(connection, link.send, at, today)
    if page is None:
        return None
    return Visit(
        link=link,
        page=page,
        reader=reader(page.locale, "", desk.settings.templates, WORDS),
        at=at,
        today=today,
    )
