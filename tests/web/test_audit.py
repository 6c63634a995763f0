"""What the audit keeps of a change: who, what, before and after, and nothing that must not outlive it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from backorder.storage.engine import writing
from tests.support.shop import Shop
from tests.support.web import WebServer
from tests.support.web_lines import ORDERED_AT, order_line

KNOWN = {
    "locale": "fr",
    "time_zone": "America/Martinique",
    "region": "FR-75",
    "update_days": 9,
    "marketing_consent": {"email": {"at": ORDERED_AT, "how": "checkout", "wording": "Yes to news"}},
}


def entries(web: WebServer, object: str) -> list[dict[str, Any]]:
    """What the audit says of an object, the oldest first."""
    found = web.as_("admin").get("/v1/audit", params={"object": object}).json()["items"]
    return [dict(each) for each in found]


def test_an_erasure_leaves_nothing_of_who_was_erased_in_the_audit(web: WebServer, stock: Shop) -> None:
    """The entry of the erasure itself names what went, as those before it do."""
    orders = web.as_("orders")
    orders.post("/v1/backorders", json=order_line(customer=KNOWN)).raise_for_status()
    assert orders.put("/v1/customers/C-7", json={"update_days": 5}).status_code == 200
    with writing(web.services.engine) as connection:
        connection.execute(text("UPDATE backorders SET phase = 'cancelled'"))
    assert orders.delete("/v1/customers/C-7").status_code == 200
    changed, erased = entries(web, "customer/C-7")
    assert (changed["call"], changed["before"], changed["after"]) == (
        "PUT /v1/customers/{id}",
        None,
        None,
    )
    assert {"name", "email", "locale", "time_zone", "region", "update_days"} <= erased["before"].keys()
    assert set(erased["before"].values()) == {"…"}
    assert erased["after"]["erased_at"]
    assert not {"America/Martinique", "FR-75", "fr", 5} & set(erased["after"].values())
