"""A line that is moved to another policy: looked at first, and nothing is caught up on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backorder import schemas
from backorder.errors import RefusedError, RejectedError
from backorder.schemas import parse
from backorder.services.pause_channel import pause
from backorder.services.record_request import NewRequest
from backorder.storage.engine import writing
from tests.support.days import at
from tests.support.policies import NO_LAW
from tests.support.shop import Shop

BUSY = """
name = "busy"
partial = "{partial}"
[updates]
gather = "0s"
[[stages]]
id = "early"
when = {{ waited = "3d" }}
do = "escalate"
[[stages]]
id = "late"
when = {{ waited = "30d" }}
do = "escalate"
"""

CHANNELS = """channels = ["sms"]
gather"""


@pytest.fixture
def waiting(shop: Shop) -> Shop:
    load(shop, BUSY.format(partial="hold"))
    shop.purchase()
    shop.start()
    shop.now = at(5)
    return shop


def load(shop: Shop, text: str) -> None:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, text)


def move(shop: Shop, to: str = "busy", id: str = "move-1") -> str:
    asked = parse(schemas.PolicyMove, {"request_id": id, "value": to, "reason": "asked for it", "by": "Eve"})
    event = asked.event(shop.now, shop.services.calendar.day(shop.now))
    request = NewRequest(id=asked.key, kind=asked.kind, event=event, given=asked.content())
    shop.ask("O-1", request)
    return shop.review("O-1", id)[0].outcomes[0].reason


def kept(shop: Shop) -> tuple[str, str]:
    [row] = shop.rows("SELECT policy, policy_version FROM backorders")
    return row["policy"], row["policy_version"]


def test_what_is_newly_due_is_skipped_and_what_comes_later_happens(waiting: Shop) -> None:
    before = kept(waiting)
    seen = waiting.services.moving.preview_policy("O-1/1", "busy", waiting.now)
    assert (seen.policy, seen.skipped) == ("busy", ("stage/early",))
    assert "stage/late" in [each.why.partition(":")[0] for each in seen.after]
    assert "stage/late" not in [each.why.partition(":")[0] for each in seen.before]
    assert kept(waiting) == before, "a preview writes nothing"
    reason = move(waiting)
    assert kept(waiting) == ("busy", seen.version)
    assert "skipped: stage/early" in reason
    assert waiting.state().is_done("stage/early")
    assert waiting.state().needs == ()
    waiting.now = at(31)
    waiting.review()
    assert waiting.state().needs == ("escalated:late",)
    [entry] = waiting.rows("SELECT by, detail FROM timeline WHERE what = 'policy_moved'")
    assert entry["by"] == "Eve"


def test_an_ending_that_the_law_of_the_line_forbids_is_named_before_the_move_and_never_comes(
    waiting: Shop,
) -> None:
    ends = BUSY.format(partial="hold").replace("busy", "ends").replace("escalate", "cancel")
    load(waiting, ends + '[duties]\npack = "us-ftc-435"\n')
    waiting.start("O-2", **NO_LAW)
    for order, forbidden in (("O-1", ("stage/early", "stage/late")), ("O-2", ())):
        seen = waiting.services.moving.preview_policy(f"{order}/1", "ends", waiting.now)
        assert seen.forbidden == forbidden
        assert ("ending_due" in [each.what for each in seen.after]) is not bool(forbidden)
    assert "silence never cancels by eu-crd-18, so never: stage/early, stage/late" in move(waiting, "ends")
    waiting.now = at(33)
    waiting.review()
    assert (waiting.state().automatic_cancellation, waiting.state().quantity.cancelled) == (None, 0)


def test_a_newer_version_of_its_own_policy_counts_from_then_on(waiting: Shop) -> None:
    move(waiting)
    load(waiting, BUSY.format(partial="ship"))
    first = kept(waiting)
    assert "already" not in move(waiting, id="move-2")
    assert kept(waiting) != first
    [row] = waiting.rows("SELECT partial FROM demands")
    assert row["partial"] == "ship"
    assert waiting.rows("SELECT sku FROM replans WHERE cause = 'queue'"), "the queue is pegged anew"
    assert "already" in move(waiting, id="move-3")


def test_what_waits_goes_by_the_ways_of_the_new_policy(shop: Shop) -> None:
    load(shop, BUSY.format(partial="hold"))
    load(shop, BUSY.format(partial="hold").replace("busy", "texts").replace("gather", CHANNELS))
    shop.start(policy="texts", customer={"phone": "+4915123456789", "sms_consent": True})
    pause(shop.services.engine, "sms", by="Eva", reason="", until=None, at=shop.now, now=datetime.now(UTC))
    assert shop.dispatch() == []
    move(shop)
    assert [each.channel for each in shop.dispatch()] == ["email"]


def test_a_name_that_no_policy_has_is_refused_with_those_there_are(waiting: Shop) -> None:
    with pytest.raises(RefusedError, match="busy"):
        waiting.services.moving.check_policy("nonsense")
    with pytest.raises(RefusedError, match="nonsense"):
        waiting.services.moving.preview_policy("O-1/1", "nonsense", waiting.now)
    before = kept(waiting)
    assert 'no policy is called "nonsense"' in move(waiting, "nonsense")
    assert kept(waiting) == before


@pytest.mark.parametrize("paid", [True, False])
def test_a_line_of_which_nothing_is_open_moves_nowhere_and_a_preview_says_so_too(
    shop: Shop, paid: bool
) -> None:
    """Such a line says the same to what is looked at first as to what is done. paid: a refund is owed."""
    load(shop, BUSY.format(partial="hold"))
    shop.start(payment="captured" if paid else "unpaid")
    shop.ask("O-1", shop.cancellation(id="C-1"))
    shop.review("O-1", "C-1")
    over = "no unit is open any more" if paid else "the line is cancelled"
    moving, before = shop.services.moving, shop.rows("SELECT * FROM timeline")
    replans = shop.rows("SELECT * FROM replans")
    for preview in (True, False):
        with pytest.raises(RejectedError, match=f"{over}; it has no place in a queue"):
            moving.prioritise("O-1/1", 5, by="Eve", reason="a wedding", at=shop.now, preview=preview)
    with pytest.raises(RejectedError, match=f"{over}; no policy has anything left to say"):
        moving.preview_policy("O-1/1", "busy", shop.now)
    assert not moving.prioritise("O-1/1", 0, by="Eve", reason="as it is", at=shop.now).after
    assert (shop.rows("SELECT * FROM timeline"), shop.rows("SELECT * FROM replans")) == (before, replans)
    assert f"{over}; no policy has anything left to say" in move(shop)
