"""Products: what there is of each, what comes, and who waits."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from backorder.queries import catalogue, supply_lists
from backorder.queries.supply_lists import Lines
from web.console.appearance import html, path_of, to
from web.console.doors import Pages
from web.console.visit import Visit
from web.path_ids import id_of

pages = Pages()
_COMING = 20


@pages.page("/products")
async def products(visit: Visit) -> Response:
    """Products with their units, by SKU."""
    asked = visit.request.query_params
    if sku := asked.get("sku", "").strip():
        return to(path_of("products", sku))
    page = await visit.read(lambda open: supply_lists.stocks(open, cursor=asked.get("cursor") or None))
    values = {
        "rows": page.rows,
        "first": path_of("products") if asked.get("cursor") else "",
        "next": f"{path_of('products')}?{urlencode({'cursor': page.next})}" if page.next else "",
        "place_now": "products",
    }
    return html(visit.desk, "products.html", values, visit=visit)


@pages.page("/products/{sku}")
async def product(visit: Visit) -> Response:
    """A product: its units, what is on order, and its queue."""
    sku, today = id_of(visit.request.path_params["sku"], "product"), visit.today
    cursor = visit.request.query_params.get("cursor") or None
    here = path_of("products", sku)
    found = await visit.read(lambda open: catalogue.product(open, sku))
    coming = await visit.read(
        lambda open: supply_lists.supply_lines(open, Lines(sku=sku), today, limit=_COMING)
    )
    queue = await visit.read(lambda open: supply_lists.queue(open, sku, cursor=cursor))
    values = {
        "product": found,
        "coming": coming.rows,
        "all_coming": f"{path_of('purchase-orders')}?{urlencode({'sku': sku})}" if coming.next else "",
        "queue": queue.rows,
        "first": here if cursor else "",
        "next": f"{here}?{urlencode({'cursor': queue.next})}" if queue.next else "",
        "place_now": "products",
    }
    return html(visit.desk, "product.html", values, visit=visit)
