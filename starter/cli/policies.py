"""`backorder policy`: check a policy file, see what a customer would get, load it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from backorder.domain.law.packs import AUTO, NAMES
from backorder.domain.texts import shown
from backorder.errors import RefusedError
from starter.cli.budgets import budgets
from starter.cli.lazy import Group
from starter.cli.moving import move
from starter.cli.output import BAD_INPUT, as_json_option, console, faults, heed, say_json, say_problem, well
from starter.cli.params import Day, OneOf, Region, Whole
from starter.cli.policy_backtest import backtest
from starter.cli.who_asks import this_command

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backorder.domain.line.rehearsal import Moment, Slip
    from backorder.domain.policy.policy import Policy
    from backorder.domain.policy.policy_file import Fault

_CURRENCY = "EUR"
"""Of the example."""
_SLIP = re.compile(r"(\d{1,4}):(-?\d{1,4}|none)", re.ASCII)


@click.group(cls=Group)
def policy() -> None:
    """Check a policy, see what a customer gets under it, try it on the lines that have been, load it."""


policy.add_command(move)
policy.add_command(backtest)
policy.add_command(budgets)


@policy.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@as_json_option
def check(files: tuple[str, ...], as_json: bool) -> None:
    """Check policy files. Needs no server; every fault is named with its file, line and key."""
    warnings: dict[str, list[str]] = {}
    found = [_checked(name, warnings) for name in files]
    wrong = [fault for _, _, fault_list in found for fault in fault_list]
    wrong += _twice(found)
    if as_json:
        say_json(
            {
                "files": [
                    {
                        "file": name,
                        "name": each.name if each else None,
                        "faults": fault_list,
                        "warnings": warnings.get(name, []),
                        "packs": _packs(each) if each else {},
                    }
                    for name, each, fault_list in found
                ],
                "faults": wrong,
            }
        )
    else:
        for name, each, fault_list in found:
            if each is not None and not fault_list:
                well(f"{name}: {_in_words(each)}")
                _say_packs(_packs(each))
                for warning in warnings.get(name, []):
                    heed(warning)
        if wrong:
            faults(
                wrong, heading="these policies cannot be used" if len(files) > 1 else "this cannot be used"
            )
    click.get_current_context().exit(BAD_INPUT if wrong else 0)


def _packs(found: Policy) -> dict[str, list[str]]:
    """The law of each region under the policy."""
    from backorder.domain.law.packs import regions_of

    return {name: list(regions) for name, regions in regions_of(found.pack).items()}


def _say_packs(packs: dict[str, list[str]]) -> None:
    from backorder.domain.law.packs import PACKS

    out = console()
    for name, regions in packs.items():
        where = "every region" if regions == ["*"] else " ".join(regions)
        what = f": {PACKS[name].rules[0].what}" if name == "plain" else ""
        out.print(f"  [bold]{name}[/] [dim]in {where}{what}[/]", soft_wrap=True)


def _checked(name: str, warnings: dict[str, list[str]]) -> tuple[str, Policy | None, list[str]]:
    from backorder.domain.policy.policy_file import PolicyError, breaches_of, read_policy, warnings_of
    from starter.cli.files import read_text

    try:
        text = read_text(name)
        found = read_policy(text)
        warnings[name] = [f"{name}:{_placed(each)}" for each in warnings_of(text)]
        return name, found, [f"{name}:{_placed(each)}" for each in breaches_of(text)]
    except PolicyError as error:
        return name, None, [f"{name}:{_placed(fault)}" for fault in error.faults]
    except RefusedError as error:
        return name, None, list(error.faults)


def _placed(fault: Fault) -> str:
    return f"{fault.line}: {f'{fault.key}: ' if fault.key else ''}{fault.problem}"


def _twice(found: list[tuple[str, Policy | None, list[str]]]) -> list[str]:
    first: dict[str, str] = {}
    wrong = []
    for name, each, _ in found:
        if each is not None and each.name in first:
            wrong.append(f'{name}: the name "{each.name}" is already used in {first[each.name]}')
        elif each is not None:
            first[each.name] = name
    return wrong


def _in_words(found: Policy) -> str:
    stages = f"{len(found.stages)} stages" if len(found.stages) != 1 else "1 stage"
    limits = [f"{each.budget} coupons a month by {each.id}" for each in found.stages if each.budget]
    most = f", at most {' and '.join(limits)}" if limits else ""
    return f'policy "{found.name}", version {found.version}, {stages}{most}'


@policy.command()
@click.argument("file", metavar="FILE")
@click.option("--lead-days", type=Whole(0, 700), help="Days until the goods arrive. [default: 21]")
@click.option("--no-supply", is_flag=True, help="Nothing is on order.")
@click.option("--spread", type=Whole(0, 365), default=0, help="Days between the likely and the last day.")
@click.option(
    "--slip",
    "slips",
    multiple=True,
    metavar="DAY:DAYS",
    help='On that day the supplier says so many days more, or "none"; may be said several times.',
)
@click.option("--quantity", type=Whole(1, 1_000_000), default=1, show_default=True, help="Units.")
@click.option("--price", default="100.00", show_default=True, help="Price of a unit in euros.")
@click.option("--ordered", type=Day(), help="The day of the order. [default: today]")
@click.option("--region", type=Region(), default="", help="Where the customer lives, like US or DE.")
@click.option("--pack", type=OneOf(NAMES), default=AUTO, help="The law of the order. [default: its region's]")
@click.option("--ship-by", type=Whole(0, 700), help="Days to the end of the window shown with the order.")
@click.option("--no-alternative", is_flag=True, help="Nothing in stock could stand in.")
@click.option("--no-marketing", is_flag=True, help="The customer did not agree to promotions.")
@as_json_option
def plan(
    file: str,
    lead_days: int | None,
    no_supply: bool,
    spread: int,
    slips: tuple[str, ...],
    quantity: int,
    price: str,
    ordered: date | None,
    region: str,
    pack: str,
    ship_by: int | None,
    no_alternative: bool,
    no_marketing: bool,
    as_json: bool,
) -> None:
    """Show what a customer would get under a policy, and when. Needs no server.

    The engine itself decides about an example line and a supplier who behaves as the options say. Under a law
    its duties are shown with their last days.

    \b
    backorder policy plan policies/standard.toml --lead-days 21 --slip 10:14 --slip 25:20
    backorder policy plan policies/standard.toml --region US --ship-by 20 --slip 10:40
    """
    from backorder.domain.line.rehearsal import Example, fault_of_slips, rehearse

    name, found, wrong = _checked(file, {})
    if found is None:
        say_problem(RefusedError(wrong))
        faults(wrong, heading=f"{name} cannot be used")
        click.get_current_context().exit(BAD_INPUT)
    if no_supply and (lead_days is not None or slips):
        raise RefusedError(["--no-supply: does not go with --lead-days or --slip"])
    days, said = 21 if lead_days is None else lead_days, tuple(map(_slip, slips))
    if fault := fault_of_slips(days, [(each.on, each.days) for each in said]):
        raise RefusedError([f"--slip: {fault}"])
    example = Example(
        ordered=ordered or date.today(),  # noqa: DTZ011 an example of any day
        quantity=quantity,
        lead_days=None if no_supply else days,
        spread=spread,
        slips=said,
        price=_price(price),
        alternative=not no_alternative,
        marketing=not no_marketing,
        region=region,
        pack=pack,
        ship_by=ship_by,
    )
    moments = list(rehearse(found, example))
    if as_json:
        say_json(moments)
    else:
        out = console()
        out.print(f"[bold]{_in_words(found)}[/]")
        out.print(_table(moments, example.ordered))


def _price(text: str) -> Decimal:
    from backorder.domain.money import amount_of, fault_of_amount, rounded

    try:
        amount = amount_of(text)
    except ValueError as error:
        raise RefusedError([f"--price: {error}"]) from None
    if fault := fault_of_amount(amount, _CURRENCY):
        raise RefusedError([f"--price: {fault}"])
    return rounded(amount, _CURRENCY)


def _slip(text: str) -> Slip:
    from backorder.domain.line.rehearsal import Slip

    found = _SLIP.fullmatch(text)
    if found is None:
        raise RefusedError([f"--slip: {shown(text)} is no slip; write DAY:DAYS, such as 10:14 or 10:none"])
    return Slip(on=int(found[1]), days=None if found[2] == "none" else int(found[2]))


def _table(moments: list[Moment], today: date) -> RenderableType:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from starter.cli import wording

    colours = {"customer": "bold", "shop": "", "supplier": "yellow", "warehouse": "cyan", "law": "magenta"}
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("day", "date", "customer", "everybody else", "promised by", "why"):
        shown.add_column(name, justify="right" if name == "day" else "left", no_wrap=name != "why")
    last_day, last_promised, last_why = None, None, ""
    for each in moments:
        words = f"[{colours[each.who]}]{_what(each)}[/]" if colours[each.who] else _what(each)
        mine, theirs = (words, "") if each.who == "customer" else ("", words)
        same = each.day == last_day
        by_us = each.who not in ("supplier", "law") and each.what != "ordered"
        why = wording.dated(escape(each.why), today) if not by_us else wording.reason(each.why, named=False)
        shown.add_row(
            "" if same else str(each.day),
            "" if same else wording.day(each.at.date(), today),
            mine,
            theirs,
            "" if each.promised == last_promised else wording.day(each.promised, today),
            "" if same and why == last_why else f"[dim]{why}[/]",
        )
        last_day, last_promised, last_why = each.day, each.promised, why
    return shown


def _what(moment: Moment) -> str:
    from starter.cli import wording

    if moment.who == "customer":
        return wording.kind(moment.what)
    fixed = {
        "ordered": "the order",
        "moved": "supplier: new date",
        "arrived": "goods arrive",
        "shipped": "goods leave",
    }
    if moment.who == "law":
        return moment.what
    if moment.who in ("supplier", "warehouse") or moment.what == "ordered":
        return fixed[moment.what]
    return f"[dim]event[/] {moment.what}"


@policy.command()
@click.argument("folder", metavar="[FOLDER]", required=False)
@as_json_option
def load(folder: str | None, as_json: bool) -> None:
    """Load the policies of a folder into the database; all of them or, if one is faulty or breaks a law that
    it names, none.

    Lines keep the version that they started with. Without FOLDER: the folder of BACKORDER_POLICIES.
    """
    from pathlib import Path

    from starter.cli.session import opened

    with opened() as session:
        files = Path(folder) if folder else session.settings.policies
        checked = [_checked(str(file), {}) for file in sorted(files.glob("*.toml"))]
        # A file that is none has other faults.
        if broken := [fault for _, found, faults in checked if found is not None for fault in faults]:
            raise RefusedError(broken)
        names = session.services.load_policies(files, this_command())
    if as_json:
        say_json({"policies": names})
    else:
        well(f"loaded {', '.join(names)}")
