"""Purchase orders: what is on its way, what suppliers said of it, and who waits behind it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from backorder.errors import RefusedError, UnknownError
from backorder.queries import catalogue, supply_lists
from backorder.queries.expected_units import ExpectedUnits, expected_units
from backorder.queries.stated_revisions import StatedRevision, stated_revisions
from backorder.queries.supply_lists import InQueue, Lines, SupplyLine, SupplyPage
from backorder.storage.stated_dates import buyer_asked
from web.console.appearance import html, path_of, to
from web.console.doors import Pages
from web.console.visit import SUPPLY, Visit
from web.path_ids import id_of

pages = Pages()
ORDER_LINE = "/purchase-orders/{id}/{line}"
_WORDS, _FLAGS = ("supplier", "sku"), ("late", "all")


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderedLineView:
    """A line of a purchase order. words, waiting: for buyers alone, what was said and who waits for it."""

    line: SupplyLine
    expected: list[ExpectedUnits]
    words: list[StatedRevision]
    waiting: SupplyPage[InQueue] | None

    @property
    def asked(self) -> StatedRevision | None:
        """The word that waits for the buyer."""
        return next((each for each in self.words if each.state == "waiting"), None)


@pages.page("/purchase-orders")
async def purchase_orders(visit: Visit) -> Response:
    """Lines of purchase orders: those that are open, or late, or all."""
    query, here, today = visit.request.query_params, path_of("purchase-orders"), visit.today
    asked = {name: said for name in (*_WORDS, *_FLAGS) if (said := query.get(name, "").strip()[:300])}
    wanted = Lines(
        supplier=asked.get("supplier", ""),
        sku=asked.get("sku", ""),
        late="late" in asked,
        open="all" not in asked,
    )
    if order := query.get("order", "").strip():
        return to(path_of("purchase-orders", order))
    cursor = query.get("cursor") or None
    page = await visit.read(lambda open: supply_lists.supply_lines(open, wanted, today, cursor=cursor))
    values = {
        "rows": page.rows,
        "asked": asked,
        "first": f"{here}?{urlencode(asked)}" if cursor else "",
        "next": f"{here}?{urlencode(asked | {'cursor': page.next})}" if page.next else "",
        "place_now": "purchase-orders",
    }
    return html(visit.desk, "purchase_orders.html", values, visit=visit)


@pages.page("/purchase-orders/{id}")
async def purchase_order(visit: Visit) -> Response:
    """A purchase order with its lines."""
    id, today = id_of(visit.request.path_params["id"], "purchase order"), visit.today
    found = await visit.read(lambda open: catalogue.purchase_order(open, id, today))
    doubts = await visit.read(lambda open: buyer_asked(open, id)) if visit.may(SUPPLY) else {}
    values = {"order": found, "doubts": doubts, "place_now": "purchase-orders"}
    return html(visit.desk, "purchase_order.html", values, visit=visit)


def place_of(visit: Visit) -> tuple[str, str]:
    """The purchase order and the line that a path names."""
    asked = visit.request.path_params
    return id_of(asked["id"], "purchase order"), id_of(asked["line"], "line of a purchase order")


async def read_line(visit: Visit) -> OrderedLineView:
    """The line that a path names. Raises UnknownError."""
    id, name = place_of(visit)
    today, buys = visit.today, visit.may(SUPPLY)
    cursor = visit.request.query_params.get("cursor") or None

    def read(open: Connection) -> OrderedLineView:
        try:
            line = supply_lists.order_line(open, id, name, today)
        except RefusedError:
            raise UnknownError(f"there is no line {name} of a purchase order {id}") from None
        return OrderedLineView(
            line=line,
            expected=expected_units(open, line),
            words=list(stated_revisions(open, id, name)) if buys else [],
            waiting=supply_lists.waiting_for(open, line, cursor=cursor) if buys else None,
        )

    return await visit.read(read)
