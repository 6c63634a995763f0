"""What stages with a budget have given out by month, and how many coupons the policy has for it now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from backorder.domain.policy.policy import Policy
from backorder.errors import NewerVersionError, UnreadableError
from backorder.queries.supply_lists import LIMIT, SupplyPage
from backorder.storage.coupon_budgets import Spent, spent
from backorder.storage.cursors import cursor_of, read_cursor
from backorder.storage.policies import PolicyRepository

_OF = "coupon-budgets"


@dataclass(frozen=True, kw_only=True, slots=True)
class CouponBudgetView:
    """Coupons that a stage has given out in a month of the shop's, like 2026-03.

    policy, stage: the name and the ID. given: codes that wait on a customer's page are counted once they are
    given out. budget: how many the policy that new lines get has for a month; null: it has none, or is one
    that this version of the program cannot read.
    """

    policy: str
    stage: str
    month: str
    given: int
    budget: int | None


def coupon_budgets(
    connection: Connection,
    policies: PolicyRepository,
    *,
    cursor: str | None = None,
    limit: int | None = LIMIT,
) -> SupplyPage[CouponBudgetView]:
    """A page, the newest month first. limit: rows of it; None: all.

    Raises RefusedError for a cursor that means nothing.
    """
    given = spent(connection, after=read_place(cursor) if cursor else None, limit=limit and limit + 1)
    page = given[:limit]
    known = {name: _readable(connection, policies, name) for name in {each.policy for each in page}}
    rows = []
    for each in page:
        policy = known[each.policy]
        stage = policy.stage(each.stage) if policy else None
        rows.append(
            CouponBudgetView(
                policy=each.policy,
                stage=each.stage,
                month=each.month,
                given=each.given,
                budget=(stage.budget or None) if stage else None,
            )
        )
    return SupplyPage(rows=rows, next=_cursor(page[-1]) if len(page) < len(given) else None)


def _readable(connection: Connection, policies: PolicyRepository, name: str) -> Policy | None:
    """The policy that new lines get; None where there is none, or one of another version of the program."""
    try:
        return policies.newest(connection, name)
    except (NewerVersionError, UnreadableError):
        return None


def read_place(cursor: str) -> tuple[str, str, str]:
    """Behind which month, policy and stage a page begins. Raises RefusedError for one of another list."""
    month, policy, stage = read_cursor(cursor, _OF, 3)
    return month, policy, stage


def _cursor(last: Spent) -> str:
    return cursor_of(_OF, last.month, last.policy, last.stage)
