"""How statuses, steps, reasons and flags read. Plain text: whoever shows it escapes it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from backorder.domain.complaints import COMPLAINT_DUE
from backorder.domain.line.legal_flags import CALL, INCOMPLETE, LEAVES_OR_ENDS, TELL, UNCONFIRMED
from backorder.domain.line.refunds import DUE_SOON
from backorder.domain.notifications import NOTIFICATIONS
from backorder.domain.policy.policy import STAGE_ACTIONS
from backorder.domain.tasks import ESCALATED, human_task
from backorder.queries.views import MessageView, NextView, WayView

STEPS = {kind.value: row.next for kind, row in NOTIFICATIONS.items()}
STEPS |= {action: row.next for action, row in STAGE_ACTIONS.items()}
STEPS |= {
    "coupon_issued": "issue the coupon",
    "ending_due": "announce the ending",
    "escalated": "escalate to a person",
    "refund_due": "ask for the refund",
    "refund_overdue": "refund overdue",
    "authorization_expiring": "warn: authorization ends",
    "capture_due": "ask for the capture",
    "void_due": "ask to void the payment",
    "allocated": "hand the units to shipping",
    "hold": "end of the hold",
    "start": "first look",
    "units_passed_on": "give its units to the next in the queue",
    "second_way": "the notice, by another channel too",
    CALL: "a person calls: the notice of the delay",
    TELL: "a person tells the customer",
    INCOMPLETE: "a person calls: the notice lacks words",
    UNCONFIRMED: "a person calls: did the notice arrive?",
    LEAVES_OR_ENDS: "a person sees that it leaves, or it ends",
    DUE_SOON: "a person sends the refund",
    COMPLAINT_DUE: "a person ends the complaint",
}
MESSAGES = {kind.value: row.label for kind, row in NOTIFICATIONS.items()}
EVENTS = {
    "started": "taken up",
    "ticked": "looked at",
    "supply_changed": "supply changed",
    "message_sent": "told",
    "message_failed": "not told",
    "message_not_sent": "not sent",
    "message_unknown": "not known to have gone",
    "cancel_requested": "cancellation",
    "shipped": "shipment",
    "answered": "answer",
    "held": "hold",
    "notice_given": "call or letter",
    "promise_made": "promise by hand",
    "refund_sent": "refund",
    "force_majeure_decided": "force majeure",
    "delivery_refused": "not delivered",
    "message_delivered": "arrived",
    "payment_changed": "payment",
    "contact_changed": "contact corrected",
    "flag_cleared": "ticked off",
    "priority_changed": "priority",
    "policy_moved": "policy",
    "resend_requested": "sent again",
}
"""What a timeline names, by its entries' `what`."""
ROLES = frozenset({"customer", "shop", "supplier", "policy", "order system"})
"""Those in a timeline who are no person with a name."""
VERDICTS = {"recorded": "without effect", "ignored": "nothing to do"}
MESSAGE_STATES = {
    "planned": "goes on",
    "claimed": "is being sent",
    "unknown": "not known to have gone",
    "failed": "did not go",
    "withdrawn": "taken back",
}
"""What became of a message that has not gone."""
_UNSENT = {"withdrawn": "taken back", "claimed": "is being sent", "planned": "waits to go"}
_WAYS = {
    "open": "nothing is in its way",
    "waiting": "takes it if the other cannot",
    "resting": "was refused for now",
    "failed": "cannot take it",
    "lost": "is not known there",
    "blocked": "was refused for now",
    "refused": "was refused for now",
    "unknown": "nobody knows yet whether it went",
}
_WHY = {
    "no_supply": "not enough is on order to cover it",
    "supplier_unsure": "the supplier cannot say",
    "overdue": "the date passed without news",
    "uncertain": "the forecast is later by now",
    "unstated": "nobody has stated one, and it was moved too often to guess again",
    "unsent": "its units are here but have not left as planned",
    "supply_moved": "what was planned for it comes later",
    "withdrawn": "units set aside were not there",
}
_OF_MESSAGES = (" was sent", " is sent again", " was taken back before it went")
"""What reasons say behind a kind of message, and the event that they belong to says too."""
_FLAG = re.compile(r"(\S+) (needs nobody any more|is done)")
_ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b(?!T)")


