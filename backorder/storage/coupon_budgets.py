"""How many coupons stages have given out, by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from backorder.domain.keys import joined
from backorder.domain.line.commands import CountCoupon
from backorder.storage import tasks
from backorder.storage.engine import add
from backorder.storage.tables import coupon_budgets

USED_UP = "coupons_used_up"
"""The kind of the task that a person gets once the coupons of a stage are given out for the month."""


class GivenOut(Mapping[tuple[str, str], int]):
    """How many coupons a policy's stages have given out, by stage and month.

    Looked up when somebody asks, which only a coupon with a budget does; nobody else gives one out then until
    the transaction ends.
    """

    def __init__(self, connection: Connection, policy: str, *, lock: bool) -> None:
        self._connection = connection
        self._policy = policy
        self._lock = lock

    def __getitem__(self, key: tuple[str, str]) -> int:
        row = {"policy": self._policy, "stage": key[0], "month": key[1]}
        query = select(coupon_budgets.c.given).filter_by(**row)
        if self._lock:
            add(self._connection, coupon_budgets, row | {"given": 0})
            query = query.with_for_update()
        return self._connection.execute(query).scalar_one_or_none() or 0

    def __iter__(self) -> Iterator[tuple[str, str]]:
        raise NotImplementedError("one asks for a stage and a month")  # all would lock every budget

    def __len__(self) -> int:
        raise NotImplementedError("one asks for a stage and a month")  # all would lock every budget


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


def spent(connection: Connection) -> Sequence[Spent]:
    """What stages with a budget have given out, the last month first."""
    columns = (coupon_budgets.c.month.desc(), coupon_budgets.c.policy, coupon_budgets.c.stage)
    rows = connection.execute(select(coupon_budgets).order_by(*columns))
    return [Spent(policy=row.policy, stage=row.stage, month=row.month, given=row.given) for row in rows]
