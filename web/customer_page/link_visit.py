"""One look at a page that a link opens, whoever the link was made for."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from web.customer_page.confirmation import COOKIE
from web.customer_page.opening import Link
from web.desk import Desk


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkVisit:
    """One look at a page, through a link."""

    link: Link

    @property
    def request(self) -> Request:
        """What came in."""
        return self.link.request

    @property
    def desk(self) -> Desk:
        """Whose page it is."""
        return self.link.desk

    @property
    def here(self) -> str:
        """The path of the page."""
        return self.link.here

    @property
    def cookie(self) -> str:
        """The cookie of an earlier first step."""
        return self.request.cookies.get(COOKIE, "")
