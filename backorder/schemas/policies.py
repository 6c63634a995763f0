"""Policies as programs hand them in: the text of a policy file, and what is to be done with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from backorder.domain.line.rehearsal import fault_of_slips
from backorder.domain.money import fault_of_amount
from backorder.domain.policy.policy_file import LARGEST
from backorder.fields import Day, Flag, Price, Region, Units, number
from backorder.kinds import Kind, text
from backorder.schemas.incoming import Incoming, Rule, Wrong

MOST_POLICIES = 4
"""Policies that are set side by side, at most."""
MOST_SLIPS = 100
LONGEST_LEAD, LONGEST_SPREAD = 700, 365
"""Days, at most."""
CURRENCY = "EUR"
"""Of the example line."""
_NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


def _policy_name(value: object) -> str:
    if not (isinstance(value, str) and re.fullmatch(_NAME, value)):
        raise ValueError('must be 1 to 64 letters, digits, "-" or "_"')
    return value


def _toml(value: object) -> str:
    """The text of a policy as it is: its version is a digest of it."""
    if not isinstance(value, str):
        raise ValueError("must be text: what the policy file says")
    if len(value) > LARGEST:
        raise ValueError(f"is {len(value)} characters long; {LARGEST} are the most")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character, which nothing can store") from None
    return value.removeprefix("\ufeff").replace("\r\n", "\n")


PolicyName = Annotated[str, Kind(_policy_name, text("What order lines call it.", pattern=f"^{_NAME}$"))]
Toml = Annotated[str, Kind(_toml, text("TOML, as docs/policy.md describes it.", most=LARGEST))]
LeadDays = Annotated[int, number(0, LONGEST_LEAD, "Calendar days.")]


class PolicyText(Incoming):
    """A policy, as it is loaded. text: what its file says."""

    name: PolicyName
    text: Toml


class SlipSaid(Incoming):
    """What the supplier says later. on: so many days after the order. days: so many more than was said last;
    null: they cannot say.
    """

    on: LeadDays
    days: Annotated[int, number(-9999, 9999, "Calendar days, below zero for earlier.")] | None


def _supplied(wanted: PolicyPlan, _usual: frozenset[str]) -> Iterator[Wrong]:
    if wanted.no_supply and "lead_days" in wanted.model_fields_set:
        yield Wrong("no_supply, lead_days", "do not go together")
    if wanted.no_supply and wanted.slips:
        yield Wrong("no_supply, slips", "do not go together")
    if fault := fault_of_slips(wanted.lead_days, [(each.on, each.days) for each in wanted.slips]):
        yield Wrong("slips", fault)


class PolicyPlan(Incoming):
    """An example line, and a supplier who behaves like that.

    text: what the policy file says. lead_days: until the goods arrive. no_supply: nothing is on order.
    spread: days between the likely and the last day of the arrival. slips: what the supplier says later.
    price: of a unit, in euros. ordered: the day of the order; null: today. region: where the customer lives;
    null: where no law is known of. pack: the law of the order; auto is that of its region. ship_by: days to
    the end of the window that was shown with the order; null: none was. no_alternative: nothing in stock
    could stand in. no_marketing: the customer did not agree to promotions.
    """

    text: Toml
    lead_days: LeadDays = 21
    no_supply: Flag = False
    spread: Annotated[int, number(0, LONGEST_SPREAD, "Calendar days.")] = 0
    slips: Annotated[tuple[SlipSaid, ...], Field(max_length=MOST_SLIPS)] = ()
    quantity: Units = 1
    price: Price = Decimal("100.00")
    ordered: Day | None = None
    region: Region | None = None
    pack: Literal["auto", "us-ftc-435", "eu-crd-18", "uk-cra-28", "in-ecommerce-2020", "plain", "none"] = (
        "auto"
    )
    ship_by: LeadDays | None = None
    no_alternative: Flag = False
    no_marketing: Flag = False
    rules = (Rule(("no_supply", "lead_days", "slips"), _supplied),)

    @field_validator("price", mode="after")
    @classmethod
    def _in_euros(cls, price: Decimal) -> Decimal:
        if fault := fault_of_amount(price, CURRENCY):
            raise ValueError(fault)
        return price


class PolicyBacktest(Incoming):
    """Policies that the shop's own lines are played under, side by side.

    policies: what their files say. since: lines opened on that day or later; null: 90 days ago. redeemed:
    assumed, percent of the coupons that are used. coupon_order: assumed, an order that a coupon is used on,
    in percent of what its line cost.
    """

    policies: Annotated[tuple[Toml, ...], Field(min_length=1, max_length=MOST_POLICIES)]
    since: Day | None = None
    redeemed: Annotated[int, number(0, 100, "Percent.")] = 100
    coupon_order: Annotated[int, number(0, 1000, "Percent.")] = 100
