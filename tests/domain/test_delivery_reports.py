"""Where a send stands after what its provider reports, in whatever order."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.delivery_reports import MEANINGS, Delivery, Report, Reported, reported_state
from backorder.domain.suppression import SUPPRESSIONS, Cause, covered

REPORTS = st.builds(
    Report,
    id=st.integers(0, 99).map(str),
    said=st.sampled_from(Reported),
    code=st.sampled_from(["", "30005", "5.1.1"]),
)


def test_every_report_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Reported)
    assert set(SUPPRESSIONS) == set(Cause)
    for meaning in MEANINGS.values():
        assert bool(meaning.in_words) == (meaning.puts is Delivery.BOUNCED), (
            "a failure says why, and only one"
        )


@given(st.lists(REPORTS, max_size=5, unique_by=lambda each: each.id))
def test_the_end_is_the_same_in_every_order(reports: list[Report]) -> None:
    assert len({reported_state(each) for each in permutations(reports)}) == 1


@given(st.lists(REPORTS, max_size=6), REPORTS)
def test_another_report_never_puts_a_send_back(reports: list[Report], one: Report) -> None:
    order = list(Delivery)
    assert order.index(reported_state([*reports, one]).state) >= order.index(reported_state(reports).state)


def report(said: Reported, code: str = "") -> Report:
    return Report(id=f"{said}/{code}", said=said, code=code)


@pytest.mark.parametrize(
    ("reports", "state", "code", "passes"),
    [
        ([], Delivery.CLAIMED, "", False),
        ([report(Reported.ACCEPTED)], Delivery.SENT, "", False),
        ([report(Reported.UNSUBSCRIBED)], Delivery.DELIVERED, "", False),
        ([report(Reported.DELIVERED), report(Reported.COMPLAINED)], Delivery.COMPLAINED, "", False),
        (
            [report(Reported.FAILED, "30003"), report(Reported.DELIVERED)],
            Delivery.BOUNCED,
            "30003",
            False,
        ),
        ([report(Reported.FAILED, "30005"), report(Reported.FAILED)], Delivery.BOUNCED, "30005", False),
        ([report(Reported.HELD_UP, "4.2.2")], Delivery.BOUNCED, "4.2.2", True),
        ([report(Reported.HELD_UP, "4.2.2"), report(Reported.BOUNCED)], Delivery.BOUNCED, "", False),
        ([report(Reported.HELD_UP, "30003"), report(Reported.FAILED)], Delivery.BOUNCED, "30003", True),
        ([report(Reported.BUSY, "30610"), report(Reported.FAILED)], Delivery.BOUNCED, "30610", True),
        ([report(Reported.HELD_UP, "30003"), report(Reported.FAILED, "7")], Delivery.BOUNCED, "7", False),
        ([report(Reported.HELD_UP), report(Reported.FAILED)], Delivery.BOUNCED, "", False),
        ([report(Reported.COMPLAINED), report(Reported.BOUNCED)], Delivery.BOUNCED, "", False),
    ],
)
def test_where_a_send_stands(reports: list[Report], state: Delivery, code: str, passes: bool) -> None:
    found = reported_state(reports)
    assert (found.state, found.code, found.passes) == (state, code, passes)
    assert bool(found.reason) == (state is Delivery.BOUNCED)


@pytest.mark.parametrize(
    ("causes", "all_", "promotion"),
    [
        ([], False, False),
        (["unsubscribe"], False, True),
        (["complaint"], False, True),
        (["stop"], True, True),
        (["complaint", "hard_bounce"], True, True),
        (["a_cause_of_a_newer_version"], True, True),
    ],
)
def test_what_a_cause_covers(causes: list[str], all_: bool, promotion: bool) -> None:
    assert covered(causes, commercial=False) == all_
    assert covered(causes, commercial=True) == promotion
