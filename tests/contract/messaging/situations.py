"""Every kind of message in every situation it can be written in.

`python -m tests.contract.messaging.situations FILE` writes them all down, to be read aloud.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from backorder.domain.money import Money
from backorder.domain.notifications import COMMERCIAL_KINDS, Alternative, Facts, Kind, MoneyBack, Part, Why
from backorder.messaging.message_content import ContentItem, MessageContent, Shop
from backorder.messaging.render import render

LINK = "https://fellfjord.test/b/Zk3vQ9rT1mXw8yHc2LpNbA"
SHOP = Shop(name="Fell & Fjord", url="https://fellfjord.test", postal_address="14 Quay Street\nWhitby")
LIKELY, BY, SINCE = date(2026, 5, 12), date(2026, 5, 19), date(2026, 4, 2)
BEFORE, AFTER = date(2026, 4, 28), date(2026, 6, 9)
CAME = datetime(2026, 3, 3, 14, 5, tzinfo=timezone(timedelta(hours=1)))
SUM, LAST, SENT = Money(Decimal("1299.50"), "EUR"), date(2026, 6, 2), date(2026, 5, 4)
ENDS = date(2026, 6, 3)
"""When a line ends whose customer named that last day."""
MERLIN = Alternative(sku="m", name="Merlin 3 tent", price=Money(Decimal("289.00"), "EUR"))
HERON = Alternative(sku="h", name="Heron tent", price=Money(Decimal("310.00"), "EUR"))
LONG = Alternative(
    sku="l", name="Gannet 4 four-season tent in forest green", price=Money(Decimal("1289.00"), "EUR")
)
PARTS = (Part(quantity=2, likely=LIKELY, by=BY), Part(quantity=1, likely=None, by=None))
BOTH = (Part(quantity=2, likely=LIKELY, by=LIKELY), Part(quantity=1, likely=LIKELY, by=BY))

_WINDOW = {
    "window": Facts(likely=LIKELY, by=BY),
    "day": Facts(likely=BY, by=BY),
    "both parts": Facts(quantity=3, likely=LIKELY, by=BY, parts=BOTH),
}
_DATELESS = {
    why.value: Facts(why=why, unpaid=why is Why.UNPAID)
    for why in (Why.NO_SUPPLY, Why.SUPPLIER_UNSURE, Why.OVERDUE, Why.UNSTATED, Why.UNPAID)
} | {"part dateless": Facts(quantity=3, parts=PARTS, why=Why.NO_SUPPLY)}
_READY = {"ready": Facts(by=BY, ready=True), "unsent": Facts(why=Why.UNSENT, ready=True)}
_REFUSED = {"not delivered": Facts(why=Why.REFUSED)}
_PASSED_OVER = {
    "passed over, to pay": Facts(
        why=Why.UNPAID, unpaid=True, previous_by=BEFORE, pay_url="https://pay.fellfjord.test/c/9XkQ2r"
    )
}
_UNCERTAIN = {"uncertain": Facts(likely=LIKELY, by=BY, why=Why.UNCERTAIN)}
_MOVED = {"moved": Facts(likely=LIKELY, by=BY, why=Why.SUPPLY_MOVED)}
_SHIPPED = {
    "known carrier": Facts(carrier="DHL", tracking="00340434161094042557"),
    "own van": Facts(carrier="Our van"),
    "number alone": Facts(tracking="X-17"),
    "nothing known": Facts(),
    "uncancelled": Facts(carrier="UPS", tracking="1Z999AA10123456784", uncancelled=1, refund=SUM),
}
_MONEY = {
    "owed": Facts(refund=SUM, refund_by=LAST),
    "sent": Facts(refund=SUM, refund_sent_on=SENT, means="card, bank transfer"),
    "none": Facts(),
    "with shipping": Facts(refund=SUM, refund_by=LAST, shipping=Money(Decimal("4.90"), "EUR")),
    "with free shipping": Facts(
        refund=SUM, refund_by=LAST, shipping=Money(Decimal("4.90"), "EUR"), upgrade="free"
    ),
}


def _told(found: dict[str, Facts], before: date = BEFORE) -> dict[str, Facts]:
    return {name: replace(facts, previous_by=before) for name, facts in found.items()}


def _consent(found: dict[str, Facts]) -> dict[str, Facts]:
    answer, ends = date(2026, 5, 25), date(2026, 5, 28)
    ending = {name: replace(facts, answer_by=answer, ends_on=ends) for name, facts in found.items()}
    keeping = {f"{name}, silence keeps": replace(facts, answer_by=answer) for name, facts in found.items()}
    asked = replace(_WINDOW["day"], previous_by=BEFORE, answer_by=answer, ends_on=ends, silence="cancelled")
    by_law = {
        "not here yet, may we": replace(asked, ask_until=AFTER, refund=SUM),
        "may we, no date": replace(asked, by=None, likely=None, why=Why.OVERDUE, ask_until=AFTER),
        "uncharged": replace(asked, refundable=False),
        "nothing follows": replace(asked, answer_by=None, ends_on=None, silence="nothing", refund=SUM),
        "that day mattered": Facts(why=Why.NO_SUPPLY, silence="nothing", essential=True, refund=SUM),
        "not delivered": Facts(why=Why.REFUSED, silence="nothing", previous_by=BEFORE, refund=SUM),
        "not delivered, uncharged": Facts(why=Why.REFUSED, silence="nothing", refundable=False),
    }
    return ending | keeping | by_law


_CANCELLED = {
    f"{reason} {name}": replace(facts, reason=reason)
    for reason in ("customer", "shop", "policy", "supplier", "no_consent")
    for name, facts in _MONEY.items()
} | {
    f"{left} left, not delivered": replace(
        _MONEY["owed"], quantity=1, remaining=left, reason="customer", why=Why.REFUSED
    )
    for left in (1, 2)
}
_ANSWERS = {
    f"keep {name}": replace(facts, choice="keep", until=BY)
    for name, facts in (_WINDOW | _DATELESS | _READY).items()
} | {
    "keep for ever": Facts(by=BY, choice="keep"),
    "cancel": Facts(choice="cancel"),
    "cancel a part": Facts(choice="cancel", quantity=2, remaining=3),
    "cancel, refund": Facts(choice="cancel", refund=Money(Decimal("20.00"), "EUR"), refund_by=BY),
    "cancel, with the hour": Facts(choice="cancel", received_at=CAME),
    "cancel, left too late": Facts(quantity=2, choice="cancel", received_at=CAME, left_late=True),
    "withdraw after": Facts(quantity=1, choice="withdraw", received_at=CAME),
    "withdraw after, refund": Facts(
        quantity=1, choice="withdraw", received_at=CAME, refund=SUM, refund_by=date(2026, 3, 20)
    ),
    "withdraw before": Facts(quantity=2, not_shipped=2, choice="withdraw", received_at=CAME, refund=SUM),
    "withdraw between": Facts(quantity=3, not_shipped=1, choice="withdraw", received_at=CAME),
    "withdraw, some kept": Facts(
        quantity=1, choice="withdraw", received_at=CAME, part_of_line=True, shipping=SUM
    ),
    "withdraw, the others replaced": Facts(
        quantity=1, choice="withdraw", received_at=CAME, part_of_line=True
    ),
    "withdraw, uncharged": Facts(quantity=1, choice="withdraw", received_at=CAME, refundable=False),
    "another last day": Facts(by=BY, choice="keep", until=BY, dropped_day=LAST),
    "keep some, the rest is cancelled": Facts(
        by=BY, choice="keep", until=BY, part_of_line=True, unanswered=2, silence="cancelled", answer_by=LAST
    ),
    "keep some, uncharged": Facts(
        quantity=2,
        choice="keep",
        part_of_line=True,
        unanswered=1,
        silence="cancelled",
        answer_by=LAST,
        refundable=False,
    ),
    "keep some, a part stays": Facts(
        choice="keep", part_of_line=True, unanswered=3, silence="cancelled", answer_by=LAST, staying=1
    ),
    "keep some, silence agrees": Facts(
        by=BY, choice="keep", until=BY, part_of_line=True, unanswered=1, silence="agreed", answer_by=LAST
    ),
    "keep some, nothing changes": Facts(
        by=BY, choice="keep", until=BY, part_of_line=True, unanswered=2, silence="nothing"
    ),
    "keep some of what is refused": Facts(
        quantity=1, why=Why.REFUSED, choice="keep", part_of_line=True, unanswered=2, silence="nothing"
    ),
    "asked again since, for longer": Facts(by=AFTER, choice="keep", until=BY, asks_again=True, answer_by=BY),
    "asked again since": Facts(by=AFTER, choice="keep", until=BY, asks_again=True),
    "not asked yet": Facts(by=BY, choice="keep", until=AFTER, asks_beyond=True),
    "not asked yet, last day": Facts(
        by=BY, choice="keep", until=BY, asks_beyond=True, last_day=LAST, ends_on=ENDS
    ),
    "last day": Facts(by=BY, choice="keep", until=LAST, last_day=LAST, ends_on=ENDS),
    "last day, uncharged": Facts(
        quantity=3, choice="keep", until=LAST, last_day=LAST, ends_on=ENDS, refundable=False
    ),
    "last day, refused": Facts(why=Why.REFUSED, choice="keep", until=LAST, last_day=LAST, ends_on=ENDS),
    "no last day": Facts(why=Why.NO_SUPPLY, choice="keep", dropped_day=LAST),
    "kept after all": Facts(by=BY, choice="keep", until=BY, uncancelled=1, refund=SUM),
    "kept in vain": Facts(choice="keep", until=BY, reason="no_consent"),
    "kept after all, unpaid": Facts(by=BY, choice="keep", until=BY, uncancelled=1),
    "taken back": Facts(by=BY, choice="take_back"),
    "send now": Facts(quantity=3, likely=LIKELY, by=BY, choice="send_now", parts=BOTH),
}
_ORDERED = {
    "due": Facts(purchase_order="PO-7731", po_line="2", due=date(2026, 5, 8)),
    "no date": Facts(purchase_order="PO-7731"),
}

SITUATIONS: dict[Kind, dict[str, Facts]] = {
    Kind.CONFIRMED: _WINDOW | _DATELESS | _READY,
    Kind.STILL_WAITING: {
        name: replace(facts, since=SINCE if facts.by else None)
        for name, facts in (_WINDOW | _DATELESS | _UNCERTAIN | _PASSED_OVER).items()
    },
    Kind.LAST_DAY_REMINDER: {
        name: replace(facts, last_day=LAST, ends_on=ENDS)
        for name, facts in (_WINDOW | _DATELESS | _READY | _REFUSED).items()
    },
    Kind.DELAYED: _told(_WINDOW | _DATELESS | _READY | _MOVED),
    Kind.EARLIER: _told(_WINDOW | {"ready": _READY["ready"]}, AFTER)
    | {f"first {name}": facts for name, facts in (_WINDOW | {"ready": _READY["ready"]}).items()},
    Kind.APOLOGY: _told(_WINDOW | _DATELESS)
    | {f"told ready, {k}": v for k, v in _WINDOW.items()}
    | {f"{count}, unpaid": Facts(quantity=count, why=Why.UNPAID, unpaid=True) for count in (1, 3)},
    Kind.CONSENT_REQUEST: _consent(_told(_WINDOW | _DATELESS | _MOVED))
    | {
        f"{stay} of 3 stay": Facts(
            quantity=3, by=BY, answer_by=LAST, ends_on=AFTER, silence="cancelled", staying=stay
        )
        for stay in (1, 2)
    }
    | {
        f"{count}, unpaid{', asked for later' if asks else ''}": Facts(
            quantity=count,
            by=BY,
            why=Why.UNPAID,
            unpaid=True,
            ask_until=AFTER if asks else None,
            answer_by=LAST,
            ends_on=AFTER,
            silence="cancelled",
        )
        for count in (1, 3)
        for asks in (False, True)
    },
    Kind.ANSWER_RECEIVED: _ANSWERS,
    Kind.ALTERNATIVES: {
        "one": Facts(alternatives=(MERLIN,)),
        "two": Facts(alternatives=(MERLIN, HERON)),
        "three": Facts(alternatives=(MERLIN, HERON, LONG)),
    },
    Kind.COUPON: {"ten": Facts(percent=Decimal(10), code="THANKS-7QX2", valid_until=date(2026, 8, 1))},
    Kind.COUPON_RESTORED: {
        "all of it": Facts(valid_until=date(2026, 8, 1)),
        "a part": Facts(valid_until=date(2026, 8, 1), part_of_line=True),
        "without a last day": Facts(),
    },
    Kind.PART_SHIPPED: {
        f"{name}, {left.quantity or count} left: {rest}": replace(
            left,
            quantity=0,
            remaining=left.quantity or count,
            carrier=facts.carrier,
            tracking=facts.tracking,
            uncancelled=facts.uncancelled,
            refund=facts.refund,
        )
        for name, facts in _SHIPPED.items()
        for rest, left in (_DATELESS | _READY | _WINDOW | _REFUSED).items()
        for count in (1, 2)
    }
    | {
        "the rest not delivered, last day": Facts(
            quantity=1, remaining=2, why=Why.REFUSED, last_day=LAST, ends_on=ENDS
        )
    },
    Kind.SHIPPED: _SHIPPED,
    Kind.SHIPPING_UPGRADE: {
        "free": Facts(upgrade="free", shipping=SUM),
        "faster": Facts(upgrade="faster"),
    },
    Kind.PAYMENT_DUE: {
        "with an address": Facts(amount=SUM, pay_url="https://shop.example/pay/7QX2", until=BY),
        "without": Facts(amount=SUM, until=BY),
        "and its end": Facts(amount=SUM, until=LAST, ends_on=AFTER),
        "and the end of more": Facts(amount=SUM, until=LAST, ends_on=AFTER, remaining=2),
        "and the end of some": Facts(
            amount=SUM, until=LAST, ends_on=AFTER, quantity=2, remaining=3, staying=1
        ),
        "a law asks": Facts(amount=SUM, until=BY, silence="cancelled"),
    },
    Kind.SWAP_FAILED: {
        name: replace(facts, chosen=MERLIN) for name, facts in (_WINDOW | _DATELESS | _READY).items()
    }
    | {"its customer cancelled a part": replace(_WINDOW["window"], chosen=MERLIN, reason="customer")},
    Kind.CANCELLED: _CANCELLED
    | {
        "as said then": replace(_CANCELLED["customer owed"], choice="cancel", received_at=CAME),
        "withdrawn": replace(_CANCELLED["customer owed"], choice="withdraw", received_at=CAME),
        "withdrawn in part": replace(
            _CANCELLED["customer owed"], choice="withdraw", received_at=CAME, not_shipped=1
        ),
        "some sent before": replace(_CANCELLED["customer owed"], refund_sent=Money(Decimal("60.00"), "EUR")),
        "a part": replace(_CANCELLED["customer owed"], remaining=2),
        "nothing charged": Facts(reason="customer", uncharged=True),
        "not given back": Facts(reason="customer", kept_back=SUM),
        "not given back with shipping": Facts(
            reason="customer", kept_back=SUM, shipping=Money(Decimal("4.90"), "EUR")
        ),
        "with its coupon": replace(_CANCELLED["customer owed"], void_code="BK-7QX2M4TA"),
    },
    Kind.REFUNDED: {
        "by": _MONEY["sent"],
        "plain": replace(_MONEY["sent"], means=""),
        "store credit": replace(_MONEY["sent"], means="STORE_CREDIT"),
        "in two sums": replace(
            _MONEY["sent"],
            refunds=(MoneyBack(amount=SUM, on=LAST, means="card"), MoneyBack(amount=SUM, on=BY)),
        ),
    },
    Kind.SUBSTITUTED: {
        "even": Facts(chosen=MERLIN),
        "cheaper": Facts(chosen=MERLIN, refund=SUM, refund_by=LAST),
    },
    Kind.COMPLAINT_RECEIVED: {"ticket": Facts(ticket="C-20417", due=LAST), "none": Facts()},
    Kind.COMPLAINT_CLOSED: {
        "ticket": Facts(ticket="C-20417", text="Our van.")
    },  # nobody ends one without words
    Kind.NEW_LINK: {"none": Facts()},
    Kind.CONFIRM_ADDRESS: {"none": Facts()},
    Kind.ADDRESS_CHANGED: {"none": Facts()},
    Kind.CONFIRM_DATE: _ORDERED,
    Kind.SUPPLIER_OVERDUE: _ORDERED,
}


def content(
    kind: Kind,
    *facts: Facts,
    link: str = LINK,
    region: str = "GB",
    product: str = "Kestrel tent",
    business: bool = False,
) -> MessageContent:
    """A letter of the shop that most tests know."""
    items = tuple(
        ContentItem(order=f"FF-{n}", product=product, facts=each) for n, each in enumerate(facts, 7)
    )
    opt_out = "https://fellfjord.test/u/Zk3vQ9" if kind in COMMERCIAL_KINDS else ""
    return MessageContent(
        kind=kind,
        locale="",
        region=region,
        shop=SHOP,
        name="Ada",
        link=link,
        items=items,
        unsubscribe=opt_out,
        business=business,
    )


def contents() -> Iterator[tuple[str, MessageContent]]:
    """Each situation for one unit, for three, without a page, to a business, and all of a kind together."""
    for kind, found in SITUATIONS.items():
        for name, facts in found.items():
            counts = (facts.quantity,) if facts.quantity else (1, 3)
            for count in counts:
                one = replace(facts, quantity=count)
                yield f"{kind.value}: {name}, {count}", content(kind, one)
                yield f"{kind.value}: {name}, {count}, no page", content(kind, one, link="")
                business = content(kind, one, link="", business=True)
                yield f"{kind.value}: {name}, {count}, to a business", business
        together = [replace(facts, quantity=facts.quantity or 1) for facts in found.values()]
        yield f"{kind.value}: {len(together)} together", content(kind, *together, *together[:1])


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", encoding="utf-8") as file:
        for name, sent in contents():
            found = render(sent)
            body = found.text.partition("Hello Ada,\n\n")
            print(f"=== {name}\nSUBJECT {found.subject}\nSMS {found.sms}\n{body[0]}{body[2]}", file=file)
