"""What a line makes of what became of its messages."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from backorder.domain.line import simulation
from backorder.domain.line.commands import Decision, Publish, Tell, Verdict, Withdraw
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, not_sent, policy, refund, supply, unknown
from tests.support.world import World, begun

RULES = policy(every=100)
OUTCOMES = [not_sent, unknown]
QUARTER = timedelta(seconds=15)
RESTS = [timedelta(0), *(min(QUARTER * 2**doubled, timedelta(hours=6)) for doubled in range(29))]
"""Between one loss and the next try, by the losses in a row."""


def slipped() -> World:
    """A line promised for day 20 that has to be told day 30; its message is on its way since day 5, 14:00."""
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.delay = timedelta(days=90)
    world.react(supply(at(5, 12), arrives(1, 30)))
    return world.until(at(5, 16))


def tells(decision: Decision) -> list[str]:
    """The keys of the messages that a decision plans."""
    return [command.key for command in decision.commands if isinstance(command, Tell)]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_promise_that_is_lost_is_told_anew_at_once_under_another_revision(outcome: b.Outcome) -> None:
    world = slipped()
    decision = world.react(outcome(at(5, 17), "delayed/2"))
    assert tells(decision) == ["delayed/3"]
    assert world.state.pending is not None
    assert (world.state.pending.revision, world.state.pending.not_before) == (3, at(5, 17))
    assert world.promised == 20
    assert list(world.state.needs) == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_first_promise_is_confirmed_anew_under_another_key(outcome: b.Outcome) -> None:
    world = World(policy=RULES, state=b.blank(), now=at(0, 9), delay=timedelta(days=9))
    world.react(b.start(at(0, 9), arrives(1, 20)))
    assert tells(world.react(outcome(at(0, 12), "confirmed"))) == ["confirmed/2"]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_lost_promise_that_is_not_needed_any_more_is_not_told_anew(outcome: b.Outcome) -> None:
    world = slipped()
    world.react(supply(at(5, 16, 30), arrives(1, 20)))
    decision = world.react(outcome(at(5, 17), "delayed/2"))
    assert (tells(decision), world.state.pending) == ([], None)
    last_contacts = world.state.last_contacts
    assert (last_contacts.dated, last_contacts.message) == (day(0), day(0))


@pytest.mark.parametrize("outcome", ["not_sent", "unknown"])
@pytest.mark.parametrize("losses", [1, 2, 3, 5, 9, 30])
def test_a_promise_that_is_lost_again_and_again_is_told_within_the_next_rest(
    outcome: simulation.SendOutcome, losses: int
) -> None:
    """Each try is lost within a quarter of a minute; then the provider is well."""
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.fates = [((QUARTER, outcome),)] * losses
    world.react(supply(at(5, 12), arrives(1, 30)))
    world.until(at(15))
    planned = [each for _, made in world.decisions for each in made.commands if isinstance(each, Tell)]
    tries = [tell.not_before for tell in planned if tell.kind is Kind.DELAYED]
    assert [after - before - QUARTER for before, after in pairwise(tries)] == RESTS[:losses]
    assert [when for when, tell in world.gone if tell.kind is Kind.DELAYED] == tries[losses:]
    assert any("undelivered" in made.state.needs for _, made in world.decisions) == (losses >= 3)
    assert (list(world.state.needs), world.state.lost, world.promised) == ([], 0, 30)


def test_the_day_on_which_an_older_message_went_stays_when_the_newer_one_is_lost() -> None:
    """Else the line would not know that its customer was ever written to, and would never write again."""
    world = World(policy=policy(every=3), state=b.blank(), now=at(0, 9), delay=timedelta(days=9))
    first = next(each for each in world.react(b.start(at(0, 9))).commands if isinstance(each, Tell))
    world.react(not_sent(at(0, 10), "confirmed"))
    world.react(b.sent(at(0, 11), first))
    world.react(not_sent(at(0, 12), "confirmed/2"))
    assert world.state.last_contacts.dated == day(0)
    assert "still_waiting/" + day(3).isoformat() in world.until(at(4)).waiting


def test_a_newer_promise_that_has_not_gone_is_taken_back_when_the_older_one_is_found() -> None:
    world = slipped()
    old = world.waiting["delayed/2"]
    world.down, world.delay = True, timedelta(0)
    world.react(unknown(at(5, 17), "delayed/2"))
    decision = world.react(b.sent(at(5, 18), old))
    assert [each for each in decision.commands if isinstance(each, Withdraw)] == [Withdraw(key="delayed/3")]
    assert (world.promised, world.state.pending, tells(decision)) == (30, None, [])
    assert world.state.last_contacts.dated == day(5)


def test_a_newer_promise_that_is_on_its_way_stays_when_the_older_one_is_found() -> None:
    world = slipped()
    old = world.waiting["delayed/2"]
    world.react(unknown(at(5, 17), "delayed/2"))
    world.react(b.sent(at(5, 18), old))
    assert world.promised == 30
    assert world.state.pending is not None
    newer = world.waiting[world.state.pending.key]
    world.react(b.sent(at(5, 19), newer))
    assert world.state.promise is not None
    assert world.state.promise.revision == 3


def test_a_message_that_is_found_late_never_overrides_what_was_told_since() -> None:
    world = slipped()
    old = world.waiting["delayed/2"]
    world.react(supply(at(5, 16, 30), arrives(1, 40)))
    world.react(unknown(at(5, 17), "delayed/2"))
    world.react(b.sent(at(5, 18, 30), world.waiting["delayed/3"]))
    decision = world.react(b.sent(at(6), old))
    assert world.promised == 40
    assert decision.verdict is Verdict.ACCEPTED
    assert not any(isinstance(each, Publish) for each in decision.commands)


def test_another_message_that_is_lost_is_left_to_whoever_sends_it() -> None:
    world = begun(policy(every=7), arrives(1, 40)).until(at(1))
    world.delay = timedelta(days=90)
    world.until(at(7, 12))
    before = world.state
    decision = world.react(unknown(at(7, 12), "still_waiting/2025-03-10"))
    assert (decision.commands, replace(world.state, context=before.context)) == ((), before)


@pytest.mark.parametrize("losses", [1, 2, 4])
def test_an_update_that_did_not_go_is_made_good_for_on_the_same_day(losses: int) -> None:
    world = begun(policy(every=7), arrives(1, 40)).until(at(1))
    world.fates = [((QUARTER, "not_sent"),)] * losses
    world.until(at(15))
    due, went = at(7, 10), losses * QUARTER + sum(RESTS[:losses], timedelta(0))
    assert [(when, tell.key) for when, tell in world.gone if tell.kind is Kind.STILL_WAITING] == [
        (due + went, f"still_waiting/2025-03-10/{losses + 1}"),
        (at(14, 10), "still_waiting/2025-03-17"),
    ]
    assert list(world.state.needs) == []


def test_an_update_that_was_overtaken_is_not_made_good_for() -> None:
    world = begun(policy(every=7), arrives(1, 40)).until(at(1))
    world.delay = timedelta(days=2)
    world.until(at(7, 12))
    world.react(supply(at(7, 13), arrives(1, 50)))
    world.until(at(7, 16))
    world.react(not_sent(at(7, 17), "still_waiting/2025-03-10"))
    assert not [key for key in world.until(at(13)).waiting if key.startswith("still_waiting/")]


@pytest.mark.parametrize("ended", [False, True])
def test_word_of_a_cancellation_that_did_not_go_or_reached_nobody_calls_a_person(ended: bool) -> None:
    world = begun(RULES, arrives(1, 40)).until(at(1))
    world.down = True
    world.react(cancel(at(2)))
    if ended:
        world.react(refund(at(2), "10.00"))
    world.react(not_sent(at(3), "cancelled/r1"))
    assert list(world.state.needs) == ["undelivered"]
    world.react(b.failed(at(3), "cancelled/r1"))
    assert list(world.state.needs) == ["undelivered", "unreachable"]
    world.react(b.sent(at(4), world.last(Kind.CANCELLED)))
    assert list(world.state.needs) == []
