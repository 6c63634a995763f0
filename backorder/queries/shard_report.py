"""How a shard's messages stand, for Temporal's page of its dispatcher."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, select, text

from backorder.storage.isolation import known
from backorder.storage.tables import channels, messages

# Word for word the partial index's condition, which a parameter would not match.
_PENDING = text("messages.state IN ('planned', 'claimed', 'unknown')")
_IS_DUE = (
    (messages.c.state == "planned") & messages.c.awaits.is_(None) & (messages.c.not_before <= bindparam("at"))
)
_COUNTS = select(
    func.count().label("pending"),
    func.sum(case((_IS_DUE, 1), else_=0)).label("due"),
    func.sum(case((messages.c.state == "unknown", 1), else_=0)).label("unclear"),
    func.min(case((_IS_DUE, messages.c.not_before))).label("oldest"),
).where(messages.c.shard == bindparam("shard"), _PENDING)
_PAUSED = select(channels).where(channels.c.paused).order_by(channels.c.name)


def shard_in_words(connection: Connection, shard: int, at: datetime) -> str:
    """A few lines of Markdown: counts and paused channels, nothing personal. at: the business instant."""
    row = connection.execute(_COUNTS, {"shard": shard, "at": at}).one()
    lines = [f"Messages that wait: {row.pending:,}, of which due: {row.due or 0:,}."]
    if (oldest := known(row.oldest)) is not None:
        lines.append(f"The oldest has been due since {oldest:%Y-%m-%d %H:%M:%SZ} (business time).")
    if row.unclear:
        lines.append(f"Of which nobody knows yet whether they went: {row.unclear:,}; they are looked up.")
    for channel in connection.execute(_PAUSED):
        until = known(channel.until) or known(channel.probe_at)
        when = f", tried again at {until:%Y-%m-%d %H:%M:%SZ}" if until else ""
        # A person's own words stay out of histories.
        why = "a person paused it" if channel.by else "it fails for everybody"
        lines.append(f"**{channel.name} is paused**, {why}{when}.")
    return "\n\n".join(lines)
