"""What a crash left behind: rows that nobody was woken for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, Select, select

from backorder.ports import After, Leftover
from backorder.storage.engine import reading
from backorder.storage.tables import backorders, demands, messages, replans, requests

AT_MOST = 1000


class SqlFloor:
    """See `activities.sweeps.Floor`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def leftover(self, before: datetime) -> Leftover:
        """What was left behind before an instant, a thousand of each kind at most."""
        unstarted = select(backorders.c.id).where(backorders.c.seq == 0, backorders.c.opened_at < before)
        unheard = select(demands.c.backorder).where(
            demands.c.version > demands.c.seen, demands.c.since < before, demands.c.open > 0
        )
        undecided = select(requests.c.backorder).where(
            requests.c.verdict.is_(None), requests.c.asked_at < before
        )
        unsent = select(messages.c.person).where(
            messages.c.state.in_(("planned", "claimed")), messages.c.not_before < before
        )
        unpegged = select(replans.c.sku).where(replans.c.at < before)
        with reading(self._engine) as connection:

            def some(query: Select[str]) -> tuple[str, ...]:
                return tuple(connection.execute(query.distinct().limit(AT_MOST)).scalars())

            new = some(unstarted)
            lines = set(some(unheard) + some(undecided)) - set(new)
            after = After(people=some(unsent), backorders=tuple(sorted(lines)), skus=some(unpegged))
        return Leftover(unstarted=new, after=after)
