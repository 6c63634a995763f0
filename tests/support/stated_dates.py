"""What suppliers state, as tests say it and look at it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from backorder import schemas
from backorder.schemas import parse
from backorder.services.supplier_dates import DatesEffect
from tests.support.routine import Routine
from tests.support.shop import Shop

HOURS = timedelta(hours=1)


def two_lines(shop: Shop) -> Routine:
    """A shop with ten lamps on the way for day 20, and two lines that wait for four of them each."""
    routine = Routine(shop)
    routine.notify(shop.purchase())
    for order in ("O-1", "O-2"):
        routine.open(order, 4)
    return routine


def says(
    shop: Shop, *splits: tuple[int, date | None], by_link: bool = False, order: str = "PO-1", **fields: Any
) -> DatesEffect:
    return shop.services.dates.state(word(*splits, order=order, **fields), shop.now, by_link=by_link)


def word(*splits: tuple[int, date | None], order: str = "PO-1", **fields: Any) -> schemas.StatedDates:
    raw: dict[str, Any] = {"purchase_order": order, "line": "1", "source": "mail", "note": "by Eve"}
    raw["splits"] = [{"quantity": quantity, "date": when} for quantity, when in splits]
    return parse(schemas.StatedDates, raw | {"cannot_supply": not splits} | fields)


def revisions(shop: Shop) -> list[tuple[int, int, str | None]]:
    rows = shop.rows("SELECT revision, quantity, day FROM stated_dates ORDER BY revision, split")
    return [(row["revision"], row["quantity"], row["day"] and str(row["day"])) for row in rows]


def promised(shop: Shop) -> list[str]:
    rows = shop.rows("SELECT promised_by FROM backorders ORDER BY id")
    return [str(row["promised_by"]) for row in rows]


def everything(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    names = "stated_dates expected_receipts approvals tasks replans demands messages purchase_order_lines"
    return {name: shop.rows(f"SELECT * FROM {name}") for name in names.split()}
