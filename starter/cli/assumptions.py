"""Options for what nobody can count, and what is said beside the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from starter.cli.params import Whole

FC = TypeVar("FC", bound=Callable[..., object] | click.Command)


def assumed_percent(name: str, most: int, words: str) -> Callable[[FC], FC]:
    """An option for an assumed share, 100 % unless somebody says otherwise. most: percent."""
    return click.option(
        name,
        type=Whole(0, most),
        default=100,
        show_default=True,
        metavar="PERCENT",
        help=f"Assumed: {words}",
    )


redeemed_option = assumed_percent("--redeemed", 100, "of the coupons, how many are used.")
coupon_order_option = assumed_percent(
    "--coupon-order", 1000, "the order that a coupon is used on, of what its line cost."
)
