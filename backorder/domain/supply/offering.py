"""Whether a product is for sale on backorder. A placed order is never refused for it, only flagged. Pure."""

from __future__ import annotations

OVER_LIMIT, WITHOUT_DATE = "over_backorder_limit", "sold_without_date"
"""What a line is flagged with that was placed although its product was not for sale like that."""


def not_for_sale(
    *, waits: int, queue: int, dated: bool, limit: int | None, sell_without_date: bool
) -> tuple[str, ...]:
    """Why units of a product were not for sale on backorder, as flags; nothing if they were.

    waits: how many of the units have to wait; queue: units that wait for the product with them. limit: how
    many may wait at most, None for any number. dated: whether there is a date for them.
    """
    if not waits:
        return ()
    over = (OVER_LIMIT,) if limit is not None and queue > limit else ()
    return over + (() if dated or sell_without_date else (WITHOUT_DATE,))
