"""What templates see of a message: clean, formatted strings; "" where there is nothing to say."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from backorder.domain.means_of_payment import is_shown_by_a_bank
from backorder.domain.notifications import Alternative, Why, ends_without_a_word
from backorder.messaging import formats
from backorder.messaging.carriers import carrier_name, tracking_link
from backorder.messaging.colours import COLOUR, Tint, tint
from backorder.messaging.message_content import ContentItem, MessageContent, Shop
from backorder.messaging.money_went import MoneyWent, money_went
from backorder.messaging.several_lines import (
    are_kept_alike,
    asked_alike,
    first_until,
    refund_of_all,
    refused_of,
)
from backorder.messaging.ship_windows import (
    PartView,
    Window,
    is_dated,
    parts_of,
    units_here,
    window_in_words,
)

if TYPE_CHECKING:
    from babel import Locale

MARK = 0xE000
"""First of the private-use characters that stand for products' names until an SMS is fitted."""
_MARKS = 6400  # that many private-use characters; an SMS names far fewer products
_JOINING = frozenset("\u094d\u200d")  # virama and joiner
_INVISIBLE_BUT_WANTED = frozenset("\u200c\u200d\ufe0f")  # joiners, within emoji and several scripts


class Day(str):
    """A date in the reader's own form, "" for none. brief: the same with a short month, for an SMS."""

    __slots__ = ("brief",)
    brief: str

    def __new__(cls, full: str = "", brief: str = "") -> Day:
        self = super().__new__(cls, full)
        self.brief = brief
        return self


@dataclass(frozen=True, slots=True)
class AlternativeChoice:
    """An alternative product. price: in the reader's own form. sms: a mark that becomes the name."""

    name: str
    price: str
    sms: str


@dataclass(frozen=True, slots=True)
class Line:
    """One order line. title: the product, cut for a subject line. sms: a mark that becomes the product.

    partial: it is about some units of a line that has others. ready: every open unit is set aside. received:
    when an answer came in, with the hour. to_return: units of a withdrawal that are sent back, `returning` in
    the reader's form. dated: at least some units have a date; undated: units of the parts that have none and
    are not here. aside: units of the parts that are here, and `put_aside` in the reader's form. pay_by: so
    long all of it is kept for a payment. pay_part: units of the part that is here and not paid for;
    pay_part_by: so long it is kept; leaves_in_part: others leave before it is paid. others_unpaid: units that
    leave once they are paid for, beside others that leave anyway; asked_others: those of a question, which
    names a day all the same. asks_again: a later
    question wants an answer too; asks_beyond: one is to come should it not ship by `until`. rest: the
    units that an answer left out, with what is asked of them. comes_too_late: the customer's own last day
    is over before what is expected comes; expected: for that, or since it is less certain than it was, its
    date is only expected. awaited: see `ends_without_a_word`. law_first: unless they agree to a later date,
    the line ends before that day. by_bank: money came back, and a bank shows some of it; beside_bank: and
    some of it none does. due_by: by when it was to be with them.
    sent_back: some of its order had left, and all of that is sent back.
    """

    order: str
    product: str
    title: str
    sms: str
    count: int
    quantity: str
    left: int
    remaining: str
    partial: bool
    window: Window
    parts: tuple[PartView, ...]
    ready: bool
    dated: bool
    undated: int
    aside: int
    put_aside: str
    since: Day
    previous: Day
    why: str
    carrier: str
    tracking: str
    tracking_link: str
    refund: str
    refund_by: Day
    refund_sent: str
    refund_sent_on: Day
    means: str
    refunds: tuple[MoneyWent, ...]
    by_bank: bool
    beside_bank: bool
    shipping: str
    sent_back: bool
    uncharged: bool
    kept_back: str
    uncancelled: int
    percent: str
    code: str
    valid_until: Day
    void_code: str
    upgrade: str
    amount: str
    pay_url: str
    unpaid: bool
    pay_by: Day
    pay_part: int
    pay_part_by: Day
    leaves_in_part: bool
    others_unpaid: int
    asked_others: int
    alternatives: tuple[AlternativeChoice, ...]
    chosen: AlternativeChoice | None
    choice: str
    until: Day
    dropped_day: Day
    asks_again: bool
    asks_beyond: bool
    rest: Line | None
    received: Day
    not_shipped: int
    left_late: bool
    to_return: int
    returning: str
    answer_by: Day
    ends_on: Day
    silence: str
    staying: int
    ending: int
    ask_until: Day
    last_day: Day
    comes_too_late: bool
    expected: bool
    awaited: bool
    law_first: bool
    refundable: bool
    essential: bool
    due_by: Day
    reason: str
    ticket: str
    text: str
    purchase_order: str
    po_line: str
    due: Day


