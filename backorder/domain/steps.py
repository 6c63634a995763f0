"""Every step that a line may owe: when it falls due, and what is done then.

Each rule names the instant at which its step falls due if nothing new is heard. What is due now, what comes
next and when to wake up are then the same question asked of the same list.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from backorder.domain.draft import Draft
from backorder.domain.messages import Facts, Kind, Why
from backorder.domain.policy import Policy, Stage
from backorder.domain.promise import dateless, silent_from
from backorder.domain.stages import due_day
from backorder.domain.state import OPEN, Ending, Offer, Pending, State, Status, Window
from backorder.domain.units import cancel_units, settle, window_facts

UNREACHABLE = "unreachable"
NOTICE_OF_ENDING = timedelta(days=2)
"""How long before an ending by policy the order system hears of it."""
BETWEEN_GOOD_NEWS = timedelta(days=14)
MEANS_ANOTHER_STEP = timedelta(days=2)
"""A regular update is left out if another message falls due within this time."""
BEFORE_EXPIRY = timedelta(days=2)

# One turn in order: endings, duties, delayed or earlier, then offers in the policy's order.
_ENDINGS, _DUTIES, _PROMISES, _UPDATES, _STAGES = range(5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Something that falls due. rank: its place in a turn. writes: whether the customer gets a message."""

    at: datetime
    rank: tuple[int, int]
    what: str
    why: str
    act: Callable[[Draft], None]
    writes: bool = False


def steps(policy: Policy, state: State) -> list[Step]:
    """All steps that the line owes as things stand, due or not, in the order of a turn."""
    if state.status is Status.CLOSING:
        found = list(_refund_overdue(policy, state))
    elif state.status in OPEN:
        found = [
            *_endings(policy, state),
            *_authorization(policy, state),
            *_promise(policy, state),
            *_stages(policy, state),
        ]
        found += _update(policy, state, found)
    else:
        found = []
    return sorted(found, key=lambda step: step.rank)


def _silent(state: State) -> bool:
    """Nobody can be written to, or the promise in the last message is not known to have gone."""
    return UNREACHABLE in state.needs


def _after_hold(state: State, at: datetime) -> datetime:
    return max(at, state.hold.until) if state.hold else at


def _heard(state: State) -> datetime:
    return state.supply_at or state.opened_at


def _due(policy: Policy, state: State, day: date) -> datetime:
    """A day's look; at once where what makes it due was heard on that day or after it."""
    heard = _heard(state)
    if day <= policy.calendar.day(heard):
        return heard
    return policy.look(day)


# --- the promise


def _promise(policy: Policy, state: State) -> Iterator[Step]:
    if state.pending is not None or _silent(state):
        return
    if state.promise is None:
        yield _telling(
            policy, state, Kind.CONFIRMED, state.opened_at, _usable(policy, state), "the line is new"
        )
    elif state.withdrawn:
        window = _usable(policy, state)
        yield _telling(policy, state, Kind.APOLOGY, _heard(state), window, "units set aside were not there")
    elif state.promise.by is None:
        yield from _date_at_last(policy, state)
    elif state.forecast is None:
        why = "no date can be said any more"
        yield _telling(policy, state, Kind.DELAYED, _heard(state), None, why, settle=True)
    else:
        yield from _moved(policy, state)


def _date_at_last(policy: Policy, state: State) -> Iterator[Step]:
    window, promise = state.forecast, state.promise
    if window is None or window.by is None or promise is None or window.by < promise.told_on:
        return
    why = "a date is known at last"
    yield _telling(policy, state, Kind.EARLIER, _heard(state), window, why, settle=True)


def _moved(policy: Policy, state: State) -> Iterator[Step]:
    window, promised = state.forecast, state.promise.by if state.promise else None
    silent = silent_from(state)
    if window is None or window.by is None or promised is None or silent is None:
        return
    days, rules, heard = (window.by - promised).days, policy.promise, _heard(state)
    if days >= rules.min_slip and not state.drift:
        why = f"the date slips by {days} days"
        yield _telling(policy, state, Kind.DELAYED, heard, window, why, settle=True)
    elif days > 0:
        before = rules.tell_before if days >= rules.min_slip else 1
        at = max(heard, policy.look(promised - timedelta(days=before)))
        why = f"the date slips by {days} days and the promised day is {before} days away"
        yield _telling(policy, state, Kind.DELAYED, at, window, why)
    else:
        yield from _good_news(policy, state, window, -days)
        why = "the promised day passed without news"
        yield _telling(policy, state, Kind.DELAYED, policy.look(silent), None, why)


def _good_news(policy: Policy, state: State, window: Window, days: int) -> Iterator[Step]:
    if days < policy.promise.good_news or window.by is None:
        return
    last = state.marks.earlier
    at = max(_heard(state), policy.look(last + BETWEEN_GOOD_NEWS)) if last else _heard(state)
    if policy.calendar.day(at) <= window.by:
        why = f"the date is {days} days earlier"
        yield _telling(policy, state, Kind.EARLIER, at, window, why, settle=True)


