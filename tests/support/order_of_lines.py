"""An order of several lines, each looked at by itself, and what its customer reads of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backorder.domain.line.events import CancelRequested
from backorder.ports import Outgoing, Review
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from backorder.storage.engine import writing
from tests.support.days import day
from tests.support.sending import Desk
from tests.support.shop import Shop

MINUTE = timedelta(minutes=1)
GATHERING = """name = "gathering"
[updates]
gather = "1m"
[duties]
pack = "none"
"""
TEXTS = {"email": None, "phone": "+4915123456789", "sms_consent": True, "time_zone": "UTC"}


def load(shop: Shop, policy: str) -> None:
    """A policy, by its words."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, policy)


def gathering_desk(shop: Shop) -> Desk:
    """A shop with a hundred lamps on the way for day 20."""
    load(shop, GATHERING)
    shop.purchase("PO-1", {"stated_date": day(20), "quantity": 100})
    return Desk(shop)


def look(shop: Shop, line: str, *requests: str) -> None:
    """The next review of a line of order O-1."""
    [row] = shop.rows("SELECT seq FROM backorders WHERE id = :id", id=f"O-1/{line}")
    params = Review(backorder=f"O-1/{line}", seq=row["seq"] + 1, at=shop.now, requests=list(requests))
    review(shop.services.lines, params)


def order(shop: Shop, *lines: str, **fields: Any) -> None:
    """Some lines of order O-1, opened and reviewed."""
    for line in lines:
        raw = shop.line("O-1", policy="gathering", **fields).model_copy(update={"line_id": line})
        shop.services.intake.open(raw, shop.now)
        look(shop, line)


def moved(shop: Shop, *lines: str) -> None:
    """The supplier's date moves by twelve days, and each line looks at it."""
    shop.state_dates((100, day(32)))
    shop.replan()
    for line in lines:
        look(shop, line)


def cancelled(shop: Shop, line: str) -> None:
    """The customer cancels a line."""
    event = CancelRequested(
        at=shop.now,
        day=day(0),
        request="C",
        quantity=None,
        reason="no",
        by="customer",
        received_at=shop.now,
    )
    shop.services.requests.record(
        f"O-1/{line}", NewRequest(id="C", kind="cancel", event=event, given={"quantity": None}), shop.now
    )
    look(shop, line, "C")


def sent(shop: Shop) -> list[Outgoing]:
    """What goes now, and nothing of before."""
    shop.out.given.clear()
    return list(shop.dispatch())


def states(shop: Shop, kind: str) -> list[tuple[str, str, str]]:
    """Line, message's state and reason of a kind."""
    query = (
        "SELECT i.backorder, m.state, m.reason FROM message_items i JOIN messages m ON m.id = i.message"
        " WHERE m.kind = :kind ORDER BY i.backorder"
    )
    return [(row["backorder"], row["state"], row["reason"] or "") for row in shop.rows(query, kind=kind)]


def told(shop: Shop) -> dict[str, list[str]]:
    """The days that each line was promised."""
    found: dict[str, list[str]] = {}
    for row in shop.rows('SELECT backorder, "by" FROM promises ORDER BY backorder, revision'):
        found.setdefault(row["backorder"], []).append(str(row["by"]))
    return found


def confirmed(shop: Shop, *lines: str) -> None:
    """An order whose lines were confirmed in one message."""
    order(shop, *lines)
    shop.now += MINUTE
    assert len(sent(shop)) == 1
