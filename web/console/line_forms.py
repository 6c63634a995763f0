"""What an agent may do about a line, one row a form: what it sends, and how it is checked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Never, TypeAlias

from backorder import schemas
from backorder.domain.tasks import human_task
from backorder.errors import RejectedError
from backorder.ports import RequestOutcome
from backorder.queries.views import AlternativeView, CaseView
from starter.client import Backorders
from web.console.visit import Visit

Submit: TypeAlias = Callable[[Backorders, str, Never], Awaitable[RequestOutcome]]
"""A method of the client that asks something of a line; it takes the model of its own row."""
Fields: TypeAlias = dict[str, object]
RELEASED_WITHIN = timedelta(minutes=1)
"""When a hold is over that somebody ends: a hold cannot end in the past."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineForm:
    """A form about a line.

    what, done: how the page says what was sent, and that it was done. fields: what a person fills in; also:
    what the page knows and nobody fills in. needs: whether the line has anything to do it to. sure: it cannot
    be taken back, so that what will happen is shown first.
    """

    name: str
    what: str
    done: str
    model: type[schemas.LineRequest]
    submit: Submit
    fields: Sequence[str]
    also: Callable[[Visit, CaseView], Fields]
    needs: Callable[[CaseView], bool]
    sure: bool = False


def raw_of(visit: Visit, case: CaseView, form: LineForm) -> Mapping[str, object]:
    """What a form says, as its model takes it."""
    said = {name: value for name, value in visit.fields.items() if name in form.fields}
    return {"request_id": visit.own_id(f"console-{form.name}"), **said, **form.also(visit, case)}


def offered(case: CaseView) -> Mapping[str, AlternativeView]:
    """What the customer may take instead, by its SKU, as it is to be had now."""
    return {
        each.sku: each
        for offer in case.offers
        if not offer.void
        for each in offer.alternatives
        if each.available
    }


def _nothing(visit: Visit, case: CaseView) -> Fields:
    return {}


def _actor(visit: Visit, case: CaseView) -> Fields:
    return {"actor": visit.actor}


def _answer(visit: Visit, case: CaseView) -> Fields:
    """The price of what is taken instead is the one that was shown."""
    sku, shown = visit.form.get("sku", ""), visit.form.get("price", "")
    if visit.form.get("choice") != "alternative":
        return {}
    known = offered(case).get(sku)
    return {"price": shown or str(known.price)} if known else {}


def _release(visit: Visit, case: CaseView) -> Fields:
    until = visit.desk.now() + RELEASED_WITHIN
    return {"until": until.isoformat(), "reason": f"ended by {visit.actor}"}


def _flag(visit: Visit, case: CaseView) -> Fields:
    """Raises RejectedError for what ends by itself."""
    flag = visit.form.get("flag", "")
    if flag and not human_task(flag).by_hand:
        raise RejectedError(f"{flag} ends by itself: {human_task(flag).what}")
    return {"actor": visit.actor}


def _is_open(case: CaseView) -> bool:
    return bool(case.quantity.waiting or case.quantity.allocated)


def _waits_for(case: CaseView) -> bool:
    return any(each.closed_at is None for each in case.complaints)


LINE_FORMS: Mapping[str, LineForm] = {
    each.name: each
    for each in (
        LineForm(
            name="answer",
            what="The customer’s answer",
            done="The customer’s answer is on record.",
            model=schemas.Answer,
            submit=Backorders.answer,
            fields=(
                "choice",
                "sku",
                "quantity",
                "until",
                "indefinite",
                "revision",
                "rest",
                "via",
                "received_at",
                "evidence",
            ),
            also=_answer,
            needs=_is_open,
            sure=True,
        ),
        LineForm(
            name="cancel",
            what="The cancellation",
            done="It is cancelled.",
            model=schemas.Cancellation,
            submit=Backorders.cancel,
            fields=("reason", "quantity", "by", "received_at"),
            also=_nothing,
            needs=_is_open,
            sure=True,
        ),
        LineForm(
            name="notice",
            what="The call or letter",
            done="The call or letter is on record.",
            model=schemas.NoticeGiven,
            submit=Backorders.notice,
            fields=("at", "medium", "by_date", "offered", "text"),
            also=_nothing,
            needs=lambda case: True,
        ),
        LineForm(
            name="hold",
            what="The hold",
            done="Messages are held.",
            model=schemas.HoldRequest,
            submit=Backorders.hold,
            fields=("until", "reason"),
            also=_nothing,
            needs=_is_open,
        ),
        LineForm(
            name="release",
            what="The end of the hold",
            done="The hold ends within a minute.",
            model=schemas.HoldRequest,
            submit=Backorders.hold,
            fields=(),
            also=_release,
            needs=lambda case: case.hold is not None,
        ),
        LineForm(
            name="flag",
            what="What needed you",
            done="That is ticked off.",
            model=schemas.FlagDone,
            submit=Backorders.clear,
            fields=("flag", "note"),
            also=_flag,
            needs=lambda case: bool(case.needs),
        ),
        LineForm(
            name="complaint",
            what="The end of the complaint",
            done="The complaint is ended, and its customer gets your words.",
            model=schemas.ComplaintEnd,
            submit=Backorders.close_complaint,
            fields=("ticket", "text"),
            also=_actor,
            needs=_waits_for,
            sure=True,
        ),
    )
}
"""One row a form, by the end of its path."""
