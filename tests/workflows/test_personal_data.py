"""What a customer is and says stays in the database: a search of everything else after a whole season."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest

from backorder import schemas
from backorder.metrics import counted
from backorder.queries.gauges import gauges
from tests.support.histories import held
from tests.support.live_shop import LiveShop
from tests.support.waiting import until
from workflows.ids import EVENTS_ID, backorder_id, purchase_order_id, replan_id

OURS = ("activities", "backorder", "starter", "worker", "workflows", "temporalio")
PERSON = {
    "name": "Zebulon Quist",
    "email": "quist@mail.example",
    "phone": "+441632960961",
    "sms_consent": True,
}
SECRETS = (
    *("Zebulon", "Quist", "quist@", "mail.example", "1632960961", "Larkspur"),
    *("moved@", "flood in the attic", "wrote it down", "scratched"),
    "Hello ",
)
"""Who the customer is, the words that they and others about them wrote, and what every letter begins with."""


async def complains(shop: LiveShop, line: str) -> str:
    """The customer answers, and complains. Returns the ticket."""
    evidence = "Zebulon Quist wrote it down: 1 Larkspur Row"
    answer = schemas.Answer(request_id="a1", choice="keep", indefinite=True, evidence=evidence)
    await shop.backorders.answer(line, answer)
    complaint = schemas.Complaint(request_id="k1", text="flood in the attic of Quist")
    told = (await shop.backorders.complain(line, complaint)).reason
    return told.split()[1]


async def takes_a_part_back(shop: LiveShop, line: str, ticket: str) -> None:
    """A person ends the complaint, and a part is cancelled and paid back."""
    end = schemas.ComplaintEnd(request_id="e1", ticket=ticket, text="sorry, Zebulon", actor="eve")
    assert (await shop.backorders.close_complaint(line, end)).verdict == "accepted"
    given = {"request_id": "c1", "reason": "scratched one, says Quist", "quantity": 1, "by": "customer"}
    await shop.backorders.cancel(line, schemas.parse(schemas.Cancellation, given))
    refund = {"refund_id": "r1", "amount": "100.00", "means": "card of Zebulon"}
    await shop.backorders.refund(line, schemas.parse(schemas.RefundReport, refund))


def beside(shop: LiveShop) -> list[str]:
    """What providers get beside the words, and what operators' machines read."""
    reached = {outgoing.to for outgoing in shop.out.given}
    assert {PERSON["email"], "moved@other.example"} <= reached, "letters went to whom they were for"
    values = gauges(shop.services.engine, shop.clock, datetime.now(UTC))
    return [*(each.id for each in shop.out.given), generate_latest(counted()).decode(), repr(values)]


async def test_nothing_of_a_customer_is_outside_the_database_after_a_season(
    season: LiveShop, caplog: pytest.LogCaptureFixture
) -> None:
    """Histories, IDs, memos and search attributes, logs, what providers get beside the words, and metrics."""
    for name in OURS:
        caplog.set_level(logging.DEBUG, logger=name)
    sku = await season.furnish()
    order = await season.expect(sku, 3, season.day(20))
    async with season.working():
        line = await season.start(sku, 3, customer=PERSON)
        await season.all_dealt_with(line)
        ticket = await complains(season, line)
        await season.skip(days=9)
        await season.state(order, 3, season.day(25))
        await season.skip(days=3)
        await takes_a_part_back(season, line, ticket)
        await season.backorders.change_customer(
            season.name("ann"), {"email": "moved@other.example"}, by="eve"
        )
        await season.skip(days=30)
        await season.receive(order, 3)
        await until("the units are allocated", lambda: "allocated" in season.events(line))
        await season.backorders.ship(line, schemas.Shipment(shipment_id="s1", quantity=2, tracking="X1"))
        assert await season.result(line) == "fulfilled"
        await season.all_dealt_with(line)

        ids = [backorder_id(line), replan_id(sku), purchase_order_id(order), EVENTS_ID]
        ids.append(season.dispatcher().id)
        found = [text for id in ids async for text in held(season.client.get_workflow_handle(id))]
    assert any(season.name("o") in text for text in found), "what is searched is legible"
    assert any("a1" in text for text in found)
    found += beside(season)
    found.append(caplog.text)
    assert len(caplog.text) > 1000
    leaks = [(secret, text[:300]) for text in found for secret in SECRETS if secret in text]
    assert leaks == []
