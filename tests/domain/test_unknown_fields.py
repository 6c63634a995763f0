"""Two versions over one database: what only the newer one knows of a line stays when the older one writes."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.line.money_facts import SentRefund
from backorder.domain.line.state import Promise, Quantity, Shipment, State, Window
from backorder.storage.codec import dump_state, load_state, write_back
from backorder.storage.unknown_fields import keep_unknown
from tests.support.days import at, day
from tests.support.lines import blank

NEW = {"from_the_future": [1, {"deep": True}]}


def stored(state: State, *places: str) -> str:
    """A state as a newer version wrote it, with a field of its own in each of these places."""
    found = json.loads(dump_state(state))
    for place in places:
        part: Any = found
        for name in filter(None, place.split(".")):
            part = part[int(name)] if isinstance(part, list) else part[name]
        part |= NEW
    return json.dumps(found)


def line() -> State:
    return replace(
        blank(3),
        shipments=(
            Shipment(id="S-1", quantity=1, shipped_at=at(1)),
            Shipment(id="S-2", quantity=1, shipped_at=at(2)),
        ),
        promise=Promise(revision=1, window=Window(likely=day(8), by=day(9)), told_at=at(0), told_on=day(0)),
        forecast=Window(likely=day(8), by=day(9)),
    )


def written(text: str, **changes: Any) -> dict[str, Any]:
    """What an older version makes of it."""
    before = load_state(text)
    found: dict[str, Any] = json.loads(write_back(text, before, replace(before, **changes)))
    return found


def test_unknown_fields_stay_with_their_part_while_it_changes() -> None:
    text = stored(line(), "", "payment", "quantity", "shipments.1", "promise", "promise.window", "forecast")
    before = load_state(text)
    found = written(
        text,
        payment=replace(before.payment, line_paid=Decimal(20)),
        quantity=Quantity(ordered=3, shipped=1),
        shipments=(*reversed(before.shipments), Shipment(id="S-3", quantity=1, shipped_at=at(3))),
    )
    assert {name: found[name] for name in NEW} == NEW
    assert found["payment"]["from_the_future"] == NEW["from_the_future"]
    assert found["payment"]["line_paid"] == "20"
    assert found["quantity"]["from_the_future"] == NEW["from_the_future"]
    assert ["from_the_future" in each for each in found["shipments"]] == [True, False, False]
    assert [each["id"] for each in found["shipments"]] == ["S-2", "S-1", "S-3"]
    assert "from_the_future" in found["promise"]
    assert "from_the_future" in found["promise"]["window"]
    assert "from_the_future" in found["forecast"]


def test_another_thing_in_the_same_place_does_not_get_them() -> None:
    text = stored(line(), "promise", "promise.window", "forecast")
    before = load_state(text)
    assert before.promise is not None
    later = Window(likely=day(20), by=day(21))
    found = written(text, promise=replace(before.promise, revision=2, window=later), forecast=later)
    assert "future" not in json.dumps(found)
    assert written(text, promise=None).keys() & {"promise"} == set()


def test_a_part_that_is_told_by_its_name_keeps_them_while_its_facts_change() -> None:
    sent = SentRefund(refund="R-1", amount=Decimal(5), sent_at=at(2))
    text = stored(replace(line(), money_sent=(sent,)), "money_sent.0")
    [found] = written(text, money_sent=(replace(sent, failed_at=at(3)),))["money_sent"]
    assert found["failed_at"]
    assert found["from_the_future"] == NEW["from_the_future"]


def test_what_holds_nothing_unknown_is_written_as_it_is() -> None:
    before = line()
    after = replace(before, revision=2)
    assert json.loads(write_back(dump_state(before), before, after)) == json.loads(dump_state(after))


def test_what_a_newer_version_adds_to_what_this_process_wrote_stays() -> None:
    text = dump_state(line())
    for revision in (2, 3, 4):
        text = write_back(text, load_state(text), replace(load_state(text), revision=revision))
    text = json.dumps(json.loads(text) | NEW)
    for revision in (5, 6):
        text = write_back(text, load_state(text), replace(load_state(text), revision=revision))
        found = json.loads(text)
        assert {name: found[name] for name in NEW} == NEW
        assert found["revision"] == revision


NAMES = st.sampled_from(["id", "a", "b", "payment"])
VALUES = st.recursive(
    st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES))
def test_what_a_version_knows_is_written_as_it_wants_it(before: Any, after: Any) -> None:
    """Whatever is kept is beside what is written, never in its place."""
    assert keep_unknown(before, before, after, after) == after
