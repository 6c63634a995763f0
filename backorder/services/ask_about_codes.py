"""A provider's code that no table knows what to do about, or that is for a person: one task for each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from backorder.domain.keys import joined
from backorder.messaging.provider_reports import ProviderReport
from backorder.storage import tasks


def ask_about_codes(connection: Connection, reports: Iterable[ProviderReport], at: datetime) -> None:
    """Ask a person about the codes of some reports, where nobody is asked already. at: business time."""
    asked = {(each.channel, each.code): each.provider for each in reports if each.asks}
    for (channel, code), provider in sorted(asked.items()):  # in one order, so that nobody waits for two
        name = joined(channel, code)
        tasks.ask_once(
            connection,
            key=f"provider_code/{name}",
            kind="provider_code",
            subject=name,
            detail={"provider": provider, "code": code},
            at=at,
        )
