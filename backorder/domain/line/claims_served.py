"""Which claim each sum of money went for, as it stood when the money went: what is open after one of them
failed is what that one was for, whatever was sent since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from backorder.domain.line.money_facts import Refund
from backorder.domain.records import record

VESTED, SENT, FAILED = range(3)
"""What happens to claims; of the same instant in this order."""


@record(frozen=True, kw_only=True, slots=True)
class ForClaims:
    """What of a sum of money is for claims. at: when it went. failed_at: when it turned out not to arrive."""

    refund: str
    amount: Decimal
    at: datetime
    failed_at: datetime | None = None


def served(
    claims: Sequence[Refund], money: Sequence[ForClaims], limit: Callable[[datetime], date]
) -> list[Refund]:
    """The claims, the earliest due first, each with the money that went for it.

    Money goes for the claims that are open when it is sent, the earliest due first, and what is too much for
    those that come next; what is too much in the end stands with the last one. Where it does not arrive, what
    it went for is open again, behind what was due by the same day before. limit: the new last day for that.
    """
    there: list[Refund] = []
    since: dict[str, datetime] = {}
    over: dict[str, Decimal] = {}
    for at, what, id, place in _in_order(claims, money):
        if what == VESTED:
            there.append(claims[place])
            since[id] = at
        elif what == SENT:
            over[id] = money[place].amount
        else:
            over.pop(id, None)
            for number, claim in enumerate(there):
                if id in dict(claim.sent):
                    there[number] = _failed(claim, id, limit(at))
                    since[claim.request] = at
        there.sort(key=lambda each: (each.due_by, since[each.request], each.request))
        _serve(there, over)
    there.sort(key=lambda each: (each.due_by, each.vested_at, each.request))
    for refund, amount in over.items():
        if amount and there:
            there[-1] = _with(there[-1], refund, amount)
    return there


def _in_order(claims: Sequence[Refund], money: Sequence[ForClaims]) -> list[tuple[datetime, int, str, int]]:
    """All that happens: when, what, to which claim or money, and its place there."""
    return sorted(
        [
            *((each.vested_at, VESTED, each.request, place) for place, each in enumerate(claims)),
            *((each.at, SENT, each.refund, place) for place, each in enumerate(money)),
            *(
                (max(each.at, each.failed_at), FAILED, each.refund, place)
                for place, each in enumerate(money)
                if each.failed_at is not None
            ),
        ]
    )


def _serve(claims: list[Refund], over: dict[str, Decimal]) -> None:
    """Let money for which nothing was owed go for what is open, the first claim first."""
    for refund, amount in over.items():
        left = amount
        for place, claim in enumerate(claims):
            part = min(left, claim.remaining)
            if part > 0:
                claims[place] = _with(claim, refund, part)
                left -= part
        over[refund] = left


def _with(claim: Refund, refund: str, part: Decimal) -> Refund:
    sent = dict(claim.sent)
    sent[refund] = sent.get(refund, Decimal(0)) + part
    return replace(claim, sent=tuple(sent.items()))


def _failed(claim: Refund, refund: str, limit: date) -> Refund:
    """A refund that did not arrive starts a new limit for the claims that it was sent for. What goes by other
    means then is no credit on a bill, so that no billing cycle counts.
    """
    sent = tuple(each for each in claim.sent if each[0] != refund)
    return replace(claim, sent=sent, due_by=max(claim.due_by, limit), failed=True)
