"""What a crash leaves behind between a commit and the waking that should have followed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from backorder.ports import Notify, Orphaned, Review, Sent
from backorder.services.review_line import review_or_put_aside
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop


def orphaned(shop: Shop) -> Orphaned:
    """What is left behind, seen from long afterwards; of events, see the test of them."""
    found = shop.services.reconciler.orphaned(at(9))
    return replace(found, after=replace(found.after, events=False))


def test_when_all_is_well_nothing_is_left(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    assert orphaned(shop) == Orphaned(unstarted=(), after=Notify())


def test_a_line_whose_workflow_never_began_is_found(shop: Shop) -> None:
    shop.open()
    assert orphaned(shop).unstarted == ("O-1/1",)
    assert orphaned(shop).after == Notify()


def test_what_is_younger_may_still_be_under_way(shop: Shop) -> None:
    shop.open()
    shop.adjust(1)
    assert shop.services.reconciler.orphaned(shop.now) == Orphaned(unstarted=(), after=Notify())


def test_a_line_that_was_never_told_of_its_units_is_found(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    shop.adjust(1)
    shop.replan()
    assert orphaned(shop).after == Notify(backorders=("O-1/1",))
    shop.review()
    assert orphaned(shop).after.backorders == ()


def test_a_line_whose_supply_moved_before_it_was_told_its_promise_is_found(shop: Shop) -> None:
    """The drift was not worth a look then, and is one against what the customer reads now."""
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start()
    shop.run(
        "UPDATE demands SET arrivals = replace(arrivals, :before, :now)",
        before=str(day(20)),
        now=str(day(27)),
    )
    shop.dispatch()
    assert orphaned(shop).after.backorders == ("O-1/1",)
    shop.review()
    assert orphaned(shop).after.backorders == ()


def test_a_request_that_was_never_ruled_on_is_found(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    shop.ask("O-1", shop.cancellation())
    assert orphaned(shop).after == Notify(backorders=("O-1/1",))


def test_a_message_that_was_never_sent_is_found(shop: Shop) -> None:
    shop.start()
    found = Notify(shards=(shop.services.dispatch.shard_of("customer/ann"),))
    assert orphaned(shop).after == found
    desk = Desk(shop, datetime.now(UTC))
    message = desk.claimed()
    assert orphaned(shop).after == found  # whoever was sending it may have died
    desk.record_outcome(message, Sent(outcome="accepted"))
    assert desk.pause() is None
    assert orphaned(shop).after == Notify()


def test_events_of_which_nobody_was_called_are_found(shop: Shop) -> None:
    events, now = shop.services.events, datetime.now(UTC)
    shop.start()
    assert not shop.services.reconciler.orphaned(at(9)).after.events
    shop.dispatch()
    assert shop.services.reconciler.orphaned(at(9)).after.events
    events.batch(now, {}, (), claim=True)
    assert events.sleep(now) is None
    assert not shop.services.reconciler.orphaned(at(9)).after.events
    shop.ask("O-1", shop.cancellation())
    assert shop.review("O-1", "C-1")[1].events
    # An older worker writes events and calls nobody.
    shop.run("UPDATE event_dispatch SET wake_at = NULL")
    assert shop.services.reconciler.orphaned(at(9)).after.events
    assert not shop.services.reconciler.orphaned(shop.now).after.events


def test_a_sku_that_was_never_pegged_is_found(shop: Shop) -> None:
    shop.adjust(1)
    assert orphaned(shop).after == Notify(skus=("LAMP",))


def test_each_is_named_once(shop: Shop) -> None:
    shop.start("O-1")
    shop.start("O-2")
    for number in range(3):
        shop.adjust(1, f"A-{number}")
        shop.ask("O-1", shop.cancellation(id=f"C-{number}"))
    after = orphaned(shop).after
    assert after.shards == (shop.services.dispatch.shard_of("customer/ann"),)
    assert after.backorders == ("O-1/1", "O-2/1")
    assert after.skus == ("LAMP",)


def test_a_line_that_nobody_looked_at_in_time_is_found(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    assert shop.rows("SELECT wake_at FROM backorders")[0]["wake_at"]
    assert shop.services.reconciler.stalled(shop.now) == ()
    assert shop.services.reconciler.stalled(at(30)) == ("O-1/1",)
    shop.now = at(30)
    shop.review()
    assert shop.services.reconciler.stalled(at(30)) == ()


def test_a_line_that_has_ended_hears_without_a_workflow(shop: Shop) -> None:
    """Nobody is called in vain for it, sweep after sweep."""
    shop.start(payment="unpaid")
    shop.dispatch()
    shop.cancel()
    shop.dispatch()
    told = '{"at":"2025-03-03T09:00:00+00:00","reason":"no such mailbox","what":"failed"}'
    shop.run("UPDATE message_items SET unapplied = :told WHERE step LIKE 'cancelled%'", told=told)
    shop.ask("O-1", shop.cancellation(id="C-2"))
    found = orphaned(shop)
    assert (found.ended, found.after.backorders) == (("O-1/1",), ())
    review_or_put_aside(
        shop.services.lines, Review(backorder="O-1/1", seq=0, at=at(9), all=True), keyed=False
    )
    assert shop.state().needs == ("unreachable",)
    assert shop.rows("SELECT verdict FROM requests WHERE id = 'C-2'") == [{"verdict": "accepted"}]
    found = orphaned(shop)
    assert (found.ended, found.after.backorders) == ((), ())