def _usable(policy: Policy, state: State) -> Window | None:
    """The forecast, unless it is already over."""
    window = state.forecast
    if window is None or window.by is None or window.by < policy.calendar.day(_heard(state)):
        return None
    return window


def _telling(
    policy: Policy,
    state: State,
    kind: Kind,
    at: datetime,
    window: Window | None,
    why: str,
    *,
    settle: bool = False,
) -> Step:
    def act(draft: Draft) -> None:
        _tell_promise(draft, kind, window, settle=settle)

    at = _after_hold(state, at)
    return Step(at=at, rank=(_PROMISES, 0), what=kind.value, why=why, act=act, writes=True)


def _tell_promise(draft: Draft, kind: Kind, window: Window | None, *, settle: bool) -> None:
    state = draft.state
    if window is None:
        why = state.supply_why if state.forecast is None else Why.OVERDUE
        window = dateless(draft.policy, state, why)
    before = state.marks
    revision = state.revision + 1
    key = kind.value if kind is Kind.CONFIRMED else f"{kind.value}/{revision}"
    facts = Facts(
        quantity=state.quantity.open,
        likely=window.likely,
        by=window.by,
        previous_by=state.promise.by if state.promise else None,
        parts=window.parts,
        why=window.why or _cause(kind, state),
    )
    settled = _heard(state) + draft.policy.promise.settle if settle else draft.at
    not_before = draft.tell(
        key, kind, facts, not_before=max(draft.at, settled), revision=revision, window=window
    )
    draft.mark(dated=draft.day)
    if kind is Kind.EARLIER:
        draft.mark(earlier=draft.day)
    draft.change(
        revision=revision,
        withdrawn=False,
        pending=Pending(
            key=key, kind=kind, revision=revision, window=window, not_before=not_before, before=before
        ),
    )


def _cause(kind: Kind, state: State) -> Why | None:
    if kind is Kind.APOLOGY:
        return Why.WITHDRAWN
    return Why.SUPPLIER_MOVED if kind is Kind.DELAYED and not state.drift else None


# --- regular updates


def _update(policy: Policy, state: State, others: list[Step]) -> list[Step]:
    last = state.marks.dated
    if last is None or state.status is not Status.WAITING or _silent(state) or state.pending is not None:
        return []
    due = last + timedelta(days=policy.updates.every)
    if state.marks.offer:
        due = max(due, state.marks.offer + timedelta(days=policy.updates.spacing))
    at = _after_hold(state, policy.look(due))
    if any(step.writes and step.at <= at + MEANS_ANOTHER_STEP for step in others):
        return []

    def act(draft: Draft) -> None:
        draft.tell(f"{Kind.STILL_WAITING.value}/{due.isoformat()}", Kind.STILL_WAITING, _told_facts(draft))
        draft.mark(dated=draft.day)

    why = f"nothing was said for {policy.updates.every} days"
    return [Step(at=at, rank=(_UPDATES, 0), what=Kind.STILL_WAITING.value, why=why, act=act, writes=True)]


def _told_facts(draft: Draft) -> Facts:
    """A regular update repeats what stands: the promise as it was told."""
    promise = draft.state.promise
    if promise is None:
        return window_facts(draft)
    window = promise.window
    return Facts(
        quantity=draft.state.quantity.open,
        likely=window.likely,
        by=window.by,
        parts=window.parts,
        why=window.why,
    )


# --- stages


def _stages(policy: Policy, state: State) -> Iterator[Step]:
    for place, stage in enumerate(policy.stages):
        if stage.do == "cancel" or state.is_done(stage.key):
            continue
        if stage.offers and (state.status is not Status.WAITING or _silent(state)):
            continue
        day = due_day(policy, state, stage)
        if day is not None:
            yield _stage(policy, state, stage, place, _due(policy, state, day))


def _stage(policy: Policy, state: State, stage: Stage, place: int, at: datetime) -> Step:
    if stage.offers and state.marks.message:
        at = max(at, policy.look(state.marks.message + timedelta(days=policy.updates.spacing)))
    at = _after_hold(state, at)

    def act(draft: Draft) -> None:
        draft.done(stage.key)
        _ACTS[stage.do](draft, stage)

    return Step(
        at=at,
        rank=(_STAGES, place),
        what=stage.key,
        why=in_words(stage),
        act=act,
        writes=stage.offers,
    )


def in_words(stage: Stage) -> str:
    """Why the stage falls due."""
    return {
        "delay": f"the line is {stage.days} days late against the first date",
        "waited": f"the customer has waited for {stage.days} days",
        "overdue": f"the promised day passed {stage.days} days ago"
        if stage.days
        else "the promised day passed",
        "no_date": f"there has been no date for {stage.days} days" if stage.days else "there is no date",
    }[stage.measure]