@dataclass(frozen=True, slots=True)
class ShopView:
    """Who writes. brief: the name, cut for an SMS. address: its lines. tint: None without a colour.

    officer: who answers for complaints, "" where nobody is named. two_way: texts can be answered. phone: at
    which a person answers, or "". returns: the page that says how to send goods back, or "".
    """

    name: str
    brief: str
    url: str
    address: tuple[str, ...]
    logo: str
    tint: Tint | None
    officer: str = ""
    two_way: bool = False
    phone: str = ""
    returns: str = ""


def clean(text: str, limit: int = 200) -> str:
    """The text on one line: no control, private-use, unassigned or direction-changing characters."""
    if not text.isprintable() or "  " in text:
        kept = (
            " " if c.isspace() else c
            for c in text
            if c.isspace() or c in _INVISIBLE_BUT_WANTED or unicodedata.category(c)[0] != "C"
        )
        text = "".join(kept)
    return short(" ".join(text.split()), limit)


def short(text: str, limit: int) -> str:
    """The text in at most `limit` characters, cut between words where that costs little, in no letter."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 1 and _belongs(text[end - 1], text[end]):
        end -= 1
    space = (cut := text[:end]).rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:-–") + "…"


def _belongs(before: str, after: str) -> bool:
    """Whether the second character is drawn into the first: a vowel sign, an accent, half a joined letter."""
    return unicodedata.category(after)[0] == "M" or after in _JOINING or before in _JOINING


def web(url: str) -> str:
    """The address if it is one for a browser, else ""."""
    url = url.strip()
    fine = url.startswith(("https://", "http://")) and url.isprintable() and " " not in url
    return url if fine else ""


class Names:
    """The products' names that an SMS may show, and the mark that stands for each."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def mark(self, name: str) -> str:
        """The mark of one more name."""
        self.all.append(name)
        return chr(MARK + min(len(self.all), _MARKS) - 1)


def variables(content: MessageContent, locale: Locale, names: Names) -> dict[str, object]:
    """The templates' variables for a message, with values formatted for the Babel `locale`."""
    lines = tuple(line_of(item, locale, names) for item in content.items)
    return {
        "kind": content.kind.value,
        "shop": shop_view(content.shop),
        "name": clean(content.name, 80),
        "link": web(content.link),
        "unsubscribe": web(content.unsubscribe),
        "lines": lines,
        "line": lines[0],
        "one": len(lines) == 1,
        "refused": refused_of(lines),
        "business": content.business,
        "digits": content.digits,
        "count": formats.number(len(lines), locale),
        "orders": len({line.order for line in lines}),
        "kept_alike": are_kept_alike(content.items),
        "refund_of_all": refund_of_all(content.items, locale),
        "first_until": first_until(content.items, locale),
        "asked": asked_alike(lines),
    }


def shop_view(shop: Shop) -> ShopView:
    """The shop as templates see it."""
    return ShopView(
        clean(shop.name, 80),
        short(clean(shop.name, 80), 24),
        web(shop.url),
        tuple(clean(line) for line in shop.postal_address.splitlines() if line.strip()),
        web(shop.logo),
        tint(shop.colour) if COLOUR.fullmatch(shop.colour) else None,
        clean(shop.grievance_officer).rstrip("."),
        shop.two_way,
        clean(shop.phone, 40),
        web(shop.returns_url),
    )


