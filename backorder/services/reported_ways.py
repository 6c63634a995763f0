"""What providers' reports say of addresses and numbers: which come on the suppression list, or off it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from backorder.domain.delivery_reports import MEANINGS
from backorder.domain.suppression import SUPPRESSIONS
from backorder.messaging.provider_reports import ProviderReport
from backorder.storage.suppressions import SuppressionEntry

if TYPE_CHECKING:
    from backorder.storage.rows import SendRow


def entries_of(
    reports: Iterable[tuple[ProviderReport, SendRow | None]],
) -> tuple[list[SuppressionEntry], list[SuppressionEntry]]:
    """What some reports put on the list, and what they take off it."""
    on, off = list[SuppressionEntry](), list[SuppressionEntry]()
    for each, send in reports:
        meaning = MEANINGS[each.said]
        address = address_of(each, send)
        for cause, entries in ((meaning.suppresses, on), (meaning.lifts, off)):
            if cause is not None and address:
                entry = SuppressionEntry(
                    channel=each.channel,
                    address=address,
                    cause=cause,
                    at=each.at,
                    by=each.provider,
                    evidence=each.id,
                    erased=send is not None and is_erased(send),
                )
                entries.append(entry)
    return on, off


def closes(report: ProviderReport) -> bool:
    """Whether a report says that nothing goes there any more."""
    cause = MEANINGS[report.said].suppresses
    return cause is not None and SUPPRESSIONS[cause].covers == "all"


def address_of(report: ProviderReport, send: SendRow | None) -> str:
    """Whom a report is about: to whom its send went, else whom it names; "" for nobody."""
    return (send.address if send is not None else None) or report.address


def is_erased(send: SendRow) -> bool:
    """Whether it went to somebody who was erased since."""
    return send.address is None and send.text == ""
