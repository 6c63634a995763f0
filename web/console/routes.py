"""Every page of the console."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import Response

from backorder.errors import UnknownError
from web.console import appearance, case, case_acts, dates, lines, products, purchase_orders, sign_in, start
from web.console.doors import Pages
from web.console.visit import Visit

pages = Pages()


@pages.page("/{rest:path}")
async def nowhere(visit: Visit) -> Response:
    """What no other page answers. Raises UnknownError."""
    raise UnknownError("the console has no such page")


ROUTERS: Sequence[APIRouter] = (
    appearance.router,
    sign_in.router,
    sign_in.pages.router,
    start.router,
    start.pages.router,
    lines.pages.router,
    case.pages.router,
    case_acts.pages.router,
    products.pages.router,
    purchase_orders.pages.router,
    dates.pages.router,
    pages.router,
)
"""In the order in which they are asked; what no page answers comes last."""
