"""Options that say how orders are planned; what is not said is as the settings have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

import click

from starter.cli.params import Decimal, OneOf

if TYPE_CHECKING:
    from backorder.domain.money import Money

Command = Callable[..., object]


class PlanningOptions(TypedDict):
    """What these options say of how orders are planned; None: as the settings have it."""

    period: str | None
    service: float | None
    review_days: int | None
    budget: Money | None
    day_worth: float | None


class Budget(click.ParamType["Money"]):
    """An amount of money and its currency."""

    name = "budget"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        """Read it. Fails in words for the person at the terminal."""
        from backorder.domain.money import Money
        from backorder.domain.supply.order_plan import budget_of

        if isinstance(value, Money):
            return value
        try:
            found = budget_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found is None:
            self.fail("is empty; write an amount and its currency, like '5000 EUR'", param, ctx)
        return found


planned_period_option = click.option(
    "--period",
    type=OneOf(["day", "week", "month"]),
    help="What demand is counted by. Default: the setting planning_period, week.",
)
budget_option = click.option(
    "--budget",
    type=Budget(),
    metavar="'AMOUNT CURRENCY'",
    help="What today's orders may cost. Default: the setting planning_budget, any amount.",
)
day_worth_option = click.option(
    "--day-worth",
    type=Decimal(0, 100),
    help="Percent of its price that a day sooner is worth. Default: the setting planning_day_worth, 1.",
)
