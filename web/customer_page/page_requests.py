"""What a customer asked for and is not done yet, as messages put it into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backorder.domain.line.events import Answered, CancellationTakenBack, Complained
from backorder.domain.line.revocable_cancellations import BY_LINK, last_instant
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Facts, Why
from backorder.queries.asked_by_customer import AskedByCustomer
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was asked of the open units of a line and nobody has ruled on yet, all words of it together.

    carried: "all" if it ends them, "part" if some, "kept" if it leaves them on order, "" for nothing. choice:
    the last word of that. undoes: what was cancelled before is wanted after all. answers: all of them were
    spoken of, so that no answer is missing. own_day: they are kept until a last day of the customer's own.
    until: up to then a word to keep them takes a cancellation back; None where none does.
    """

    carried: str = ""
    choice: str = ""
    undoes: bool = False
    answers: bool = False
    own_day: bool = False
    until: datetime | None = None

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self.carried)

    @property
    def ends(self) -> bool:
        """Whether nothing that was ordered is to come any more, nor anything else instead."""
        return self.carried == "all" and self.choice != "alternative"


def waiting(case: CaseView, asked: Sequence[AskedByCustomer], units: int) -> Waiting:
    """What comes of all that waits once it is ruled on: a later word counts before an earlier one.

    units: those that are open. Who keeps what they had cancelled takes that back, as where it is ruled on.
    """
    revocable = min(units, sum(each.units or units for each in case.revocable))
    ended, found = 0, Waiting()
    for each in asked:
        if each.refusal or not units:
            continue
        match each.event:
            case CancellationTakenBack():
                ended, revocable = 0, 0
                found = Waiting("kept", "take_back", undoes=True)
            case Answered(choice="keep") as word:
                stays = word.quantity or units - ended - revocable or units
                revocable = min(revocable, units - stays)
                left = units - stays - revocable
                ended = left if word.rest == "cancel" else min(ended, left)
                answers = found.answers or stays + ended + revocable >= units
                back = bool(case.revocable) and not revocable
                found = Waiting("part" if ended else "kept", "keep", back, answers, word.until is not None)
            case Answered() as word:
                ended = min(units - revocable, ended + (word.quantity or units))
                found = Waiting(
                    "all" if ended + revocable >= units else "part",
                    word.choice,
                    answers=found.answers or ended + revocable >= units,
                    until=last_instant(word.received_at) if word.via in BY_LINK else None,
                )
    return found


def done_soon(case: CaseView, units: int, at: datetime) -> Waiting:
    """What comes of open units that are all cancelled by link, where that cannot be taken back any more."""
    gone = sum(each.units or units for each in case.revocable)
    if not units or gone < units or any(each.until >= at for each in case.revocable):
        return Waiting()
    return Waiting("all", "withdraw" if withdraws(case) else "cancel", answers=True)


def _may_withdraw(case: CaseView) -> bool:
    """Whether the law has a right to withdraw: where it has none, a cancellation came too late."""
    return case.withdrawal or case.withdrawn


def asked_facts(case: CaseView, units: int, asked: AskedByCustomer) -> Facts:
    """What a customer chose, as messages say it."""
    ordered = case.quantity.ordered
    match asked.event:
        case Answered(choice="cancel") as word if not units and case.quantity.shipped and _may_withdraw(case):
            return Facts(quantity=word.quantity or case.quantity.shipped, choice="withdraw")
        case Answered(choice="alternative") as word:
            offered = [each for offer in case.offers for each in offer.alternatives if each.sku == word.sku]
            chosen = [
                Alternative(sku=each.sku, name=each.name, price=Money(each.price, each.currency))
                for each in offered
            ]
            last = chosen[-1] if chosen else None
            return Facts(quantity=units or ordered, choice="alternative", chosen=last)
        case Answered() as word:
            all_of_it = units or case.quantity.shipped or ordered
            count = word.quantity or all_of_it
            rest = max(0, all_of_it - count)
            # Nobody waits for what will not be delivered.
            why = Why.REFUSED if case.promise is not None and case.promise.why == Why.REFUSED else None
            until = word.until or (asked.agreed_until if why is None else None)
            return Facts(quantity=count, remaining=rest, choice=word.choice, until=until, why=why)
        case CancellationTakenBack():
            return Facts(quantity=units or ordered, choice="take_back")
        case _:
            return Facts(quantity=units or ordered, choice="send_now")
