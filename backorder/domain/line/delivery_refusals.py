"""The shop does not deliver: where the law leaves the end to the customer, they hear of it at once."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.law.packs import PACKS
from backorder.domain.line.commands import FreeUnits, PassOver
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import DeliveryRefused
from backorder.domain.line.state import State
from backorder.domain.line.units import KnownError, UnacceptableError, refold


def delivery_refused(builder: DecisionBuilder, event: DeliveryRefused) -> None:
    """Put on record that what is open is not delivered: its dates count no more, and its customer hears so.

    It stands until the shop promises a day after all. Only the customer, or the shop by a cancellation, ends
    the line.
    """
    state, key = builder.state, f"refuse_delivery/{event.request}"
    if state.is_done(key):
        raise KnownError("this was said before")
    law = state.terms.law
    if law is None or not law.refusal:
        raise UnacceptableError(_cancel_it(state))
    if state.delivery_refused_at is not None:
        raise KnownError("that it is not delivered is on record already")
    builder.done(key)
    builder.withdraw_pending()
    builder.withdraw_unsent()
    builder.change(delivery_refused_at=builder.at, stated=None)
    _pass_over(builder)
    refold(builder)
    builder.because("the shop does not deliver it; the customer may end the contract at once")


def delivered_after_all(builder: DecisionBuilder) -> bool:
    """A day is promised: what stood of a refusal is over, and the line has its turn in the queue again.

    Returns whether there was one.
    """
    if builder.state.delivery_refused_at is None:
        return False
    builder.change(delivery_refused_at=None)
    if not builder.state.passed_over:
        builder.do(PassOver(on=False))
    return True


def _pass_over(builder: DecisionBuilder) -> None:
    """What is not delivered keeps no units: they go to the next in the queue, and the warehouse hears so."""
    quantity, reported = builder.state.quantity, builder.state.allocation_reported
    builder.do(PassOver(on=True))
    if not quantity.allocated:
        return
    builder.do(FreeUnits(quantity=quantity.allocated))
    builder.change(
        quantity=replace(quantity, allocated=0),
        allocation_reported=0,
        returned=builder.state.returned + quantity.allocated,
    )
    if reported:
        builder.publish("allocation_withdrawn", quantity=reported)


def _cancel_it(state: State) -> str:
    names = " and ".join(each.name for each in PACKS.values() if each.refusal)
    return (
        f"under {names} alone a line stays open that is not delivered, until its customer ends it; the law of"
        f" this line is {state.terms.pack or 'not known'}: cancel it by the shop, and give the money back"
    )
