"""Options that say how orders are planned; what is not said is as the settings have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from starter.cli.params import Decimal, OneOf

if TYPE_CHECKING:
    from backorder.domain.money import Money
    from backorder.domain.supply.order_plan import PlanningRules

Command = Callable[..., object]


class Budget(click.ParamType["Money"]):
    """An amount of money and its currency."""

    name = "budget"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        """Read it. Fails in words for the person at the terminal."""
        from backorder.domain.supply.order_plan import budget_of

        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # read before
        try:
            found = budget_of(value)
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


def rules_of(rules: PlanningRules, **given: Any) -> PlanningRules:
    """The rules of the settings with what was said instead."""
    return replace(rules, **{name: value for name, value in given.items() if value is not None})
