"""Money that was sent back, as templates see it: each sum with its own day and means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from backorder.domain.notifications import MoneyBack
from backorder.messaging import formats

if TYPE_CHECKING:
    from babel import Locale

    from backorder.messaging.template_variables import Day


@dataclass(frozen=True, slots=True)
class MoneyWent:
    """One sum, in the reader's form; "" for a day or means that nobody named."""

    amount: str
    on: Day
    means: str


def money_went(
    refunds: Iterable[MoneyBack], locale: Locale, on: Callable[[date | None], Day]
) -> tuple[MoneyWent, ...]:
    """The sums in their order. on: puts a day into the reader's form."""
    return tuple(
        MoneyWent(formats.money(each.amount, locale), on(each.on), _plain(each.means)) for each in refunds
    )


def _plain(means: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in means).split())[:80]
