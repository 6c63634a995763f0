"""`backorder customer show|set|erase`: what is held of a customer, how they are reached, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from starter.cli.fields import field, promotions, said
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.who_asks import audited

if TYPE_CHECKING:
    from backorder.queries.customer_view import CustomerData
    from backorder.schemas import Customer, Decision

COMMANDS: Commands = {
    "Customers": {
        "show": ("starter.cli.customers:show", "Show all that is held of a customer."),
        "set": ("starter.cli.customers:change", "Correct a name, an address, a number, a consent."),
        "erase": ("starter.cli.customers:erase", "Erase a customer, as they asked."),
    }
}
_NOTHING = "none"


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def customer() -> None:
    """Who a customer is, and how they are reached."""


@click.command()
@click.argument("id", metavar="ID")
@as_json_option
def show(id: str, as_json: bool) -> None:
    """Show all that is held of a customer."""
    from dataclasses import asdict

    from backorder.queries.customer_view import held
    from backorder.services.change_customer import customer_on_record
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session:
        database = session.services.database
        with reading(database.engine) as connection:
            found = customer_on_record(connection, id, database.policies.calendar)
            rest = held(connection, database, id)
    if as_json:
        say_json(found.model_dump(mode="json") | asdict(rest))
    else:
        _print(found, rest)


@click.command()
@click.argument("id", metavar="ID")
@as_json_option
def erase(id: str, as_json: bool) -> None:
    """Erase a customer, as they asked. What happened stays on record, without their words and contacts.

    While a line or a refund of theirs is open it waits: then it is done by itself once the last is closed.

    \b
    backorder customer erase c-7
    """
    from dataclasses import asdict

    from backorder.errors import ErasureWaitsError
    from starter.cli.session import opened

    with opened() as session, audited(("customer", id), removes=True):
        found = session.services.erasures.ask(id, session.now())
    if found.erased_at is None:
        raise ErasureWaitsError(id, found.waits_for, found.answer_by)
    if as_json:
        fields = asdict(found)
        say_json({name: fields[name] for name in ("customer", "erased_at", "lines")})
    else:
        well(f"{id}: erased, with {how_many(found.lines, 'line', 'lines')}")


@click.command("set")
@click.argument("id", metavar="ID")
@field("name", "The name.")
@field("email", "Email address; none takes it away.")
@field("phone", "Phone number, like +441632960961; none takes it away.")
@field("contact", "usual, or none: nobody can be written to.")
@field(
    "locale",
    "Their language, like de or en_GB; none: English, in the forms of their region.",
)
@field("time_zone", "Like Europe/Berlin; none takes it away.")
@field("region", "ISO 3166, like DE or US-CA.")
@click.option("--sms-consent/--no-sms-consent", default=None, help="Agreed to texts, or not any more.")
@promotions
@click.option("--no-promotions", is_flag=True, help="Agreed to no promotions any more, by any channel.")
@field("update_days", "How often they wish to hear when nothing changes, in days; none: as the policy says.")
@click.option("--by", default="agent", show_default=True, help="Who says so.")
@as_json_option
def change(id: str, by: str, no_promotions: bool, as_json: bool, **fields: object) -> None:
    """Correct what is on record. What could not be delivered and still matters goes out at once.

    \b
    backorder customer set c-7 --email ada@new.example
    """
    from backorder.schemas import Decision
    from starter.cli.session import opened

    fields = {name.removeprefix("customer__"): value for name, value in fields.items()}
    changes = said(fields) | ({"marketing_consent": False} if no_promotions else {})
    for name in ("email", "phone", "locale", "time_zone", "update_days"):
        if changes.get(name) == _NOTHING:
            changes[name] = None
    with opened() as session:
        contacts, now = session.services.contacts, session.now()

        def wrong(_: Decision) -> Sequence[str]:
            unknown = session.unknown("ID", lambda: contacts.read(id))
            return unknown or contacts.faults(id, changes, now)

        by = session.parse(Decision, {"by": by}, besides=wrong).by
        with audited(("customer", id), by="by", replaces=True):
            changed = session.ask(lambda client: client.change_customer(id, changes, by=by))
    if as_json:
        say_json(
            {
                "customer": changed.customer.model_dump(mode="json"),
                "changed": list(changed.fields),
                "sent_again": changed.again,
            }
        )
        return
    if not changed.fields:
        well(f"{id}: nothing differs from what is on record")
        return
    unheard = how_many(changed.again, "message that did not arrive goes", "messages that did not arrive go")
    again = f"; {unheard} out again" if changed.again else ""
    well(f"{id}: {', '.join(name.replace('_', ' ') for name in changed.fields)} changed{again}")


def _print(found: Customer, rest: CustomerData) -> None:
    from rich.markup import escape
    from rich.table import Table

    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    for name, value in found.model_dump(mode="json").items():
        if isinstance(value, dict):  # consents, by channel
            value = ", ".join(each for each, given in value.items() if given)
        words = {None: "–", True: "yes", False: "no"}.get(value, str(value)) if not value else str(value)
        rows.add_row(name.replace("_", " "), escape("yes" if value is True else words))
    for name in ("lines", "messages", "answers", "notes", "texts", "sales", "suppressions"):
        rows.add_row(name, str(len(getattr(rest, name))))
    if rest.erasure is not None:
        rows.add_row(
            "erasure", f"asked for {rest.erasure.asked_at:%Y-%m-%d}, answer by {rest.erasure.answer_by}"
        )
    console().print(rows)
    console().print("All of it in full: --json", style="dim")