def line_of(item: ContentItem, locale: Locale, names: Names) -> Line:
    """What templates see of one order line."""
    facts, product = item.facts, clean(item.product)
    aside, means = units_here(facts), facts.means.split(", ")
    too_late = bool(facts.last_day and facts.by and facts.by > facts.last_day)
    undated = sum(part.quantity for part in facts.parts if not is_dated(part)) - aside - facts.pay_part

    def on(value: date | None) -> Day:
        return Day(formats.day(value, locale), formats.brief_day(value, locale)) if value else Day()

    return Line(
        order=clean(item.order, 80),
        product=product,
        title=short(product, 48),
        sms=names.mark(product),
        count=facts.quantity,
        quantity=formats.number(facts.quantity, locale),
        left=facts.remaining,
        remaining=formats.number(facts.remaining, locale),
        partial=facts.remaining > 0 or facts.part_of_line,
        window=window_in_words(facts, locale),
        parts=parts_of(facts, locale),
        ready=facts.ready or (facts.why is Why.UNSENT and facts.by is None and not facts.unpaid),
        dated=is_dated(facts) or any(map(is_dated, facts.parts)),
        undated=undated,
        aside=aside,
        put_aside=formats.number(aside, locale),
        since=on(facts.since),
        previous=on(facts.previous_by),
        why=facts.why.value if facts.why else "",
        carrier=carrier_name(clean(facts.carrier, 80)),
        tracking=clean(facts.tracking, 80),
        tracking_link=tracking_link(facts.carrier, clean(facts.tracking, 80)),
        refund=formats.money(facts.refund, locale) if facts.refund else "",
        refund_by=on(facts.refund_by),
        refund_sent=formats.money(facts.refund_sent, locale) if facts.refund_sent else "",
        refund_sent_on=on(facts.refund_sent_on),
        means=clean(facts.means, 80),
        refunds=money_went(facts.refunds, locale, on),
        by_bank=any(map(is_shown_by_a_bank, means)),
        beside_bank=not all(map(is_shown_by_a_bank, means)),
        shipping=formats.money(facts.shipping, locale) if facts.shipping else "",
        sent_back=item.sent_back,
        uncharged=facts.uncharged,
        kept_back=formats.money(facts.kept_back, locale) if facts.kept_back else "",
        uncancelled=facts.uncancelled,
        percent=formats.percent(facts.percent, locale) if facts.percent is not None else "",
        code=clean(facts.code, 80),
        valid_until=on(facts.valid_until),
        void_code=clean(facts.void_code, 80),
        upgrade=facts.upgrade,
        amount=formats.money(facts.amount, locale) if facts.amount else "",
        pay_url=web(facts.pay_url),
        unpaid=facts.unpaid,
        pay_by=on(None if facts.pay_part else facts.pay_by),
        pay_part=facts.pay_part,
        pay_part_by=on(facts.pay_by if facts.pay_part else None),
        leaves_in_part=facts.pay_part > 0 and facts.set_aside > 0,
        others_unpaid=facts.pay_others or (undated if aside else 0),
        asked_others=facts.pay_others,
        alternatives=tuple(_choice(a, locale, names) for a in facts.alternatives),
        chosen=_choice(facts.chosen, locale, names) if facts.chosen else None,
        choice=facts.choice,
        until=on(facts.until),
        dropped_day=on(facts.dropped_day),
        asks_again=facts.asks_again,
        asks_beyond=facts.asks_beyond,
        rest=line_of(item.unanswered(), locale, Names()) if facts.unanswered else None,
        received=_instant(facts.received_at, locale),
        not_shipped=facts.not_shipped,
        left_late=facts.left_late,
        to_return=max(0, facts.quantity - facts.not_shipped),
        returning=formats.number(max(0, facts.quantity - facts.not_shipped), locale),
        answer_by=on(facts.answer_by),
        ends_on=on(facts.ends_on),
        silence=facts.silence or ("cancelled" if facts.ends_on else "agreed"),
        staying=facts.staying,
        ending=facts.quantity - facts.staying,
        ask_until=on(facts.ask_until),
        last_day=on(facts.last_day),
        awaited=ends_without_a_word(facts),
        comes_too_late=too_late,
        expected=too_late or (facts.why is Why.UNCERTAIN and facts.by is not None),
        law_first=bool(facts.last_day and facts.ends_on and facts.ends_on <= facts.last_day),
        refundable=facts.refundable,
        essential=facts.essential,
        due_by=on(facts.due_by),
        reason=facts.reason,
        ticket=clean(facts.ticket, 80),
        text=clean(facts.text, 2000),
        purchase_order=clean(facts.purchase_order, 80),
        po_line=clean(facts.po_line, 80),
        due=on(facts.due),
    )


def _instant(at: datetime | None, locale: Locale) -> Day:
    return Day(formats.instant(at, locale), formats.brief_instant(at, locale)) if at else Day()


def _choice(alternative: Alternative, locale: Locale, names: Names) -> AlternativeChoice:
    name = clean(alternative.name)
    return AlternativeChoice(name, formats.money(alternative.price, locale), names.mark(name))
