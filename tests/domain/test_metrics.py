"""What is measured, that whoever reads about it finds it, and what a kept promise is."""

from __future__ import annotations

import re

import pytest

from backorder.domain.line.shipments import left_in_time
from backorder.domain.line.state import Shipment
from backorder.metrics import METRICS
from docs.draw import HERE
from tests.support.days import day
from tests.support.lines import arrives, at, policy, supply
from tests.support.world import begun

NAME = re.compile(r"\bbackorder_[a-z_]+?(?=(?:_bucket)?\b)")


def test_the_pages_name_what_is_measured_and_nothing_else() -> None:
    """A name that is wrong in a page is an alarm that never rings."""
    told = set(NAME.findall((HERE / "operations.md").read_text(encoding="utf-8")))
    assert told - METRICS.keys() == set()
    assert METRICS.keys() - set(NAME.findall((HERE / "metrics.md").read_text(encoding="utf-8"))) == set()


def test_no_label_names_a_person_an_order_or_a_line() -> None:
    labels = {label for metric in METRICS.values() for label in metric.labels}
    assert labels == {
        *("status", "what", "channel", "shard", "way", "result", "outcome", "sighting"),
        *("provider", "kept", "taken", "method", "route"),
    }


@pytest.mark.parametrize(
    ("on", "left", "kept"), [(20, 20, True), (21, 21, False), (25, 20, True), (0, 20, None)]
)
def test_a_promise_is_kept_by_what_left_on_the_last_day_that_was_told(
    on: int, left: int, kept: bool | None
) -> None:
    """Told for day 20, and on day 22 for day 30; what left before anything was told kept no promise."""
    world = begun(policy(every=100), arrives(1, 20)).until(at(1))
    world.react(supply(at(22), arrives(1, 30)))
    state = world.until(at(23)).state
    shipped = Shipment(id="S-1", quantity=1, shipped_at=at(on, 8))
    assert left_in_time(state, shipped, day(left)) is kept


def test_a_later_promise_counts_for_what_leaves_after_it_was_told() -> None:
    world = begun(policy(every=100), arrives(1, 20)).until(at(1))
    world.react(supply(at(18), arrives(1, 30)))
    state = world.until(at(19)).state
    assert left_in_time(state, Shipment(id="S-1", quantity=1, shipped_at=at(28)), day(28)) is True
    assert left_in_time(state, Shipment(id="S-1", quantity=1, shipped_at=at(31)), day(31)) is False
