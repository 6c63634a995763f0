"""What buyers find and do in the console: products, purchase orders, dates that are stated and decided."""

from __future__ import annotations

import pytest

from tests.support.console import Clerk, form_of, forms_of, note_of
from tests.support.customer_page import plain
from tests.support.days import day
from tests.support.shop import Shop
from tests.support.web import WebServer

PLACE = "/console/purchase-orders/PO-1/1"


def words_of(shop: Shop) -> list[dict[str, object]]:
    """What was stated of the line, besides the order itself."""
    query = "SELECT source, quantity, day, note FROM stated_dates WHERE source <> 'purchase order'"
    return shop.rows(f"{query} ORDER BY revision, split")


def asked_of(shop: Shop) -> list[dict[str, object]]:
    """What a buyer was asked about."""
    return shop.rows("SELECT state, decided_by FROM approvals ORDER BY revision")


@pytest.fixture
def waiting(shop: Shop) -> Shop:
    """A date that moves so far that it waits for a buyer."""
    shop.state_dates((10, day(90)))
    assert [each["state"] for each in asked_of(shop)] == ["waiting"]
    return shop


def test_a_product_shows_its_units_and_its_queue(shop: Shop, buyer: Clerk, agent: Clerk) -> None:
    assert "LAMP" in buyer.see("/console/products").text
    words = plain(buyer.see("/console/products/LAMP"))
    for each in ("10 incoming", "5 waiting", "0 on hand", "PO-1", "A-1/1", "A-2/1"):
        assert each in words
    assert 'href="/console/lines/A-1/1"' in agent.see("/console/products/LAMP").text
    assert buyer.see("/console/products", sku="LAMP").headers["location"] == "/console/products/LAMP"


def test_purchase_orders_are_listed_and_late_ones_found(shop: Shop, buyer: Clerk) -> None:
    shop.purchase("PO-2", {"stated_date": day(-3), "sku": "LAMP"}, ordered=-20)
    everything = buyer.see("/console/purchase-orders").text
    assert "PO-1" in everything
    late = buyer.see("/console/purchase-orders", late="yes").text
    assert ("PO-2" in late, "PO-1" in late) == (True, False)
    assert "No line" in buyer.see("/console/purchase-orders", supplier="nobody").text
    named = buyer.see("/console/purchase-orders", order="PO-1")
    assert named.headers["location"] == "/console/purchase-orders/PO-1"
    words = plain(buyer.see(PLACE))
    for each in ("10 units outstanding", "A-1/1", "A-2/1", "purchase order"):
        assert each in words


def test_a_date_is_stated_once_after_a_look_at_who_would_hear_what(shop: Shop, buyer: Clerk) -> None:
    typed = {"splits.0.quantity": "10", "splits.0.date": str(day(40)), "source": "phone", "note": "a strike"}
    step = buyer.send(PLACE, f"{PLACE}/dates", **typed)
    words = plain(step)
    for each in ("Who would hear what", "2 lines get another date", "A-1/1", "A-2/1"):
        assert each in words
    assert words_of(shop) == []
    second = form_of(step.text, f"{PLACE}/dates")
    done = [buyer.browser.post(f"{PLACE}/dates", data=second) for _ in range(2)]
    assert [each.status_code for each in done] == [303, 303]
    assert [(each["quantity"], each["source"], each["note"]) for each in words_of(shop)] == [
        (10, "phone", "a strike")
    ]
    assert "on record" in note_of(buyer.browser.get(done[1].headers["location"]))
    (audited,) = shop.rows("SELECT call FROM audit WHERE kind = 'purchase_order'")
    assert audited["call"] == "POST /console/purchase-orders/{id}/{line}/dates"


def test_a_far_date_says_that_it_waits(shop: Shop, buyer: Clerk) -> None:
    typed = {"splits.0.quantity": "10", "splits.0.date": str(day(90)), "source": "phone"}
    step = buyer.send(PLACE, f"{PLACE}/dates", **typed)
    assert "waits until somebody approves it" in plain(step)
    done = buyer.confirm(step, f"{PLACE}/dates")
    assert "wait until somebody approves" in note_of(buyer.browser.get(done.headers["location"]))
    assert [each["state"] for each in asked_of(shop)] == ["waiting"]


