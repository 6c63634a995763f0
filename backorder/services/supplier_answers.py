"""What a supplier says on their page, of all the lines of one mail: all of it is written down, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from backorder.domain.supply.approval import Limits
from backorder.ports import Notify
from backorder.queries.supplier_page import is_on_record, supplier_page
from backorder.services.expected_receipts import ExpectedReceipts
from backorder.services.supplier_dates import SupplierDates
from backorder.storage import stock_units
from backorder.storage.engine import trying
from backorder.storage.policies import PolicyRepository
from backorder.storage.purchase_order_lines import find_line
from backorder.storage.transactions import PartOfTransaction

if TYPE_CHECKING:
    from backorder.schemas import StatedDates


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplierAnswer:
    """What a supplier says of one line. shown: what their page showed of it; see `AskedLine`."""

    stated: StatedDates
    shown: str


class SupplierAnswers:
    """Takes what suppliers say by their links, in one transaction a page."""

    def __init__(
        self, engine: Engine, policies: PolicyRepository, expected_receipts: ExpectedReceipts, limits: Limits
    ) -> None:
        self._engine = engine
        self._policies = policies
        self._expected_receipts = expected_receipts
        self._limits = limits

    def record(self, send: str, answers: Sequence[SupplierAnswer], at: datetime) -> Notify | None:
        """Write down what is said through the link of a send; the same once more changes nothing.

        All answers have one source, which no other page has. None where a line is not as the page showed it:
        then nothing is written. Raises RefusedError for a word that cannot be.
        """
        self._expected_receipts.prepare(at)
        with trying(self._engine, keep=True) as connection:
            named = [(each.stated.purchase_order, each.stated.line) for each in answers]
            rows = [find_line(connection, *each) for each in named]
            stock_units.lock_all(connection, {row.sku for row in rows if row is not None})
            if is_on_record(connection, answers[0].stated.source, named):
                return Notify()
            today = self._policies.calendar.day(at)
            page = supplier_page(connection, send, at, today)
            shown = {(each.order, each.line): each.shown for each in page.lines} if page else {}
            if any(shown.get(key) != each.shown for key, each in zip(named, answers, strict=True)):
                return None
            dates = SupplierDates(
                PartOfTransaction(connection), self._policies, self._expected_receipts, self._limits
            )
            after = Notify()
            for each in answers:
                after = after.and_also(dates.state(each.stated, at, by_link=True).after)
            return after
