"""A line of a purchase order: stating a date for it, and deciding about one that waits; previewed first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from backorder import schemas
from backorder.errors import RefusedError, RejectedError
from backorder.queries.stated_revisions import StatedRevision, StatedUnits
from backorder.schemas.purchase_order_calls import DateDecision
from backorder.services.supplier_dates import DatesEffect
from web.calls import nothing
from web.console.appearance import html, path_of, to
from web.console.done import said_of
from web.console.doors import Pages
from web.console.faults import by_field
from web.console.purchase_orders import ORDER_LINE, OrderedLineView, place_of, read_line
from web.console.visit import ONCE, SUPPLY, SURE, TOKEN, Visit
from web.effects import effects_of

pages = Pages()
ROWS = 4
"""Parts in which a form states dates, at most."""
SHOWN = 50
"""Lines that a preview names, at most."""
_SPLITS = tuple(f"splits.{row}.{name}" for row in range(ROWS) for name in ("quantity", "date"))
_FIELDS = (*_SPLITS, "splits", "cannot_supply", "source", "note")


@pages.page(ORDER_LINE)
async def order_line(visit: Visit) -> Response:
    """A line with its dates, who waits for it, and what may be done."""
    return _shown(visit, await read_line(visit))


def _shown(visit: Visit, found: OrderedLineView, error: RefusedError | None = None) -> Response:
    here = path_of("purchase-orders", found.line.purchase_order, found.line.line)
    waiting, cursor = found.waiting, visit.request.query_params.get("cursor")
    values = {
        "found": found,
        "line": found.line,
        "here": here,
        "said": said_of(visit),
        "once": visit.new_once(),
        "rows": range(ROWS),
        "typed": visit.form or _usual(found),
        "faults": by_field(error, _FIELDS) if error else {},
        "first": here if cursor else "",
        "next": f"{here}?{urlencode({'cursor': waiting.next})}" if waiting and waiting.next else "",
        "place_now": "purchase-orders",
    }
    return html(visit.desk, "order_line.html", values, visit=visit, status=422 if error else 200)


def _usual(found: OrderedLineView) -> Mapping[str, str]:
    """What the form begins with: all that is outstanding in one part."""
    return {"splits.0.quantity": str(found.line.open)} if found.line.open else {}


def stated_of(visit: Visit) -> schemas.StatedDates:
    """What the form states. Raises RefusedError with every fault."""
    order, line = place_of(visit)
    parts = [
        {
            "quantity": visit.form.get(f"splits.{row}.quantity", ""),
            "date": visit.form.get(f"splits.{row}.date") or None,
        }
        for row in range(ROWS)
    ]
    while parts and not any(parts[-1].values()):
        parts.pop()
    raw: dict[str, object] = {"purchase_order": order, "line": line, "splits": parts}
    raw |= {name: said for name in ("source", "note") if (said := visit.form.get(name))}
    raw["cannot_supply"] = "cannot_supply" in visit.form
    return visit.parse(schemas.StatedDates, raw)


@pages.form(ORDER_LINE + "/dates", SUPPLY)
async def state_dates(visit: Visit) -> Response:
    """Write down what the supplier said; who would hear what is shown first."""
    found, dates, now = await read_line(visit), visit.desk.services.dates, visit.desk.now()
    try:
        stated = stated_of(visit)
        if not visit.is_sure:
            preview = await visit.work(lambda: dates.preview(stated, now))
            said = tuple(StatedUnits(quantity=each.quantity, day=each.date) for each in stated.splits)
            return _asked_again(visit, found, "dates", said, preview)
        outcome = await _state(visit, stated)
    except RefusedError as error:
        return _shown(visit, found, error)
    here = path_of("purchase-orders", stated.purchase_order, stated.line)
    return to(here, done=visit.receipt("dates-wait" if outcome.waits_for_buyer else "dates"))


async def _state(visit: Visit, stated: schemas.StatedDates) -> DatesEffect:
    client, dates = visit.desk.client, visit.desk.services.dates

    async def again() -> DatesEffect:
        return await visit.work(lambda: dates.as_it_stands(stated))

    return await visit.act(
        "purchase_order", stated.purchase_order, lambda: client.stated_dates(stated), again, must_exist=True
    )


@pages.form(ORDER_LINE + "/decision", SUPPLY)
async def decide(visit: Visit) -> Response:
    """Approve or refuse a date that waits; what it leads to is shown first."""
    found, (order, line) = await read_line(visit), place_of(visit)
    raw = {"line": line, "decision": visit.form.get("decision", ""), "revision": visit.form.get("revision")}
    asked = visit.parse(DateDecision, raw)
    approve, client = asked.decision == "approve", visit.desk.client
    here = path_of("purchase-orders", order, line)
    if visit.is_sure:
        _still_waits(visit, found)

        async def act_once() -> None:
            await client.decide_dates(order, line, approve=approve, by=visit.actor, revision=asked.revision)

        await visit.act("purchase_order", order, act_once, nothing, must_exist=True)
        return to(here, done=visit.receipt("approve" if approve else "reject"))
    if found.asked is None:
        raise RejectedError("no date of this line waits for approval any more")
    now, dates = visit.desk.now(), visit.desk.services.dates
    stated = _as_stated(visit, found.asked)
    preview = await visit.work(lambda: dates.preview(stated, now))
    return _asked_again(visit, found, "decision", found.asked.splits, preview)


def _still_waits(visit: Visit, found: OrderedLineView) -> None:
    """Raises RejectedError where another date waits than the one that was shown."""
    shown = visit.form.get("revision", "")
    if found.asked is not None and shown != str(found.asked.revision):
        raise RejectedError("another date waits by now: look at the line again")


def _as_stated(visit: Visit, revision: StatedRevision) -> schemas.StatedDates:
    order, line = place_of(visit)
    splits = [{"quantity": each.quantity, "date": each.day} for each in revision.splits]
    raw = {"purchase_order": order, "line": line, "splits": splits, "cannot_supply": not splits}
    # Nothing of it is kept, whoever said it.
    return visit.parse(schemas.StatedDates, raw | {"source": "the one that waits"})


def _asked_again(
    visit: Visit, found: OrderedLineView, form: str, splits: Sequence[StatedUnits], preview: DatesEffect
) -> Response:
    """Who would hear what, and whether they shall. splits: what is stated."""
    effects = effects_of(preview.effects)
    fields = {name: value for name, value in visit.form.items() if name not in (TOKEN, ONCE)}
    if form == "decision" and found.asked is not None:
        fields["revision"] = str(found.asked.revision)
    values = {
        "line": found.line,
        "here": path_of("purchase-orders", found.line.purchase_order, found.line.line),
        "form": form,
        "splits": splits,
        "decision": visit.form.get("decision", ""),
        "waits": preview.waits_for_buyer if form == "dates" else "",
        "effects": effects[:SHOWN],
        "rest": max(0, len(effects) - SHOWN),
        "told": sum(bool(each.hears) for each in effects),
        "fields": fields | {ONCE: visit.new_once()},
        "sure": SURE,
        "place_now": "purchase-orders",
    }
    return html(visit.desk, "confirm_dates.html", values, visit=visit)
