"""Small histories for the tests, made by hand or by dice."""

import random
from datetime import date, timedelta

from hypothesis import strategies as st

from backorder.forecasting.history import PastOrder

DAY = date(2025, 1, 1)


def after(days: int, start: date = DAY) -> date:
    """The day `days` after `start`."""
    return start + timedelta(days=days)


def past(
    lead: int | None,
    *,
    placed: int = 0,
    supplier: str = "Acme",
    destination: str = "Oslo",
    stated: int | None = None,
) -> PastOrder:
    """An order placed `placed` days after DAY; lead (None: open) and stated are days after that."""
    ordered = after(placed)
    return PastOrder(
        supplier=supplier,
        destination=destination,
        ordered=ordered,
        stated=None if stated is None else after(stated, ordered),
        arrived=None if lead is None else after(lead, ordered),
    )


def random_history(
    seed: int, count: int = 400, days: int = 500, middle: float = 20.0, stated: float | None = None
) -> list[PastOrder]:
    """Log-normal lead times of eight suppliers, open if they end after `days`; stated: lead / stated lead."""
    dice = random.Random(seed)
    orders = []
    for _ in range(count):
        who, placed = dice.randrange(8), dice.randrange(days)
        usual = middle * (1 + who / 8)
        lead = round(usual * dice.lognormvariate(0, 0.4))
        orders.append(
            past(
                lead if placed + lead < days else None,
                placed=placed,
                supplier=f"s{who}",
                destination=f"d{dice.randrange(3)}",
                stated=None if stated is None else max(1, round(usual / stated)),
            )
        )
    return orders


leads = st.one_of(st.none(), st.integers(0, 120))
orders = st.builds(
    past,
    leads,
    placed=st.integers(0, 300),
    supplier=st.sampled_from(["Acme", "Bolt", "Coil"]),
    destination=st.sampled_from(["Oslo", "Rome", ""]),
    stated=st.one_of(st.none(), st.integers(0, 90)),
)
histories = st.lists(orders, max_size=40)
