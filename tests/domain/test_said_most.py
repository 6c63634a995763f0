"""What workflows and activities say to each other most has its types ready, and reads as it did."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_type_hints

from temporalio.converter import default

from activities.dispatch import Deliver
from activities.reviews import Reviews
from backorder.domain.clock import Clock
from backorder.ports import RequestOutcome, Review, Reviewed
from starter.interpreter import SAID_MOST, know_types

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
SAID: list[Any] = [
    Review(backorder="O-1/1", seq=3, at=AT, requests=["R-1"], all=True),
    Reviewed(
        seq=3,
        status="waiting",
        phase="open",
        summary="waiting",
        wake=AT,
        next="update",
        closed=False,
        outcomes=[RequestOutcome(verdict="accepted", reason="")],
        clock=Clock(epoch=AT, rate=2.0),
        version=7,
    ),
    Deliver(shard=1, at=AT, clock=Clock(epoch=AT)),
]


def test_what_is_said_reads_as_it_did_without_a_type_that_is_text() -> None:
    said = default().payload_converter
    before = said.from_payloads(said.to_payloads(SAID), [type(each) for each in SAID])
    know_types()
    assert before == SAID == said.from_payloads(said.to_payloads(SAID), [type(each) for each in SAID])
    for each in SAID_MOST:
        assert not any(isinstance(hint, str) for hint in each.__annotations__.values())
        assert each.__annotations__.keys() == {field.name for field in fields(each)}


def test_a_review_and_its_answer_are_among_what_is_said_most() -> None:
    hints = get_type_hints(Reviews.review_line)
    assert {hints["params"], hints["return"]} <= set(SAID_MOST)
