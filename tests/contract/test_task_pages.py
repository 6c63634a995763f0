"""Pages of what waits for a person, while flags of lines come and go between them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from backorder.domain.line.events import RefundSent
from backorder.queries.task_list import task_list
from backorder.services.record_request import NewRequest
from tests.support.days import day
from tests.support.shop import Shop

SOME = ("refund_overdue", "undelivered", "unreachable")


def flagged(shop: Shop, order: str, *flags: str) -> None:
    """Give a line these flags, in this order."""
    id = f"{order}/1"
    [row] = shop.rows("SELECT state FROM backorders WHERE id = :id", id=id)
    state = json.loads(row["state"]) | {"needs": list(flags)}
    shop.run(
        "UPDATE backorders SET state = :state, needs = :needs WHERE id = :id",
        state=json.dumps(state),
        needs=bool(flags),
        id=id,
    )


def page(shop: Shop, cursor: str | None, limit: int = 1) -> tuple[list[str], str | None]:
    """A page's tasks, and where the next one begins."""
    found = task_list(shop.services.database, shop.now, cursor=cursor, limit=limit)
    return [each.id for each in found.rows], found.next


def rest(shop: Shop, cursor: str | None) -> list[str]:
    """What the pages from here on have."""
    found: list[str] = []
    while cursor:
        some, cursor = page(shop, cursor)
        found += some
    return found


def begun(shop: Shop) -> str:
    """Two lines with three flags each, and the first of them said. Returns where the next page begins."""
    for order in ("O-1", "O-2"):
        shop.start(order)
        flagged(shop, order, *reversed(SOME))
    first, cursor = page(shop, None)
    assert first == [f"O-1/1#{SOME[0]}"]
    assert cursor
    return cursor


OTHERS = [f"O-2/1#{flag}" for flag in SOME]


def test_every_flag_is_on_one_page(shop: Shop) -> None:
    assert rest(shop, begun(shop)) == [f"O-1/1#{SOME[1]}", f"O-1/1#{SOME[2]}", *OTHERS]


def test_a_flag_that_was_said_and_goes_hides_no_other(shop: Shop) -> None:
    cursor = begun(shop)
    flagged(shop, "O-1", *SOME[1:])
    assert rest(shop, cursor) == [f"O-1/1#{SOME[1]}", f"O-1/1#{SOME[2]}", *OTHERS]


def test_a_line_whose_flags_all_go_hides_none_of_the_next_one(shop: Shop) -> None:
    cursor = begun(shop)
    flagged(shop, "O-1")
    assert rest(shop, cursor) == OTHERS


def test_a_line_that_comes_between_makes_nothing_come_twice(shop: Shop) -> None:
    cursor = begun(shop)
    shop.start("O-0")
    flagged(shop, "O-0", *SOME)
    assert rest(shop, cursor) == [f"O-1/1#{SOME[1]}", f"O-1/1#{SOME[2]}", *OTHERS]


def test_what_a_line_needs_is_listed_by_the_day_since_when_it_does(shop: Shop) -> None:
    """A customer whom nobody reached for weeks is the first whom such a list is for."""
    shop.start("O-1", customer={"email": None, "contact": "none"})
    shop.start("O-2")
    flagged(shop, "O-2", "unreachable")  # as a version before left it: no event says since when
    shop.cancel("O-1")
    paid = shop.state("O-1").payment.line_paid
    more = RefundSent(at=shop.now, day=day(0), refund="F", amount=paid + 2, sent_at=shop.now)
    shop.ask("O-1", NewRequest(id="F-1", kind="refund", event=more, given={}))
    shop.review("O-1", "F-1")

    def found(due: datetime | None) -> dict[str, datetime | None]:
        rows = task_list(shop.services.database, shop.now, due=due).rows
        return {each.id: each.since for each in rows if "#" in each.id}

    assert found(shop.now) == found(None)
    assert found(None)["O-1/1#refund_excess"] == shop.now
    assert found(shop.now - timedelta(minutes=1)) == {"O-2/1#unreachable": None}
