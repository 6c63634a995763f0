"""The list of lines: by what a caller can say, and by where they stand."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from backorder.errors import RefusedError
from backorder.queries import line_list
from backorder.queries.line_list import STATUSES, Filter
from web.console.appearance import html, line_path, path_of, to
from web.console.doors import Pages
from web.console.visit import AGENT, Visit

pages = Pages()
_WORDS = ("q", "status", "order", "sku", "supplier", "customer")
_FLAGS = ("late", "needs", "duties")
_LONGEST = 300


@pages.page("/lines", AGENT)
async def lines(visit: Visit) -> Response:
    """A page of lines; a search that means one line alone leads to its case."""
    asked = _asked(visit)
    wanted = Filter(
        q=asked.get("q", ""),
        status=asked.get("status", ""),
        order=asked.get("order", ""),
        sku=asked.get("sku", ""),
        supplier=asked.get("supplier", ""),
        customer=asked.get("customer", ""),
        late="late" in asked,
        needs="needs" in asked,
        duties="duties" in asked,
    )
    database, now, cursor = visit.desk.services.database, visit.desk.now(), asked.get("cursor")
    page = await visit.work(lambda: line_list.lines(database, wanted, now, cursor=cursor))
    if len(page.lines) == 1 and asked.keys() == {"q"}:
        return to(line_path(page.lines[0].id))
    rest = {name: value for name, value in asked.items() if name != "cursor"}
    values = {
        "page": page,
        "asked": asked,
        "statuses": STATUSES,
        "is_searched": bool(rest),
        "first": path_of("lines") + (f"?{urlencode(rest)}" if rest else "") if cursor else "",
        "next": f"{path_of('lines')}?{urlencode(rest | {'cursor': page.cursor})}" if page.cursor else "",
        "place_now": "lines",
    }
    return html(visit.desk, "lines.html", values, visit=visit)


def _asked(visit: Visit) -> dict[str, str]:
    """What the address asks for; what was left empty was not asked. Raises RefusedError with every fault."""
    query = visit.request.query_params
    faults: list[str] = []
    found: dict[str, str] = {}
    for name in dict.fromkeys(query):
        value = query[name].strip()
        if name not in (*_WORDS, *_FLAGS, "cursor"):
            faults.append(f"{name}: is unknown here")
        elif "\0" in value or len(query.getlist(name)) > 1:
            faults.append(f"{name}: cannot be read")
        elif name != "cursor" and len(value) > _LONGEST:
            faults.append(f"{name}: has more than {_LONGEST} characters")
        elif value:
            found[name] = value
    if faults:
        raise RefusedError(faults)
    return found
