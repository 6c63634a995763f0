"""The rates at which a shard's messages go to providers: a row a channel, so that they hold over restarts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from backorder.domain.message_rate import Rate, rate_of
from backorder.storage import dispatchers
from backorder.storage.isolation import known
from backorder.storage.tables import message_rates

_ROWS = (
    select(message_rates).where(message_rates.c.shard == bindparam("shard")).order_by(message_rates.c.channel)
)
_LOCKED = _ROWS.with_for_update()
_KEEP = (
    update(message_rates)
    .where(message_rates.c.channel == bindparam("_channel"), message_rates.c.shard == bindparam("_shard"))
    .values(next_at=bindparam("next_at"))
)

EVER = datetime.min.replace(tzinfo=UTC)


class Allowance:
    """What the rates let a shard send at a machine instant. A channel without a rate has no end of it."""

    def __init__(self, shard: int = 0, rates: Mapping[str, Rate] | None = None, now: datetime = EVER) -> None:
        self._shard = shard
        self._rates = dict(rates or {})
        self._now = now
        self._spent: dict[str, int] = {}

    @property
    def blocked(self) -> set[str]:
        """Channels by which nothing more may go now."""
        return {name for name in self._rates if not self.lets(name)}

    @property
    def again(self) -> datetime | None:
        """When the next message may go by one of those channels; None where there is none."""
        return min((self.at(name) for name in self.blocked), default=None)

    def lets(self, channel: str) -> bool:
        """Whether one more message may go."""
        rate = self._rates.get(channel)
        return rate is None or rate.free(self._now) > self._spent.get(channel, 0)

    def at(self, channel: str) -> datetime:
        """When one more message may go."""
        rate = self._rates.get(channel)
        if rate is None:
            return self._now
        spent = self._spent.get(channel, 0)
        return rate.spent(spent, self._now).again(self._now) if spent else rate.again(self._now)

    def spend(self, channel: str) -> None:
        """One message goes."""
        if channel in self._rates:
            self._spent[channel] = self._spent.get(channel, 0) + 1

    def keep(self, connection: Connection) -> None:
        """Write down what went."""
        for channel, count in sorted(self._spent.items()):
            after = self._rates[channel] = self._rates[channel].spent(count, self._now)
            values = {"_channel": channel, "_shard": self._shard, "next_at": after.next_at}
            if connection.execute(_KEEP, values).rowcount == 0:
                new = {"channel": channel, "shard": self._shard, "next_at": after.next_at}
                connection.execute(message_rates.insert(), new)
        self._spent = {}


def allowance(
    connection: Connection, per_second: Mapping[str, float], shard: int, now: datetime, *, lock: bool = False
) -> Allowance:
    """What a shard may send. per_second: by channel, over all shards. lock: nobody else spends of it."""
    if not per_second:
        return Allowance()
    shards = len(dispatchers.shards(connection))
    rates = {channel: rate_of(rate, shards) for channel, rate in per_second.items()}
    for row in connection.execute(_LOCKED if lock else _ROWS, {"shard": shard}):
        if row.channel in rates:
            # One that cannot be read begins anew.
            rates[row.channel] = rates[row.channel].going_on(known(row.next_at), now)
    return Allowance(shard, rates, now)