def day_in_words(value: date, today: date | None = None) -> str:
    """A day, short; with its year where that is not today's."""
    words = f"{value:%a} {value.day} {value:%b}"
    return words if today is not None and value.year == today.year else f"{words} {value.year}"


def dated(text: str, said: Callable[[date], str]) -> str:
    """The text with its ISO days in another form."""

    def form(found: re.Match[str]) -> str:
        try:
            return said(date.fromisoformat(found.group()))
        except ValueError:
            return found.group()

    return _ISO.sub(form, text)


def step(name: str) -> str:
    """A thing to come."""
    return STEPS.get(name, name.replace("_", " "))


def kind(name: str) -> str:
    """A kind of message."""
    return MESSAGES.get(name, name.replace("_", " "))


def why(name: str | None) -> str:
    """Why a date is missing or moved."""
    return _WHY.get(name, name.replace("_", " ")) if name else ""


def reason(text: str, *, named: bool = True) -> str:
    """Why something was or will be done. named: with the step in front of each reason."""
    parts = []
    for part in text.split("; "):
        done = next((each for each in _OF_MESSAGES if part.endswith(each)), None)
        if done is not None:
            parts.append(kind(part.removesuffix(done)))
            continue
        if flag := _FLAG.fullmatch(part):
            parts.append(f"“{need(flag[1])}” {flag[2]}")
            continue
        name, colon, words = part.partition(": ")
        stage = name.removeprefix("stage/")
        known = stage != name or name in STEPS
        if known and colon and not named:
            parts.append(words)
        elif known and colon:
            parts.append(f"{f'stage {stage}' if stage != name else step(name)}: {words}")
        else:
            parts.append(part)
    return "; ".join(dict.fromkeys(parts))


def need(name: str) -> str:
    """What waits for a person."""
    stage = name.removeprefix(ESCALATED)
    return f"{human_task(name).what} {stage}" if stage != name else human_task(name).what


def commands_for(name: str, backorder: str, customer: str) -> tuple[str, ...]:
    """The commands that end what a line needs. customer: their ID."""
    task, about, who = human_task(name), shlex.quote(backorder), shlex.quote(customer)
    done = [f"backorder task done {about} {shlex.quote(name)} --note … --by NAME"] if task.by_hand else []
    return (*(each.format(about=about, customer=who) for each in task.commands), *done)


def needs(names: Sequence[str]) -> str:
    """What waits for a person, in short."""
    stages = [name.removeprefix(ESCALATED) for name in names if name.startswith(ESCALATED)]
    others = [need(name) for name in names if not name.startswith(ESCALATED)]
    return "; ".join([*([f"escalated: {', '.join(stages)}"] if stages else []), *others])


def cancelled_by(who: str) -> str:
    """Who cancelled, or what did: cancelled by the shop."""
    usual = {"policy": "cancelled by the policy", "no_consent": "cancelled as no consent came"}
    return usual.get(who, f"cancelled by the {who}")


def unsent(message: MessageView) -> str:
    """Why a message has not gone."""
    return message.reason or _UNSENT.get(message.state, message.state)


def ways(message: MessageView) -> list[tuple[str, WayView]]:
    """How each channel stands by which a message that waits can go, in words; none where all is well."""
    if len(message.ways) == 1 or all(each.state in ("open", "waiting") for each in message.ways):
        return []
    return [(_way(each), each) for each in message.ways]


def _way(way: WayView) -> str:
    if way.state == "paused" and way.reason:
        return way.reason
    return (
        f"{'text' if way.channel == 'sms' else way.channel}: {way.reason or _WAYS.get(way.state, way.state)}"
    )


def folded(soon: Iterable[NextView]) -> Iterator[tuple[NextView, NextView, int]]:
    """What is to come with repetitions folded: the first, the last, how often again."""
    runs: list[list[NextView]] = []
    known: set[tuple[datetime, str]] = set()
    for each in soon:
        if (each.at, each.what) in known:
            continue
        known.add((each.at, each.what))
        if runs and (runs[-1][0].what, runs[-1][0].why) == (each.what, each.why):
            runs[-1].append(each)
        else:
            runs.append([each])
    for run in runs:
        last = run[-1]
        end = replace(last, at=last.last) if last.last else last
        yield run[0], end, len(run) - 1 + sum(each.again for each in run)