def test_faults_of_a_date_stand_at_their_fields(shop: Shop, buyer: Clerk) -> None:
    wrong = buyer.send(PLACE, f"{PLACE}/dates", **{"splits.0.quantity": "x", "splits.1.date": "2025-02-30"})
    assert wrong.status_code == 422
    for name in ("u0-wrong", "u1-wrong", "d1-wrong", "dates-source-wrong"):
        assert f'id="{name}"' in wrong.text
    few = buyer.send(PLACE, f"{PLACE}/dates", **{"splits.0.quantity": "4", "source": "phone"})
    assert (few.status_code, "add up to 4" in few.text, 'id="splits-wrong"' in few.text) == (422, True, True)
    both = buyer.send(
        PLACE, f"{PLACE}/dates", **{"splits.0.quantity": "10", "cannot_supply": "yes", "source": "x"}
    )
    assert (both.status_code, 'id="dates-cannot_supply-wrong"' in both.text) == (422, True)
    assert words_of(shop) == []


def test_a_supplier_who_cannot_supply_is_written_down(shop: Shop, buyer: Clerk) -> None:
    step = buyer.send(
        PLACE, f"{PLACE}/dates", **{"splits.0.quantity": "", "cannot_supply": "yes", "source": "mail"}
    )
    buyer.confirm(step, f"{PLACE}/dates")
    assert [(each["quantity"], each["source"]) for each in words_of(shop)] == [(0, "mail")]


@pytest.mark.parametrize(("decision", "state"), [("approve", "approved"), ("reject", "rejected")])
def test_a_date_that_waits_is_decided_once(waiting: Shop, buyer: Clerk, decision: str, state: str) -> None:
    assert "A new date waits for you" in plain(buyer.see(PLACE))
    assert "a new date waits: it moves a date by" in plain(buyer.see("/console/"))
    step = buyer.send(PLACE, f"{PLACE}/decision", decision=decision)
    assert [each["state"] for each in asked_of(waiting)] == ["waiting"]
    assert "A-1/1" in plain(step)
    second = form_of(step.text, f"{PLACE}/decision")
    done = [buyer.browser.post(f"{PLACE}/decision", data=second) for _ in range(2)]
    assert [each.status_code for each in done] == [303, 303]
    assert asked_of(waiting) == [{"state": state, "decided_by": "Bo"}]
    after = buyer.browser.get(done[1].headers["location"])
    assert note_of(after)
    assert f"{PLACE}/decision" not in forms_of(after.text)
    other = {"approve": "reject", "reject": "approve"}[decision]
    for said, status in ((decision, 303), (other, 409)):
        late = buyer.browser.post(f"{PLACE}/decision", data=second | {"once": said, "decision": said})
        assert late.status_code == status
    assert asked_of(waiting) == [{"state": state, "decided_by": "Bo"}]


def test_a_far_date_of_the_order_itself_is_shown_and_decided(shop: Shop, buyer: Clerk) -> None:
    shop.purchase("PO-1", {"stated_date": day(90)})
    step = buyer.send(PLACE, f"{PLACE}/decision", decision="approve")
    assert "A-1/1" in plain(step)
    assert buyer.confirm(step, f"{PLACE}/decision").status_code == 303
    assert asked_of(shop) == [{"state": "approved", "decided_by": "Bo"}]


def test_another_date_than_the_one_that_was_shown_is_not_decided(waiting: Shop, buyer: Clerk) -> None:
    step = buyer.send(PLACE, f"{PLACE}/decision", decision="approve")
    waiting.state_dates((10, day(120)))
    late = buyer.confirm(step, f"{PLACE}/decision")
    assert (late.status_code, "another date waits by now" in late.text.lower()) == (409, True)
    assert [each["state"] for each in asked_of(waiting)] == ["rejected", "waiting"]


def test_agents_look_and_do_not_decide(waiting: Shop, web: WebServer, agent: Clerk) -> None:
    found = agent.see(PLACE)
    assert "waits for you" not in found.text
    assert "mail" not in plain(found)
    assert f"{PLACE}/decision" not in forms_of(found.text)
