"""What a message says of several lines at once, where all of them say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Why
from backorder.messaging import formats

if TYPE_CHECKING:
    from babel import Locale

    from backorder.messaging.message_content import ContentItem
    from backorder.messaging.template_variables import Line


def refused_of(lines: Sequence[Line]) -> str:
    """Of how many lines the shop does not deliver what is open: "all", "some", or "" for none."""
    kinds = {each.why == Why.REFUSED for each in lines}
    return "some" if len(kinds) > 1 else "all" if True in kinds else ""


def asked_alike(lines: Sequence[Line]) -> tuple[tuple[Line, ...], ...]:
    """The lines of a question, those together of which one sentence of a text is true: why, and what silence
    means for them. What is said of some units of a line is said of it alone.
    """
    groups: dict[object, list[Line]] = {}
    for place, line in enumerate(lines):
        alone = bool(line.parts or line.pay_part or line.others_unpaid or line.staying or line.ready)
        dated = line.why == Why.REFUSED or line.ask_until or line.window.by
        said = (line.why == Why.REFUSED, line.ask_until, bool(line.window.by), line.unpaid)
        by = "" if line.silence == "cancelled" else line.answer_by
        means = (line.silence, by, line.last_day, line.refundable)
        why = "" if dated else line.why
        groups.setdefault(place if alone or line.comes_too_late else (said, means, why), []).append(line)
    return tuple(map(tuple, groups.values()))


def are_kept_alike(items: Sequence[ContentItem]) -> bool:
    """Whether several lines are kept whole and on the same terms, so that one sentence is true of all."""
    first, *others = (each.facts.replace(quantity=0) for each in items)
    kept = first.choice == "keep" and not first.reason and first.why is not Why.REFUSED
    whole = not (first.part_of_line or first.parts or first.uncancelled or first.unanswered)
    return kept and whole and all(each == first for each in others)


def refund_of_all(items: Sequence[ContentItem], locale: Locale) -> str:
    """What comes back for several cancelled lines together, to be sent by the same day, in the reader's form;
    "" where each has something of its own to say.
    """
    facts = [each.facts for each in items]
    refunds = [each.refund for each in facts if each.refund is not None and _is_only_owed(each)]
    days, currencies = {each.refund_by for each in facts}, {each.currency for each in refunds}
    if len(refunds) < len(facts) or None in days or len(days) > 1 or len(currencies) > 1:
        return ""
    total = sum((each.amount for each in refunds[1:]), refunds[0].amount)
    return formats.money(Money(total, refunds[0].currency), locale)


def first_until(items: Sequence[ContentItem], locale: Locale) -> str:
    """The first day until which something of several lines is kept, as a text names it; "" for none."""
    first = min((each.facts.until for each in items if each.facts.until), default=None)
    return formats.brief_day(first, locale) if first else ""


def _is_only_owed(facts: Facts) -> bool:
    """Whether what comes back, and until when, is all that a text says of a cancelled line."""
    sent = facts.refund_sent or facts.refund_sent_on
    beside = sent or facts.kept_back or facts.not_shipped or facts.void_code or facts.chosen
    return not (beside or facts.part_of_line)
