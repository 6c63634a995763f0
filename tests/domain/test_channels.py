"""When a channel is paused, and when it is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backorder.domain.channels import (
    ACCOUNT_ERRORS,
    FIRST_REST,
    LONGEST_REST,
    NOTHING_ACCEPTED,
    ChannelState,
    accepted,
    arrived,
    failed,
    over,
    paused_by,
    probed,
    rest,
    taken,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROBE = timedelta(minutes=1)


def after(state: ChannelState, minutes: float, *, account: bool = False, later: bool = False) -> ChannelState:
    now = NOW + timedelta(minutes=minutes)
    return failed(state, now, "because", account=account, probe_every=PROBE, later=later)


def test_refusals_of_the_account_in_a_row_pause_the_channel() -> None:
    state = ChannelState()
    for number in range(1, ACCOUNT_ERRORS + 1):
        assert state.lets_through(NOW)
        state = after(state, 0, account=True)
        assert state.paused == (number == ACCOUNT_ERRORS)
    assert (state.since, state.reason) == (NOW, "because")
    assert accepted(state) == ChannelState()


def test_what_is_accepted_in_between_starts_the_count_anew() -> None:
    state = accepted(after(after(ChannelState(), 0, account=True), 0, account=True))
    assert not after(state, 0, account=True).paused


def test_who_refuses_later_is_believed_once_it_has_refused_nothing_for_a_while() -> None:
    """At once, where it reports that what it was given after the trouble began has arrived."""
    state = ChannelState()
    for number in range(ACCOUNT_ERRORS):
        state = taken(state, NOW + timedelta(minutes=number), PROBE)
        state = after(state, number + 0.1, account=True, later=True)
    assert state.paused
    tried = taken(state, NOW + timedelta(minutes=5), PROBE)
    assert tried.paused
    assert taken(tried, NOW + timedelta(minutes=5, seconds=9), PROBE) == tried
    assert taken(tried, NOW + timedelta(minutes=6), PROBE) == ChannelState()
    again = after(tried, 5.1, account=True, later=True)
    assert (again.paused, again.since, again.accepted_at) == (True, state.since, None)
    assert state.since is not None
    assert arrived(tried, state.since - timedelta(seconds=1)) == tried
    assert arrived(tried, NOW + timedelta(minutes=4)) == ChannelState()


def test_nothing_accepted_for_long_enough_pauses_the_channel_whatever_the_reason() -> None:
    limit = NOTHING_ACCEPTED / timedelta(minutes=1)
    state = after(after(ChannelState(), 0), limit - 0.1)
    assert not state.paused
    assert after(state, limit).paused
    assert after(state, limit).since == NOW


def test_one_message_at_a_time_tries_a_paused_channel() -> None:
    state = ChannelState()
    for _ in range(ACCOUNT_ERRORS):
        state = after(state, 0, account=True)
    assert not state.lets_through(NOW)
    assert state.lets_through(NOW + PROBE)
    assert not probed(state, NOW + PROBE, PROBE).lets_through(NOW + PROBE)
    assert probed(state, NOW + PROBE, PROBE).lets_through(NOW + 2 * PROBE)


def test_a_paused_channel_is_tried_no_sooner_than_its_provider_asked_for() -> None:
    """Nor sooner than it asked for beside another message."""
    state = ChannelState(paused=True, since=NOW, account_errors=ACCOUNT_ERRORS, probe_at=NOW)
    asked = failed(state, NOW, "busy", account=False, probe_every=PROBE, asked=600.0)
    assert asked.probe_at == NOW + timedelta(minutes=10)
    assert after(asked, 1).probe_at == asked.probe_at
    assert failed(state, NOW, "busy", account=False, probe_every=PROBE, asked=1.0).probe_at == NOW + PROBE
    assert after(asked, 10).probe_at == NOW + timedelta(minutes=11)


def test_a_message_rests_longer_each_time_and_as_long_as_the_provider_asks() -> None:
    rests = [rest(tries, None) for tries in range(1, 50)]
    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_REST
    assert rest(1, 600.0) == timedelta(minutes=10)
    assert rest(2, 1.0) == 2 * FIRST_REST


def test_a_channel_that_a_person_paused_is_tried_by_nobody_and_goes_on_only_by_them() -> None:
    """Neither does what comes in of messages that were on their way say anything about it."""
    state = paused_by("Eva", NOW, "the sender is being registered", None)
    assert not state.lets_through(NOW + timedelta(days=400))
    assert accepted(state) == after(state, 60, account=True) == state
    assert taken(state, NOW, PROBE) == arrived(state, NOW + timedelta(days=1)) == state
    assert over(state, NOW + timedelta(days=400)) == state


def test_a_pause_that_was_given_an_end_is_over_then() -> None:
    state = paused_by("Eva", NOW, "until the shop opens", NOW + PROBE)
    assert over(state, NOW + PROBE - timedelta(seconds=1)) == state
    assert not state.lets_through(NOW + PROBE), "nobody tries it: it is open again, or it is not"
    assert over(state, NOW + PROBE) == ChannelState()
