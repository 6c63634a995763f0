"""A shop that buys, day by day, as the tests of purchasing know it."""

from __future__ import annotations

from datetime import date
from typing import Any

from backorder import schemas
from backorder.forecasting.history import PastOrder
from backorder.ports import Notify
from backorder.schemas import parse
from backorder.storage import tasks
from backorder.storage.tasks import Task
from tests.support.days import day
from tests.support.shop import Shop

MAIL = "orders@acme.example"


def worklist(shop: Shop) -> list[Task]:
    return tasks.waiting(shop.services.engine)


def says(shop: Shop, *splits: tuple[int, date | None], by_link: bool = False) -> Notify:
    raw: dict[str, Any] = {"purchase_order": "PO-1", "line": "1", "source": "mail"}
    raw["splits"] = [{"quantity": quantity, "date": when} for quantity, when in splits]
    return shop.services.dates.state(parse(schemas.StatedDates, raw), shop.now, by_link=by_link).after


def past(*leads: int, supplier: str = "acme", stated: int | None = None, ago: int = 400) -> list[PastOrder]:
    """Orders of the past, one a day, with their lead times."""
    return [
        PastOrder(
            supplier,
            "",
            day(number - ago),
            stated=day(number - ago + stated) if stated else None,
            arrived=day(number - ago + lead),
        )
        for number, lead in enumerate(leads)
    ]
