"""Holding a message that is true and due: too many went lately, or it is quiet where the customer is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Integer, bindparam, select, text, update

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.decision_builder import HELD, goes_in_a_hold
from backorder.domain.line.message_keys import is_resend
from backorder.domain.message_caps import (
    BETWEEN_DELAYS,
    WEEK,
    Wait,
    wait_between_delays,
    wait_for_spacing,
    wait_for_week,
)
from backorder.domain.notifications import COMMERCIAL_KINDS, COUNTED_KINDS, OFFER_KINDS, Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.quiet_hours import DISTURBING, NIGHT, SOLICITED, quiet_until, solicits_until, zones_of
from backorder.services.message_routes import Routed
from backorder.storage.codec import load_state
from backorder.storage.compiled import fetch
from backorder.storage.isolation import known
from backorder.storage.tables import backorders, messages

if TYPE_CHECKING:
    from backorder.storage.rows import MessageRow


_LAST = (
    select(messages.c.done_at)
    # Word for word the partial index's condition, which a parameter would not match.
    .where(messages.c.person == bindparam("person"), text("messages.state = 'sent'"))
    .order_by(messages.c.done_at.desc())
)
_COUNTED = _LAST.where(
    messages.c.done_at > bindparam("since"),
    messages.c.kind.in_([kind.value for kind in COUNTED_KINDS]),
    messages.c.copy_of.is_(None),
).limit(bindparam("limit", type_=Integer))
_LAST_DELAY = _LAST.where(
    messages.c.kind == Kind.DELAYED.value,
    messages.c.done_at > bindparam("since"),
    messages.c.copy_of.is_(None),
).limit(1)
_ON_HOLD = select(backorders.c.state).where(
    backorders.c.id.in_(bindparam("lines", expanding=True)), backorders.c.state.contains('"hold"')
)
_PUT_OFF = (
    update(messages)
    .where(messages.c.id == bindparam("_id"))
    .values({name: bindparam(name) for name in ("not_before", "fallback_at", "reason")})
)


class Holds:
    """What holds messages at a business instant."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def put_off(self, row: MessageRow, routed: Routed, night: datetime | None) -> bool:
        """Let a message wait that has to, as one that is not due yet; it stands in nobody's way.

        night: until when the way that it takes would disturb the customer, None where it disturbs nobody.
        """
        wait = self._wait(row, routed, night)
        if wait is None:
            return False
        second = len(routed.route.ways) > 1
        self._connection.execute(
            _PUT_OFF,
            {
                "_id": row.id,
                "not_before": wait.until,
                "fallback_at": wait.until + routed.route.grace_period if second else None,
                "reason": wait.reason,
            },
        )
        return True

    def nights(self, routed: Routed) -> dict[str, datetime]:
        """The channels by which a message would disturb the customer now, each with when it does not."""
        nights = {way.channel: self._quiet_until(way.channel, routed) for way in routed.route.ways}
        return {channel: until for channel, until in nights.items() if until is not None}

    def _quiet_until(self, channel: str, routed: Routed) -> datetime | None:
        policy = routed.policy
        if policy is None or channel not in DISTURBING:
            return None
        zones = zones_of(routed.time_zone, routed.content.region, policy.calendar.zone)
        country = routed.content.region.partition("-")[0]
        soliciting = routed.content.kind in COMMERCIAL_KINDS and country in SOLICITED
        rule = solicits_until if soliciting else quiet_until
        until = rule(self._at, zones, policy.updates.quiet_hours)
        limits = [each.facts.limit for each in routed.content.items if each.facts.limit is not None]
        if until is not None and any(policy.calendar.day(until) > limit for limit in limits):
            return None  # in the morning it would count for nothing: a duty wins over quiet hours
        return until

    def _wait(self, row: MessageRow, routed: Routed, night: datetime | None) -> Wait | None:
        if routed.policy is None:
            return None
        kind = Kind(row.kind)
        if row.attempts and (wait := self._on_hold(kind, routed)) is not None:
            return wait
        # What a person asked for, and what went by one way already, counted then.
        if row.copy_of is None and not any(is_resend(item.step) for item in routed.items):
            wait = (
                self._week(kind, row.person, routed.policy)
                or self._spacing(kind, row.person, routed.policy)
                or self._between_delays(kind, row.person, routed)
            )
            if wait is not None:
                return wait
        return None if night is None else Wait(until=night, reason=NIGHT)

    def _on_hold(self, kind: Kind, routed: Routed) -> Wait | None:
        """Whether one of its lines was put on hold while it was on its way, of what came back unsent."""
        if all(goes_in_a_hold(kind, each.facts) for each in routed.content.items):
            return None
        lines = {"lines": sorted({item.backorder for item in routed.items})}
        holds = [load_state(row.state).hold for row in fetch(self._connection, _ON_HOLD, lines)]
        until = max((hold.until for hold in holds if hold is not None), default=self._at)
        return Wait(until=until, reason=HELD) if until > self._at else None

    def _week(self, kind: Kind, person: str, policy: Policy) -> Wait | None:
        if kind not in COUNTED_KINDS:
            return None
        values = {"person": person, "since": self._at - WEEK, "limit": policy.updates.per_week}
        rows = fetch(self._connection, _COUNTED, values)
        gone = [row.done_at for row in rows if known(row.done_at) is not None]
        return wait_for_week(kind, gone, policy, self._at)

    def _spacing(self, kind: Kind, person: str, policy: Policy) -> Wait | None:
        if kind not in OFFER_KINDS:
            return None
        last = known(self._connection.execute(_LAST.limit(1), {"person": person}).scalar_one_or_none())
        return wait_for_spacing(kind, last, policy, self._at)

    def _between_delays(self, kind: Kind, person: str, routed: Routed) -> Wait | None:
        if kind is not Kind.DELAYED or routed.policy is None:
            return None
        values = {"person": person, "since": self._at - BETWEEN_DELAYS - ONE_DAY}
        last = known(self._connection.execute(_LAST_DELAY, values).scalar_one_or_none())
        moves = [(each.facts.previous_by, each.facts.by) for each in routed.content.items]
        return wait_between_delays(kind, last, moves, routed.policy, self._at)
