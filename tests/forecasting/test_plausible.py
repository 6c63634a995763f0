from dataclasses import replace
from datetime import date

import pytest

from backorder.forecasting.history import PastOrder
from backorder.forecasting.plausible import implausible, plausible
from tests.support.past_orders import after, past, random_history

TYPICAL = [past(20 + day % 7, placed=day, stated=20) for day in range(300)]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (
            replace(TYPICAL[150], arrived=TYPICAL[150].ordered.replace(year=TYPICAL[150].ordered.year + 9)),
            "arrived",
        ),
        (
            replace(TYPICAL[150], stated=TYPICAL[150].ordered.replace(year=TYPICAL[150].ordered.year + 9)),
            "stated",
        ),
        (PastOrder("Acme", "Oslo", date(2049, 1, 1)), "ordered 2049-01-01"),
        (PastOrder("Acme", "Oslo", date(1905, 1, 1)), "ordered 1905-01-01"),
    ],
)
def test_a_wrong_year_is_named_and_left_out(wrong: PastOrder, reason: str) -> None:
    rows = [*TYPICAL[:100], wrong, *TYPICAL[100:]]
    [found] = implausible(rows)
    assert found.place == 100
    assert found.reason.startswith(reason)
    assert plausible(rows) == TYPICAL


def test_what_lies_after_today_cannot_be_true() -> None:
    found = implausible([past(20), past(40), past(None, placed=31)], after(30))
    assert [(each.place, "after today" in each.reason) for each in found] == [(1, True), (2, True)]
    [never] = implausible([past(20), past(None, placed=31), past(None, placed=0)], after(5 * 365 + 1))
    assert (never.place, never.reason.endswith("not arrived in more than five years")) == (2, True)


def test_slow_and_seldom_orders_of_a_real_shop_stay() -> None:
    assert implausible(random_history(1, count=300)) == []
    # Twenty quick ones and one after most of a year; a pause of ten months; a handful of orders of all kinds.
    assert implausible([*[past(10, placed=day) for day in range(40)], past(170)]) == []
    assert implausible([*[past(10, placed=day) for day in range(40)], past(10, placed=340)]) == []
    assert implausible([past(3), past(2000), past(5, placed=3000)]) == []
    assert implausible([]) == []
