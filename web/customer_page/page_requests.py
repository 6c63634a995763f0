"""What a customer asked for and is not done yet, as messages put it into words."""

from __future__ import annotations

from collections.abc import Sequence

from backorder.domain.line.events import Answered, CancellationTakenBack, Complained
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Facts, Why
from backorder.queries.asked_by_customer import Asked, AskedByCustomer
from backorder.queries.views import CaseView


def complains(asked: AskedByCustomer) -> bool:
    """Whether it is a complaint, which has a ticket and a place of its own."""
    return isinstance(asked.event, Complained)


def withdraws(case: CaseView, asked: Sequence[AskedByCustomer] = ()) -> bool:
    """Whether a withdrawal from the contract is on its way: it can be taken back, or waits."""
    waits = (each.event for each in asked if not each.refusal)
    return any(each.withdraws for each in case.revocable) or any(
        isinstance(each, Answered) and each.choice == "withdraw" for each in waits
    )


def carried_out(asked: Sequence[AskedByCustomer], units: int) -> str:
    """What waits to be carried out as the customer asked: "all" if it ends the open units, "part" if some,
    "kept" if it leaves them on order, "" for nothing.
    """
    events = [each.event for each in asked if not each.refusal]
    ends = [each for each in events if isinstance(each, Answered) and each.choice != "keep"]
    if any(each.quantity is None or each.quantity >= units for each in ends):
        return "all"
    if ends:
        return "part"
    return "kept" if any(isinstance(each, Answered | CancellationTakenBack) for each in events) else ""


def _may_withdraw(case: CaseView) -> bool:
    """Whether the law has a right to withdraw: where it has none, a cancellation came too late."""
    return case.withdrawal or case.withdrawn


def asked_facts(case: CaseView, units: int, event: Asked) -> Facts:
    """What a customer chose, as messages say it."""
    ordered = case.quantity.ordered
    match event:
        case Answered(choice="cancel") if not units and case.quantity.shipped and _may_withdraw(case):
            return Facts(quantity=event.quantity or case.quantity.shipped, choice="withdraw")
        case Answered(choice="alternative"):
            offered = [each for offer in case.offers for each in offer.alternatives if each.sku == event.sku]
            chosen = [
                Alternative(sku=each.sku, name=each.name, price=Money(each.price, each.currency))
                for each in offered
            ]
            last = chosen[-1] if chosen else None
            return Facts(quantity=units or ordered, choice="alternative", chosen=last)
        case Answered():
            all_of_it = units or case.quantity.shipped or ordered
            count = event.quantity or all_of_it
            rest = max(0, all_of_it - count)
            # Nobody waits for what will not be delivered.
            why = Why.REFUSED if case.promise is not None and case.promise.why == Why.REFUSED else None
            return Facts(quantity=count, remaining=rest, choice=event.choice, until=event.until, why=why)
        case CancellationTakenBack():
            return Facts(quantity=units or ordered, choice="take_back")
        case _:
            return Facts(quantity=units or ordered, choice="send_now")
