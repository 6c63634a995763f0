"""The coupons of a month: never more than the policy gives out, however many lines ask at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from backorder.domain.line.events import CouponClaimed
from backorder.ports import Review
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from backorder.services.services import Services
from backorder.storage.coupon_budgets import Spent, spent
from backorder.storage.engine import reading, writing
from tests.support.days import day
from tests.support.policies import kind
from tests.support.shop import PROMOTIONS, Shop


def waiting(shop: Shop, services: Services, *orders: str, agreed: bool = True) -> None:
    """Lines of a customer each that are about to get a coupon."""
    with writing(services.engine) as connection:
        services.policies.load(connection, kind("budget = 2"))
    shop.purchase()
    for order in orders:
        customer = {"id": order, "email": f"{order.lower()}@example.com", "region": "CH"}
        more = {"marketing_consent": PROMOTIONS} if agreed else {}
        shop.start(order, policy="kind", customer=customer | more)
        shop.dispatch(f"customer/{order}")
    shop.now += timedelta(days=6)


def given(services: Services) -> list[Spent]:
    with reading(services.engine) as connection:
        return list(spent(connection))


def test_many_who_fall_due_at_once_get_no_more_than_there_are(shop: Shop, services: Services) -> None:
    orders = [f"O-{number}" for number in range(6)]
    waiting(shop, services, *orders)
    start = threading.Barrier(len(orders))

    def look(order: str) -> None:
        start.wait()
        review(services.lines, Review(backorder=f"{order}/1", seq=99, at=shop.now))

    with ThreadPoolExecutor(len(orders)) as pool:
        list(pool.map(look, orders))
    issued = shop.rows("SELECT id FROM events WHERE type = 'backorder.coupon_issued'")
    assert len(issued) == 2
    assert given(services) == [Spent(policy="kind", stage="thanks", month="2025-03", given=2)]
    [task] = shop.rows("SELECT kind, subject FROM tasks")
    assert (task["kind"], task["subject"]) == ("coupons_used_up", "kind/thanks")
    said = [row["detail"] for row in shop.rows("SELECT detail FROM timeline ORDER BY number")]
    assert sum("coupons of thanks for 2025-03 are given out" in each for each in said) == 4


def test_reviewed_with_others_a_line_waits_for_its_own_review_before_it_gets_one(
    shop: Shop, services: Services
) -> None:
    waiting(shop, services, "O-1", "O-2")
    shop.run("UPDATE demands SET supply_version = supply_version + 1")
    batch = services.planner.review("LAMP", shop.now, after="")
    assert (batch.reviewed, [line for line, _ in batch.left]) == (0, ["O-1/1", "O-2/1"])
    assert given(services) == []


def test_a_code_on_a_page_counts_when_it_is_asked_for(shop: Shop, services: Services) -> None:
    orders = ["O-1", "O-2", "O-3"]
    waiting(shop, services, *orders, agreed=False)
    verdicts = []
    for order in orders:
        shop.review(order)
    assert given(services) == []
    for order in orders:
        event = CouponClaimed(at=shop.now, day=day(6), request="K-1", received_at=shop.now)
        shop.ask(order, NewRequest(id="K-1", kind="claim_coupon", event=event, given={}))
        verdicts += [each.verdict for each in shop.review(order, "K-1")[0].outcomes]
    assert verdicts == ["accepted", "accepted", "rejected"]
    assert [each.given for each in given(services)] == [2]
