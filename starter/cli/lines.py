"""What is asked of one line: start, cancel, ship, answer, hold, refund, payment."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from backorder.errors import RefusedError
from starter.cli.faults import named_as, named_as_typed
from starter.cli.fields import field, line_argument, promotions, said
from starter.cli.output import DONE, NO_EFFECT, PENDING, REFUSED, as_json_option, heed, say, say_json, well
from starter.cli.params import OneOf
from starter.cli.who_asks import audited
from starter.files.nested import dotted, joined

if TYPE_CHECKING:
    from backorder.schemas import ModelT
    from starter.client import AskedOutcome, Backorders, StartedLine

MARKS = {
    "accepted": ("✓", "green"),
    "recorded": ("–", "yellow"),
    "ignored": ("–", "yellow"),
    "rejected": ("✗", "red"),
    "pending": ("…", "yellow"),
}
WITHOUT_EFFECT = frozenset({"recorded", "ignored"})
CODES = {"rejected": REFUSED, "pending": PENDING} | dict.fromkeys(WITHOUT_EFFECT, NO_EFFECT)
_request = field("request_id", "Its own ID: the same one again changes nothing. Default: a new one.")


@click.command()
@click.argument("backorder", metavar="[ORDER/LINE]", required=False)
@click.option("--file", "file", metavar="FILE", help="The line as a JSON object; - reads standard input.")
@field("sku", "The product.")
@field("quantity", "Units that wait.")
@field("customer.id", "The customer's ID.", option="--customer")
@field("customer.name", "The customer's name.", option="--name")
@field("customer.kind", "consumer or business.", option="--kind")
@field("customer.email", "Email address.", option="--email")
@field("customer.phone", "Phone number, like +441632960961.", option="--phone")
@field("customer.contact", "usual, or none: nobody can be written to.", option="--contact")
@field(
    "customer.locale",
    "Their language, like de or en_GB; otherwise English, in the forms of their region.",
    option="--locale",
)
@field("customer.time_zone", "Like Europe/Berlin.", option="--time-zone")
@field("customer.region", "ISO 3166, like DE or US-CA.", option="--region")
@field("customer.sms_consent", "Agreed to texts.", flag=True, option="--sms-consent")
@promotions
@field("unit_price", "Price of a unit, like 12.50.")
@field("currency", "ISO 4217, like EUR.")
@field("line_paid", "What was paid for the line. Default: quantity times price.")
@field("shipping_paid", "What was paid for shipping.")
@field("payment", "captured, authorized or unpaid.")
@field("ordered_at", "When it was ordered, like 2026-05-01T10:00:00Z. Default: now.")
@field("completed_at", "When the order was complete.")
@field("credit", "Bought on credit.", flag=True)
@field("ship_by", "The end of the window that was shown with the offer.")
@field("essential", "That day was essential to the customer.", flag=True)
@field("pack", "The law of the line. Default: auto, that of the region.")
@field("pack_reason", "Why another law than that of the region.")
@field("policy", "The policy. Default: standard.")
@field("priority", "Higher is served first. Default: 0.")
@field("promised.by", "The date the customer was already promised.", option="--promised-by")
@field("promised.told_at", "When the customer was told.", option="--told-at")
@as_json_option
def start(backorder: str | None, file: str | None, as_json: bool, **fields: object) -> None:
    """Start a backorder for an order line that is out of stock.

    The fields come as options, or as a JSON object with --file; options win. The same line again changes
    nothing; the same ID with other content is refused.

    \b
    backorder start A-1001/1 --sku DESK --quantity 2 --customer C-7 --name "Ann Lee" \\
      --email ann@example.com --region DE --unit-price 420.00 --currency EUR --payment captured
    """
    from backorder.domain.keys import joined as key_of
    from backorder.domain.tasks import human_task
    from starter.cli.files import read_object
    from starter.cli.session import opened

    options = said(fields)
    raw = joined(read_object(file) if file else {}, options)
    place = dict.fromkeys(("order_id", "line_id"), "ORDER/LINE")
    named_as(
        also={} if file and backorder is None else place, only=frozenset(dotted(options)) if file else None
    )
    if backorder is not None:
        raw["order_id"], raw["line_id"] = _parts(backorder)
    with opened() as session:
        line = session.order_line(raw, usual={"ordered_at": session.now()}, typed=True)
        with audited(("backorder", key_of(line.order_id, line.line_id))):
            started = session.ask(lambda client: client.start(line))
    if as_json:
        say_json(asdict(started))
    else:
        for each in started.warnings:
            heed(named_as_typed(each))
        for flag in started.flags:
            heed(human_task(flag).what)
        words = "started" if started.new else "is on record already, with the same content"
        well(f"{started.id} {words if started.running else _without_workflow(started)}")
        say(f"  backorder show {shlex.quote(started.id)}")
    click.get_current_context().exit(DONE if started.running or started.closed else PENDING)


def _without_workflow(started: StartedLine) -> str:
    """A line whose workflow is not known to run."""
    if started.closed:
        return "is on record already, and has ended"
    return (
        "is on record, but nothing runs for it yet; the sweep starts it once Temporal and a worker are there"
    )


@click.command()
@line_argument
@field("reason", "Why, in words.")
@field("quantity", "Units to cancel. Default: every open one.")
@field("by", "customer, shop or supplier. Default: shop.")
@field("received_at", "When it was asked for. Default: now.")
@_request
@as_json_option
def cancel(backorder: str, as_json: bool, **fields: object) -> None:
    """Cancel a line, or a part of it. Units that were set aside go to the next in the queue."""
    from backorder.schemas import Cancellation

    act_on(backorder, Cancellation, fields, as_json, lambda client, asked: client.cancel(backorder, asked))


@click.command()
@line_argument
@field("quantity", "Units that the carrier holds.")
@field("shipment_id", "The shipment's ID: the same one again changes nothing.", option="--shipment")
@field("shipped_at", "When the carrier got them. Default: now.")
@field("carrier", "Who carries them.")
@field("tracking", "The number to follow them by.")
@as_json_option
def ship(backorder: str, as_json: bool, **fields: object) -> None:
    """Report that the carrier holds units of a line."""
    from backorder.schemas import Shipment

    act_on(
        backorder, Shipment, fields, as_json, lambda client, new_request: client.ship(backorder, new_request)
    )


@click.command()
@line_argument
@click.argument("choice", metavar="CHOICE", type=OneOf(["keep", "cancel", "withdraw", "alternative"]))
@field("sku", "The alternative that was chosen.")
@field("price", "Of one unit of it, as the customer saw it. Default: as it was offered.")
@field("quantity", "Units. Default: every open one.")
@field("until", "The last day that the customer waits for: a day, a length like 30d, or an instant.")
@field("indefinite", "The customer keeps waiting however long it takes.", flag=True)
@field("revision", "The revision of the promise that was answered.")
@field("rest", "cancel: the units that are not kept are cancelled. Default: they wait for an answer.")
@field("via", "email, sms, page, phone… Default: agent.")
@field("received_at", "When it came. Default: now.")
@field("evidence", "Where the answer is on record.")
@_request
@as_json_option
def answer(backorder: str, choice: str, as_json: bool, **fields: object) -> None:
    """Hand in what the customer answered. CHOICE: keep (waiting), cancel, withdraw (from the contract),
    or alternative (take it).
    """
    from backorder.schemas import Answer

    fields["choice"] = choice
    act_on(
        backorder, Answer, fields, as_json, lambda client, new_request: client.answer(backorder, new_request)
    )


@click.command()
@line_argument
@click.argument("outcome", metavar="OUTCOME", type=OneOf(["taken", "refused"]))
@field("swap", "The request that chose it, as the event names it. Default: the one that is held.")
@field("reason", "Why it cannot be sent, in words.")
@field("received_at", "When that was said. Default: now.")
@_request
@as_json_option
def swap(backorder: str, outcome: str, as_json: bool, **fields: object) -> None:
    """Say what the order system makes of what the customer took instead. OUTCOME: taken (over), or refused.

    Refused, or silent for 24 hours, the line goes on as before; the customer reads an apology.
    """
    from backorder.schemas import SwapOutcome

    def act(client: Backorders, new_request: SwapOutcome) -> Awaitable[AskedOutcome]:
        return client.swap(backorder, new_request)

    act_on(backorder, SwapOutcome, fields | {"taken": outcome == "taken"}, as_json, act)


@click.command()
@line_argument
@field("at", "When it was. Default: now.")
@field("medium", "call, letter, visit…")
@field("by_date", "The day that was named. Default: none could be named.")
@field("offered", "It offered to cancel, with a prompt refund.", flag=True)
@field("text", "The words that were said or written.")
@_request
@as_json_option
def notice(backorder: str, as_json: bool, **fields: object) -> None:
    """Record a call or a letter by which the customer was told.

    With --offered it counts as the notice that the law wants: the words named the new date or why there is
    none, the right to cancel with a refund, a free way to answer, and what silence means.
    """
    from backorder.schemas import NoticeGiven

    def act(client: Backorders, new_request: NoticeGiven) -> Awaitable[AskedOutcome]:
        return client.notice(backorder, new_request)

    act_on(backorder, NoticeGiven, fields, as_json, act)


@click.command()
@line_argument
@field("by", "The last day on which it ships.")
@field("reason", "Why, in words.")
@field("evidence", "What the promise rests on, like the supplier's mail.")
@_request
@as_json_option
def promise(backorder: str, as_json: bool, **fields: object) -> None:
    """Promise the customer a day that the forecast does not say. It stands until the supply moves."""
    from backorder.schemas import PromiseMade

    def act(client: Backorders, new_request: PromiseMade) -> Awaitable[AskedOutcome]:
        return client.promise(backorder, new_request)

    act_on(backorder, PromiseMade, fields, as_json, act)


@click.command()
@line_argument
@field("until", "A day (its beginning at the shop), a length like 7d, or an instant.")
@field("reason", "Why, in words.")
@_request
@as_json_option
def hold(backorder: str, as_json: bool, **fields: object) -> None:
    """Send no messages for a while, 30 days at most. Legal deadlines run on."""
    from backorder.schemas import HoldRequest

    def act(client: Backorders, new_request: HoldRequest) -> Awaitable[AskedOutcome]:
        return client.hold(backorder, new_request)

    act_on(backorder, HoldRequest, fields, as_json, act)


@click.command("refuse-delivery")
@line_argument
@field("reason", "Why, in words.")
@field("actor", "Who says so.", option="--by")
@_request
@as_json_option
def refuse_delivery(backorder: str, as_json: bool, **fields: object) -> None:
    """Say that the shop does not deliver what is open of a line.

    Only the laws of the European Union and the United Kingdom leave the end to the customer then: they hear
    at once that they may cancel now and get their money back. Everywhere else, cancel the line. It stands
    until the shop promises a day after all.
    """
    from backorder.schemas import DeliveryRefusal

    def act(client: Backorders, new_request: DeliveryRefusal) -> Awaitable[AskedOutcome]:
        return client.refuse_delivery(backorder, new_request)

    act_on(backorder, DeliveryRefusal, fields, as_json, act)


@click.command("force-majeure")
@line_argument
@field("reason", "What happened, in words.")
@field("actor", "Who decides.", option="--by")
@_request
@as_json_option
def force_majeure(backorder: str, as_json: bool, **fields: object) -> None:
    """Refuse a refund since an event beyond the shop's control excuses the late delivery.

    Only the law of India knows it, and only for what the customer cancelled after the stated day. It is a
    person's decision, kept with its reason; tell the customer why.
    """
    from backorder.schemas import ForceMajeure

    def act(client: Backorders, new_request: ForceMajeure) -> Awaitable[AskedOutcome]:
        return client.force_majeure(backorder, new_request)

    act_on(backorder, ForceMajeure, fields, as_json, act)


@click.command()
@line_argument
@field("amount", "What was sent back, like 12.50, in the line's currency.")
@field("refund_id", "The refund's ID: the same one again changes nothing.", option="--refund")
@field("sent_at", "When it was sent. Default: now.")
@field("failed_at", "When it turned out not to have arrived, in place of --sent-at.")
@field("means", "How it was sent, like card or bank transfer.")
@field("agreed", "The customer paid by these means, or expressly agreed to them.", flag=True)
@as_json_option
def refund(backorder: str, as_json: bool, **fields: object) -> None:
    """Report money that was sent back to the customer, or that did not arrive."""
    from backorder.schemas import RefundReport

    act_on(backorder, RefundReport, fields, as_json, lambda client, asked: client.refund(backorder, asked))


@click.command()
@line_argument
@click.argument("state", metavar="STATE", type=OneOf(["captured", "authorized", "unpaid"]))
@field("at", "Since when. Of several reports the latest instant counts. Default: now.")
@field("expires_at", "When the authorization ends.")
@field("pay_url", "Where the customer can authorize it again.")
@_request
@as_json_option
def payment(backorder: str, state: str, as_json: bool, **fields: object) -> None:
    """Report how the payment of a line stands now. STATE: captured, authorized or unpaid.

    captured means all that was paid for the line: what was cancelled of it is owed back from then on.
    """
    from backorder.schemas import PaymentReport

    fields["state"] = state
    act_on(backorder, PaymentReport, fields, as_json, lambda client, asked: client.payment(backorder, asked))


def act_on(
    backorder: str,
    model: type[ModelT],
    fields: Mapping[str, object],
    as_json: bool,
    act: Callable[[Backorders, ModelT], Awaitable[AskedOutcome]],
    adds: Callable[[AskedOutcome], Mapping[str, str]] = lambda outcome: {},
    *,
    by: str = "actor",
) -> None:
    """Ask something of a line, say what became of it and exit with the code for that.

    fields: of the model, as they were said; a request_id that was not said is made up. adds: what programs
    are told besides. by: see `audited`.
    """
    from starter.cli.session import opened

    raw = said(fields)
    id_field = next(name for name in model.model_fields if name.endswith("_id"))
    if id_field == "request_id":
        raw.setdefault(id_field, f"cli-{secrets.token_hex(8)}")
    with opened() as session:
        new_request = session.parse(
            model, raw, about=backorder, besides=lambda left: session.unknown_line(backorder)
        )
        with audited(("backorder", backorder), by=by):
            outcome = session.ask(lambda client: act(client, new_request))
    if as_json:
        id = getattr(new_request, id_field)
        effect = {"verdict": outcome.verdict, "effect": outcome.verdict == "accepted"}
        more = dict(adds(outcome))
        found = {"backorder": backorder, "request": outcome.request, id_field: id, **more, **effect}
        say_json(found | {"reason": outcome.reason})
    else:
        mark, colour = MARKS[outcome.verdict]
        vain = ", without effect" if outcome.verdict in WITHOUT_EFFECT else ""
        words = click.style(f"{mark} {outcome.verdict}{vain}", fg=colour)
        say(f"{words}  {backorder}: {plain_reason(outcome.reason)}")
    click.get_current_context().exit(CODES.get(outcome.verdict, DONE))


def plain_reason(text: str) -> str:
    """A reason as people read it, without markup."""
    from rich.text import Text

    from starter.cli import wording

    return Text.from_markup(wording.reason(text)).plain


def _parts(backorder: str) -> tuple[str, str]:
    from backorder.domain.keys import as_typed

    try:
        return as_typed(backorder)
    except ValueError as error:
        raise RefusedError([f"ORDER/LINE: {error}"]) from None
