"""The shop's rules: what is loaded, loading a policy, and what one leads to before it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated

from fastapi import Path, Query
from sqlalchemy import Connection
from starlette.responses import Response

from backorder.domain.backtest.tally import Tally
from backorder.domain.line.rehearsal import Example, Moment, Slip, Who, rehearse
from backorder.domain.money import rounded
from backorder.domain.policy.policy import Policy
from backorder.domain.worth import AssumedCoupons
from backorder.errors import UnknownError
from backorder.queries.coupon_budgets import CouponBudgetView, coupon_budgets
from backorder.queries.coupon_budgets import read_place as place_of_budget
from backorder.queries.policy_list import (
    PolicyTextView,
    PolicyVersionView,
    policy_list,
    policy_text,
    read_place,
)
from backorder.queries.supply_lists import LIMIT
from backorder.queries.views import as_json
from backorder.schemas.policies import CURRENCY, PolicyBacktest, PolicyPlan, PolicyText
from backorder.services.backtest_policies import APPROXIMATED, RECORDED, backtest, cost
from backorder.services.load_policy import (
    PolicyLoaded,
    breaches,
    faults_of,
    faults_of_texts,
    policies_of,
    policy_of,
)
from backorder.storage.acting import snapshot, version_of
from web import policy_examples as examples
from web.answers import answer, read
from web.calls import CurrentCall, Doors
from web.lines import Cursor, Limit, Text
from web.page_cursors import of_this_list
from web.path_ids import id_of, new_id_of
from web.record_faults import known_body
from web.row_versions import with_version
from web.shapes import Items, Shape

doors = Doors("policies")
POLICIES = "/v1/policies"
READ_BY = ("admin", "agent")
Preview = Annotated[bool, Query(description="Check it, say what would be loaded, and write nothing.")]
PolicyName = Annotated[str, Path(description="The policy's name, as its text has it.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyMoment:
    """Something that happens to the example line. at: business time. day: so many days after the order.

    who: customer (a message), shop (an event for it), supplier, warehouse or law. what: the kind of message,
    the event, the rule, or what happens. why: in words; "" where the message says it itself. facts: what a
    message states. promised: the last day told so far. due: the last day of a duty that is open from then on.
    """

    at: datetime
    day: int
    who: Who
    what: str
    why: str
    facts: Mapping[str, object] | None
    promised: date | None
    due: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPlanned:
    """What a customer would get, and when. name, version: of the policy. moments: in their order.

    breaches: what it rules that breaks a law it names, so that it could not be loaded.
    """

    name: str
    version: str
    breaches: tuple[str, ...]
    moments: tuple[PolicyMoment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyTally:
    """What would have come of the lines under a policy. name, version: of the policy. lines: how many.

    messages: how many went, by kind. messages_a_line: on average. in_time, too_late: notices of delay that
    went before the promised day, or later. in_time_share: of them, those in time; null where there were none.
    first_kept, last_kept: of the lines that left and had a date (first_due), those that left by the first and
    by the last day promised. first_due: lines that left and had a date. told_days, had_days: of the same
    lines, days from the first promised day to the last one, and to the day they left. coupons: issued.
    coupon_value: their face value by currency. coupon_cost: what they would have cost, as is assumed.
    waiting_coupons: codes that wait on a page. escalations: calls for a person. endings: lines, by how they
    ended. unknown: lines whose ending nobody can say, by the reason. same: lines whose customers heard the
    same as on record. otherwise: lines that ended, and whose customers would have heard something else.
    """

    name: str
    version: str
    lines: int
    messages: dict[str, int]
    messages_a_line: float
    in_time: int
    too_late: int
    in_time_share: float | None
    first_kept: int
    last_kept: int
    first_due: int
    told_days: int
    had_days: int
    coupons: int
    coupon_value: dict[str, Decimal]
    coupon_cost: dict[str, Decimal]
    waiting_coupons: int
    escalations: int
    endings: dict[str, int]
    unknown: dict[str, int]
    same: int
    otherwise: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestView:
    """What would have come of the lines. since: the day from which on they were opened.

    lines: how many were played. policies: side by side, as in the body. assumed: what nobody counts of
    coupons. recorded, approximated: what the play rests on, in words.
    """

    since: date
    lines: int
    policies: tuple[PolicyTally, ...]
    assumed: AssumedCoupons
    recorded: tuple[str, ...]
    approximated: tuple[str, ...]


@doors.door(
    "GET",
    POLICIES,
    roles=READ_BY,
    shape=Shape(answers={200: Items[PolicyVersionView], 304: None}),
    together=of_this_list(read_place),
)
async def list_policies(
    call: CurrentCall,
    name: Annotated[Text, Query(description="The versions of this policy alone.")] = "",
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> Response:
    """List every version of every policy that was loaded: by name, the newest of each first."""
    page = await call.read(lambda open: policy_list(open, name=name, cursor=cursor, limit=limit))
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "GET",
    "/v1/coupon-budgets",
    roles=READ_BY,
    shape=Shape(answers={200: Items[CouponBudgetView], 304: None}),
    together=of_this_list(place_of_budget),
)
async def list_coupon_budgets(call: CurrentCall, cursor: Cursor = None, limit: Limit = LIMIT) -> Response:
    """List how many coupons each stage with a budget has given out, by month, the newest first."""
    policies = call.desk.services.policies
    page = await call.read(lambda open: coupon_budgets(open, policies, cursor=cursor, limit=limit))
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "GET",
    POLICIES + "/{name}",
    roles=READ_BY,
    shape=Shape(answers={200: PolicyTextView, 304: None}, problems=(404,)),
)
async def read_policy(
    call: CurrentCall,
    name: PolicyName,
    version: Annotated[Text, Query(description="This one; left out: the one that new lines get.")] = "",
) -> Response:
    """Read what a policy says: the text as it was loaded. The ETag of the version that new lines get is for
    the If-Match of the next load."""
    name = id_of(name, "policy")

    def find(open: Connection) -> tuple[PolicyTextView | None, str]:
        return policy_text(open, name, version), version_of(snapshot(open, "policy", name))

    found, row = await call.read(find)
    if found is None:
        raise UnknownError(f"there is no policy {name}" + (f" version {version}" if version else ""))
    return read(call.request, found, version=row if found.current else "")


@doors.door(
    "PUT",
    POLICIES + "/{name}",
    roles=("admin",),
    shape=Shape(
        body=PolicyText,
        example=examples.POLICY,
        left_out=("name",),
        answers={200: PolicyLoaded, 201: PolicyLoaded},
        problems=(409, 412),
    ),
)
async def put_policy(call: CurrentCall, name: PolicyName, preview: Preview = False) -> Response:
    """Load a policy, so that new lines get it; or check it and write nothing.

    The body has the text of the policy's file; the name in it is that of the path. Every fault of it, and
    what it rules that breaks a law it names, has an entry with its key and line, and nothing of it is loaded
    then. Lines keep the version that they started with. The same text again changes nothing; that of an
    earlier version lets new lines get that one again. One policy says nothing of another, so that a folder
    of them may be loaded one by one.
    """
    services = call.desk.services
    place = {"name": new_id_of(name)}
    wanted = await known_body(
        call, PolicyText, place, besides=lambda left: faults_of(left.name, left.text, services.calendar)
    )

    async def as_it_stands() -> PolicyLoaded:
        return await call.work(lambda: services.look_at_policy(wanted, preview=False))

    async def load() -> PolicyLoaded:
        return await call.work(lambda: services.load_policy(wanted))

    if preview:
        look = partial(services.look_at_policy, wanted, preview=True)
        return answer(await call.preview("policy", wanted.name, look, must_exist=False))
    found = await call.act("policy", wanted.name, load, as_it_stands)
    return with_version(call, answer(found, 201 if call.made_it else 200))


@doors.door(
    "POST",
    POLICIES + "/plan",
    roles=("admin",),
    shape=Shape(body=PolicyPlan, example=examples.PLAN, answers={200: PolicyPlanned}),
)
async def plan_policy(call: CurrentCall) -> Response:
    """Show what a customer would get under a policy, and when. Nothing is written, and no line is read.

    The engine itself decides about an example line and a supplier who behaves as the body says. Under a law
    its duties are shown with their last days.
    """
    calendar = call.desk.services.calendar
    wanted = await known_body(call, PolicyPlan, besides=lambda left: faults_of_texts([left.text], calendar))
    today = calendar.day(call.desk.now())

    def plan() -> PolicyPlanned:
        policy = policy_of(wanted.text, calendar)
        return PolicyPlanned(
            name=policy.name,
            version=policy.version,
            breaches=breaches(wanted.text),
            moments=tuple(map(_moment, rehearse(policy, _example(wanted, today)))),
        )

    return answer(await call.work(plan))


def _example(wanted: PolicyPlan, today: date) -> Example:
    return Example(
        ordered=wanted.ordered or today,
        quantity=wanted.quantity,
        lead_days=None if wanted.no_supply else wanted.lead_days,
        spread=wanted.spread,
        slips=tuple(Slip(on=each.on, days=each.days) for each in wanted.slips),
        price=rounded(wanted.price, CURRENCY),
        alternative=not wanted.no_alternative,
        marketing=not wanted.no_marketing,
        region=wanted.region or "",
        pack=wanted.pack,
        ship_by=wanted.ship_by,
    )


def _moment(found: Moment) -> PolicyMoment:
    return PolicyMoment(
        at=found.at,
        day=found.day,
        who=found.who,
        what=found.what,
        why=found.why,
        facts=None if found.facts is None else as_json(found.facts),
        promised=found.promised,
        due=found.due,
    )


@doors.door(
    "POST",
    POLICIES + "/backtest",
    roles=("admin",),
    shape=Shape(body=PolicyBacktest, example=examples.BACKTEST, answers={200: BacktestView}),
)
async def backtest_policies(call: CurrentCall) -> Response:
    """Play the shop's own lines under policies, side by side. Nothing is written.

    Each line is decided by the engine itself, with what was known on each day. What a customer decided who
    would have heard something else is unknown, and counted as that. 2,000 lines are played for one policy at
    most, 1,000 for two, and for 20 s; one call after the other. The command plays any number.
    """
    calendar, now = call.desk.services.calendar, call.desk.now()
    wanted = await known_body(
        call,
        PolicyBacktest,
        besides=lambda left: faults_of_texts(left.policies or (), calendar, "policies"),
    )
    assumed = AssumedCoupons(redeemed=wanted.redeemed, coupon_order=wanted.coupon_order)

    def play(open: Connection) -> BacktestView:
        policies = policies_of(wanted.policies, calendar, "policies")
        found = backtest(open, calendar, policies, wanted.since, now)
        return BacktestView(
            since=found.since,
            lines=found.tallies[0].lines,
            policies=_tallies(policies, found.tallies, assumed),
            assumed=assumed,
            recorded=RECORDED,
            approximated=APPROXIMATED,
        )

    return answer(await call.plan(play))


def _tallies(
    policies: Sequence[Policy], tallies: Sequence[Tally], assumed: AssumedCoupons
) -> tuple[PolicyTally, ...]:
    return tuple(
        PolicyTally(
            name=policy.name,
            version=policy.version,
            messages_a_line=round(tally.messages_a_line, 3),
            in_time_share=tally.in_time_share,
            coupon_cost=cost(tally, assumed),
            **asdict(tally),
        )
        for policy, tally in zip(policies, tallies, strict=True)
    )
