"""What a product says about being sold on backorder: a placed order is never refused for it, only flagged."""

from __future__ import annotations

import pytest

from backorder.domain.supply.offering import OVER_LIMIT, WITHOUT_DATE
from backorder.services.open_line import Opened
from tests.support.days import at, day
from tests.support.shop import Shop


def flags(shop: Shop, order: str) -> tuple[str, ...]:
    return shop.state(order).needs


@pytest.mark.parametrize(
    ("limit", "free", "flagged"),
    [
        (None, 0, []),
        (0, 0, ["O-1", "O-2", "O-3"]),
        (0, 3, ["O-2", "O-3"]),
        (4, 0, ["O-2", "O-3"]),  # three of O-1 wait, then six
        (6, 0, ["O-3"]),
        (6, 1, ["O-3"]),
        (9, 0, []),
        (0, 9, []),
    ],
)
@pytest.mark.parametrize("at_once", [False, True])
def test_orders_beyond_the_limit_are_taken_and_flagged(
    shop: Shop, limit: int | None, free: int, flagged: list[str], at_once: bool
) -> None:
    shop.product(backorder_limit=limit)
    if free:
        shop.adjust(free)
    lines = [shop.line(f"O-{number}", 3, ordered_at=at(number - 9)) for number in (1, 2, 3)]
    if at_once:
        opened = shop.services.intake.open_all(lines, shop.now)
    else:
        opened = [shop.services.intake.open(line, shop.now) for line in lines]
    assert [each.order_id for each in opened if isinstance(each, Opened) and each.flags] == flagged
    for number in (1, 2, 3):
        shop.review(f"O-{number}")
    assert [order for order in ("O-1", "O-2", "O-3") if flags(shop, order) == (OVER_LIMIT,)] == flagged
    kept = [row["id"][:3] for row in shop.rows("SELECT id FROM backorders WHERE needs ORDER BY id")]
    assert kept == flagged


def test_an_order_without_a_date_is_flagged_until_it_has_one(shop: Shop) -> None:
    shop.product(sell_without_date=False)
    shop.start("O-1")
    assert flags(shop, "O-1") == (WITHOUT_DATE,)
    shop.purchase("PO-1", {"quantity": 1, "stated_date": day(20)})
    shop.replan()
    shop.review("O-1")
    assert flags(shop, "O-1") == ()
    shop.start("O-2")
    assert flags(shop, "O-2") == (WITHOUT_DATE,)
    shop.purchase("PO-2", {"quantity": 9, "stated_date": day(30)})
    shop.start("O-3")
    assert flags(shop, "O-3") == ()
    shop.cancel("O-2")
    assert flags(shop, "O-2") == ()


def test_the_same_order_again_is_not_flagged_anew_and_a_product_keeps_what_it_says(shop: Shop) -> None:
    shop.product(backorder_limit=0, sell_without_date="no")
    assert shop.open("O-1").flags == (OVER_LIMIT, WITHOUT_DATE)
    again = shop.open("O-1")
    assert (again.new, again.flags) == (False, ())
    [row] = shop.rows("SELECT backorder_limit, sell_without_date FROM products")
    assert (row["backorder_limit"], bool(row["sell_without_date"])) == (0, False)
    shop.product()  # a product is kept whole: what is not said is as usual
    [row] = shop.rows("SELECT backorder_limit, sell_without_date FROM products")
    assert (row["backorder_limit"], bool(row["sell_without_date"])) == (None, True)
