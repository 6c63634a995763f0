"""How many coupons stages have given out, by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, tuple_, update

from backorder.domain.keys import joined
from backorder.domain.line.commands import CountCoupon
from backorder.domain.policy.policy import Policy
from backorder.storage import tasks
from backorder.storage.engine import add
from backorder.storage.tables import coupon_budgets

USED_UP = "coupons_used_up"
"""The kind of the task that a person gets once the coupons of a stage are given out for the month."""


def given_out(connection: Connection, policy: Policy) -> dict[tuple[str, str], int]:
    """How many coupons a policy's stages have given out, by stage and month, where any has a budget."""
    if not any(stage.budget for stage in policy.stages):
        return {}
    rows = connection.execute(select(coupon_budgets).filter_by(policy=policy.name))
    return {(row.stage, row.month): row.given for row in rows}


def lock_given_out(connection: Connection, policy: Policy, stage: str, month: str) -> int:
    """How many a stage has given out in a month; nobody else gives one out until the transaction ends."""
    row = {"policy": policy.name, "stage": stage, "month": month}
    add(connection, coupon_budgets, row | {"given": 0})
    query = select(coupon_budgets.c.given).filter_by(**row).with_for_update()
    given: int = connection.execute(query).scalar_one()
    return given


def count(connection: Connection, policy: str, command: CountCoupon, at: datetime) -> None:
    """A coupon was given out. Its row is locked already; with the last one a person hears of it."""
    mine = {"policy": policy, "stage": command.stage, "month": command.month}
    counted = update(coupon_budgets).filter_by(**mine).values(given=coupon_budgets.c.given + 1)
    connection.execute(counted)
    if command.last:
        key = f"{USED_UP}/{policy}/{command.stage}/{command.month}"
        subject = joined(policy, command.stage)
        tasks.add(connection, key=key, kind=USED_UP, subject=subject, detail=mine, at=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What a stage has given out in a month. month: like 2026-03."""

    policy: str
    stage: str
    month: str
    given: int


def spent(
    connection: Connection, *, after: tuple[str, str, str] | None = None, limit: int | None = None
) -> Sequence[Spent]:
    """What stages with a budget have given out, the last month first, then by policy and stage.

    after: the month, policy and stage of the last one that is known. limit: of how many at most.
    """
    month, policy, stage = coupon_budgets.c.month, coupon_budgets.c.policy, coupon_budgets.c.stage
    query = select(coupon_budgets).order_by(month.desc(), policy, stage).limit(limit)
    if after is not None:
        of_month = (month == after[0]) & (tuple_(policy, stage) > after[1:])
        query = query.where(or_(month < after[0], of_month))
    rows = connection.execute(query)
    return [Spent(policy=row.policy, stage=row.stage, month=row.month, given=row.given) for row in rows]
