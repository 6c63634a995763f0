"""A shipment or a refund, and what is asked under the very ID that it has among its line's requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.days import at
from tests.support.shop import Shop
from tests.support.web import WebServer
from tests.support.web_lines import order_line


def post(web: WebServer, path: str, body: dict[str, Any]) -> Any:
    return web.as_("orders").post(path, json=body)


FACTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("shipment-1", "shipments", {"shipment_id": "1", "quantity": 1}),
    ("refund-1", "refunds", {"refund_id": "1", "amount": "10.00", "sent_at": "2026-01-05T10:00:00Z"}),
    (
        "refund-failed-1",
        "refunds",
        {"refund_id": "1", "amount": "10.00", "failed_at": "2026-01-05T10:00:00Z"},
    ),
    ("refund-failed-1", "refunds", {"refund_id": "failed-1", "amount": "10.00"}),
)
"""What a caller may name their own request, and the fact that has the same ID among those of its line."""


def test_no_id_of_a_caller_keeps_a_fact_off_the_record(web: WebServer, stock: Shop) -> None:
    """A parcel that left, or money that went back, is on record whatever was asked under its name before."""
    for order, (taken, path, fact) in enumerate(FACTS):
        place = f"/v1/backorders/A-{order}/1"
        post(web, "/v1/backorders", order_line(f"A-{order}"))
        asked = {"request_id": taken, "reason": "changed my mind", "quantity": 1}
        assert post(web, f"{place}/cancel", asked).status_code == 202
        said = post(web, f"{place}/{path}", fact)
        assert said.status_code == 202, said.text
        # Each is known again, and stands at an address of its own.
        assert post(web, f"{place}/cancel", asked).json()["request"] == taken
        assert post(web, f"{place}/{path}", fact).json() == said.json()
        kinds = [web.as_("orders").get(f"{place}/requests/{taken}").json()["kind"]]
        kinds.append(web.as_("orders").get(said.json()["url"]).json()["kind"])
        assert kinds == ["cancel", path[:-1].replace("shipment", "ship")]
        other = post(
            web, f"{place}/{path}", fact | {"quantity": 2} if path == "shipments" else fact | {"amount": "9"}
        )
        assert other.status_code == 409


@pytest.mark.parametrize(("taken", "path", "fact"), FACTS)
def test_no_fact_keeps_what_is_asked_off_the_record(
    web: WebServer, stock: Shop, taken: str, path: str, fact: dict[str, Any]
) -> None:
    """Nobody who asks for something can know what a parcel that left is called among a line's requests."""
    place = "/v1/backorders/A-1/1"
    post(web, "/v1/backorders", order_line())
    reported = post(web, f"{place}/{path}", fact).json()
    assert reported["request"] == taken
    asked = {"request_id": taken, "reason": "changed my mind", "quantity": 1}
    said = post(web, f"{place}/cancel", asked)
    assert said.status_code == 202, said.text
    assert post(web, f"{place}/cancel", asked).json() == said.json()
    assert post(web, f"{place}/cancel", asked | {"quantity": 2}).status_code == 409
    assert post(web, f"{place}/{path}", fact).json() == reported
    kinds = [web.as_("orders").get(each["url"]).json()["kind"] for each in (reported, said.json())]
    assert kinds == [path[:-1].replace("shipment", "ship"), "cancel"]
    complained = {"request_id": taken, "text": "Nobody answers."}
    post(web, "/v1/backorders", order_line("A-2"))
    post(web, f"/v1/backorders/A-2/1/{path}", fact)
    tickets = [web.as_("agent").post("/v1/backorders/A-2/1/complaints", json=complained) for _ in range(2)]
    assert len({each.json()["ticket"] for each in tickets}) == 1
    assert [web.as_("agent").get(each.json()["url"]).json()["kind"] for each in tickets] == ["complain"] * 2


def test_money_that_failed_is_none_that_was_sent_under_a_like_id(web: WebServer, stock: Shop) -> None:
    post(web, "/v1/backorders", order_line())
    urls = [post(web, "/v1/backorders/A-1/1/refunds", fact).json()["url"] for _, path, fact in FACTS[2:]]
    assert len(set(urls)) == 2
    assert [
        post(web, "/v1/backorders/A-1/1/refunds", fact).json()["url"] for _, path, fact in FACTS[2:]
    ] == urls


@pytest.mark.parametrize(
    ("path", "name", "wrong", "right"),
    [
        ("shipments", "shipment", {"shipment_id": "1", "quantity": 9}, {"quantity": 1}),
        (
            "refunds",
            "refund",
            {"refund_id": "1", "amount": "5.00", "sent_at": "2020-01-05T10:00:00Z"},
            {"sent_at": "2026-01-05T10:00:00Z"},
        ),
    ],
)
def test_a_fact_that_was_refused_is_reported_again_put_right(
    web: WebServer, stock: Shop, path: str, name: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    """The carrier and the bank name their parcels and payments once, and no slip may cost them the name."""
    stock.start("A-1")
    stock.now = at(400)
    place = f"/v1/backorders/A-1/1/{path}"
    assert post(web, place, wrong).status_code == 202
    stock.review("A-1", f"{name}-1")
    for _ in range(2):
        assert post(web, place, wrong).status_code == 409
    said = post(web, place, wrong | right)
    assert said.status_code == 202, said.text
    stock.review("A-1", said.json()["request"])
    again = post(web, place, wrong | right)
    assert (again.status_code, again.json()["effect"]) == (200, True)
    assert post(web, place, wrong).json()["type"].endswith("rejected")


def test_what_was_refused_is_asked_under_another_id(web: WebServer, stock: Shop) -> None:
    stock.start("A-1")
    place = "/v1/backorders/A-1/1/cancel"
    asked = {"request_id": "C", "reason": "changed my mind", "quantity": 9}
    post(web, place, asked)
    stock.review("A-1", "C")
    said = post(web, place, asked | {"quantity": 1})
    assert said.status_code == 409
    assert "refused: ask under another request_id" in said.json()["detail"]
    assert post(web, place, asked | {"quantity": 1, "request_id": "C2"}).status_code == 202
