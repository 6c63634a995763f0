"""Whose turn it is: what is not due, or not clear, stands in nobody else's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.message_order import PendingMessage, message_order

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def waiting(id: str, line: str = "A/1", **fields: Any) -> PendingMessage:
    usual: dict[str, Any] = {"state": "planned", "not_before": NOW, "try_at": None, "looks": 0}
    return PendingMessage(**({"id": id, "channel": None, "lines": frozenset({line})} | usual | fields))


def due(*pending: PendingMessage) -> list[str]:
    return [each.id for each in message_order(pending, NOW, NOW).due]


def test_what_is_due_goes_in_its_order() -> None:
    assert due(waiting("a"), waiting("b"), waiting("c")) == ["a", "b", "c"]


def test_a_legal_notice_waits_behind_no_other_message() -> None:
    notices = (waiting("c", "C/1", legal=True), waiting("d", "D/1", legal=True))
    assert due(waiting("a"), waiting("b", "B/1"), *notices) == ["c", "d", "a", "b"]
    unclear = waiting("e", "C/1", state="unknown", try_at=NOW + MINUTE)
    assert due(unclear, waiting("a"), *notices) == ["d", "a"], "not so soon after one of its own line"


def test_what_waits_for_its_hour_stands_in_nobodys_way() -> None:
    later = waiting("a", not_before=NOW + MINUTE)
    assert due(later, waiting("b")) == ["b"]
    assert message_order([later], NOW, NOW).until == NOW + MINUTE


def test_a_message_that_failed_rests_and_its_channel_with_it() -> None:
    failed = waiting("a", try_at=NOW + MINUTE, channel="email")
    found = message_order([failed, waiting("b", channel="email"), waiting("c", channel="sms")], NOW, NOW)
    assert [each.id for each in found.due] == ["c"]
    assert (found.resting, found.again) == (frozenset({"email"}), NOW + MINUTE)


def test_an_unclear_message_holds_back_its_own_line_until_it_was_looked_up_once() -> None:
    unclear = waiting("a", state="unknown", try_at=NOW + MINUTE)
    assert due(unclear, waiting("b"), waiting("c", "B/1")) == ["c"]
    looked = waiting("a", state="unknown", try_at=NOW + MINUTE, looks=1)
    assert due(looked, waiting("b"), waiting("c", "B/1")) == ["b", "c"]


def test_a_look_up_and_a_lost_claim_are_due_too() -> None:
    assert due(waiting("a", state="unknown", try_at=NOW), waiting("b")) == ["a"]
    assert due(waiting("a", state="claimed", try_at=NOW - MINUTE)) == ["a"]
    assert due(waiting("a", state="claimed", try_at=NOW + MINUTE), waiting("b")) == []


def test_who_may_take_another_channel_does_not_wait_for_his_first_one() -> None:
    other = waiting("b", try_at=NOW + MINUTE, channel="email")
    assert due(waiting("a", try_at=NOW + MINUTE, channel="email", fallback_at=NOW), other) == ["a"]
    found = message_order([waiting("a", channel="email", fallback_at=NOW + MINUTE), other], NOW, NOW)
    assert (found.due, found.until) == ((), NOW + MINUTE)


def test_who_has_tried_both_channels_waits_for_the_one_that_is_to_be_tried_first() -> None:
    both = waiting("a", try_at=NOW + 2 * MINUTE, channel="sms", fallback_at=NOW, other_try_at=NOW + MINUTE)
    other = waiting("b", "B/1", channel="email", fallback_at=NOW)
    found = message_order([both, other], NOW, NOW)
    assert (found.due, found.resting, found.again) == ((), frozenset({"email", "sms"}), NOW + MINUTE)
    found = message_order([both, other], NOW, NOW + MINUTE)
    assert [each.id for each in found.due] == ["a", "b"]
    assert found.resting == {"sms"}


INSTANTS = st.sampled_from([None, NOW - MINUTE, NOW, NOW + MINUTE])
PENDING = st.lists(
    st.builds(
        waiting,
        id=st.uuids().map(str),
        line=st.sampled_from(["A/1", "B/1", "C/1"]),
        state=st.sampled_from(["planned", "claimed", "unknown"]),
        not_before=st.sampled_from([NOW - MINUTE, NOW, NOW + MINUTE]),
        try_at=INSTANTS,
        looks=st.integers(0, 2),
        fallback_at=INSTANTS,
        other_try_at=INSTANTS,
        channel=st.sampled_from([None, "email", "sms"]),
    )
)


@given(PENDING)
def test_whoever_waits_is_taken_or_known_to_be_due_later(pending: list[PendingMessage]) -> None:
    """Nobody is forgotten: where something waits, something is due or the next instant is known."""
    found = message_order(pending, NOW, NOW)
    assert bool(pending) == bool(found.due or found.until or found.again)
    assert found.again is None or found.again > NOW