def _offer_alternatives(draft: Draft, stage: Stage) -> None:
    found = draft.state.around.alternatives
    if not found:
        draft.because("nothing in stock can stand in, so nothing was offered")
        return
    offer = Offer(key=stage.key, kind=Kind.ALTERNATIVES, on=draft.day, alternatives=found)
    draft.change(offers=(*draft.state.offers, offer))
    draft.tell(stage.key, Kind.ALTERNATIVES, Facts(quantity=draft.state.quantity.open, alternatives=found))
    draft.mark(offer=draft.day)


def _coupon(draft: Draft, stage: Stage) -> None:
    until = draft.day + timedelta(days=stage.valid)
    code = coupon_code(draft.state.id, stage.id)
    offer = Offer(
        key=stage.key,
        kind=Kind.COUPON,
        on=draft.day,
        percent=stage.percent,
        code=code,
        valid_until=until,
    )
    draft.change(offers=(*draft.state.offers, offer))
    draft.publish("coupon_issued", code=code, percent=str(stage.percent), valid_until=until.isoformat())
    if not draft.state.around.marketing:
        draft.because("the customer did not agree to promotions, so the coupon is not sent")
        return
    facts = Facts(quantity=draft.state.quantity.open, percent=stage.percent, code=code, valid_until=until)
    draft.tell(stage.key, Kind.COUPON, facts)
    draft.mark(offer=draft.day)


def coupon_code(backorder: str, stage: str) -> str:
    """A code that is the same however often it is worked out, and that gives nothing away."""
    digest = sha256(f"{backorder}\n{stage}".encode()).digest()
    return "BK-" + b32encode(digest[:5]).decode()


def _escalate(draft: Draft, stage: Stage) -> None:
    draft.need(f"escalated:{stage.id}")
    draft.publish("escalated", stage=stage.id, reason=in_words(stage))


_ACTS: dict[str, Callable[[Draft, Stage], None]] = {
    "offer_alternatives": _offer_alternatives,
    "coupon": _coupon,
    "escalate": _escalate,
}


# --- endings by policy


def _endings(policy: Policy, state: State) -> Iterator[Step]:
    if state.status is not Status.WAITING:
        return
    for place, stage in enumerate(policy.stages):
        if stage.do != "cancel" or state.is_done(stage.key):
            continue
        day = due_day(policy, state, stage)
        if day is None:
            continue
        if state.ending is None:
            yield _announcing(policy, state, stage, place, day)
        elif state.ending.stage == stage.id and day <= state.ending.on:
            yield _ending(policy, state, stage, place)


def _announcing(policy: Policy, state: State, stage: Stage, place: int, day: date) -> Step:
    at = _after_hold(state, _due(policy, state, day - NOTICE_OF_ENDING))

    def act(draft: Draft) -> None:
        if draft.state.ending is not None:
            return
        on = max(day, draft.day + NOTICE_OF_ENDING)
        draft.change(ending=Ending(stage=stage.id, on=on))
        draft.publish("ending_due", stage=stage.id, on=on.isoformat())

    why = f"the line ends by the policy in {NOTICE_OF_ENDING.days} days: {in_words(stage)}"
    return Step(at=at, rank=(_ENDINGS, place), what="ending_due", why=why, act=act)


def _ending(policy: Policy, state: State, stage: Stage, place: int) -> Step:
    on = state.ending.on if state.ending else date.max

    def act(draft: Draft) -> None:
        draft.done(stage.key)
        open_now = draft.state.quantity.open
        cancel_units(draft, key=stage.key, count=open_now, reason="policy", received_at=draft.at)
        settle(draft)

    at = _after_hold(state, policy.look(on))
    return Step(at=at, rank=(_ENDINGS, place), what=stage.key, why=in_words(stage), act=act, writes=True)


# --- money


def _authorization(policy: Policy, state: State) -> Iterator[Step]:
    payment = state.payment
    if payment.state != "authorized" or payment.expires_at is None:
        return
    key = f"authorization/{payment.expires_at.date().isoformat()}"
    if state.is_done(key):
        return

    def act(draft: Draft) -> None:
        draft.done(key)
        draft.publish("authorization_expiring", expires_at=_stamp(payment.expires_at))

    at = max(state.opened_at, payment.expires_at - BEFORE_EXPIRY)
    why = "the authorization of the payment runs out"
    yield Step(at=at, rank=(_DUTIES, 0), what="authorization_expiring", why=why, act=act)


def _refund_overdue(policy: Policy, state: State) -> Iterator[Step]:
    refund = state.refund
    if refund is None or refund.remaining <= 0:
        return
    key = f"refund_overdue/{refund.due_by.isoformat()}"
    if state.is_done(key):
        return

    def act(draft: Draft) -> None:
        draft.done(key)
        draft.need("refund_overdue")
        draft.publish("refund_overdue", remaining=str(refund.remaining), currency=refund.currency)

    at = policy.look(refund.due_by + timedelta(days=1))
    yield Step(
        at=at, rank=(_DUTIES, 0), what="refund_overdue", why="the refund was not sent in time", act=act
    )


def _stamp(at: datetime | None) -> str:
    return at.isoformat().replace("+00:00", "Z") if at else ""
