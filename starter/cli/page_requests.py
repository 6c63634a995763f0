"""What customers choose on their page, and may ask for by phone: take back, claim a coupon, send a part."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import click

from starter.cli.fields import field, line_argument
from starter.cli.lines import act_on
from starter.cli.output import as_json_option

if TYPE_CHECKING:
    from starter.client import AskedOutcome, Backorders

_request = field("request_id", "Its own ID: the same one again changes nothing. Default: a new one.")


@click.command("take-back")
@line_argument
@field("cancellation", "The request that cancelled. Default: every one that can be taken back.")
@field("received_at", "When it was asked for. Default: now.")
@_request
@as_json_option
def take_back(backorder: str, as_json: bool, **fields: object) -> None:
    """Take back what the customer cancelled by link: for half an hour nothing of it is carried out."""
    from backorder.schemas import TakeBack

    def act(client: Backorders, new_request: TakeBack) -> Awaitable[AskedOutcome]:
        return client.take_back(backorder, new_request)

    act_on(backorder, TakeBack, fields, as_json, act)


@click.command("claim-coupon")
@line_argument
@field("received_at", "When it was asked for. Default: now.")
@_request
@as_json_option
def claim_coupon(backorder: str, as_json: bool, **fields: object) -> None:
    """Give out the code of a coupon that waits on the customer's page, as they asked by phone."""
    from backorder.schemas import CouponClaim

    def act(client: Backorders, new_request: CouponClaim) -> Awaitable[AskedOutcome]:
        return client.claim_coupon(backorder, new_request)

    act_on(backorder, CouponClaim, fields, as_json, act)


@click.command("send-now")
@line_argument
@field("received_at", "When it was asked for. Default: now.")
@_request
@as_json_option
def send_now(backorder: str, as_json: bool, **fields: object) -> None:
    """Have what is there sent before the rest, as the customer wants it and the policy lets them choose."""
    from backorder.schemas import SendNow

    def act(client: Backorders, new_request: SendNow) -> Awaitable[AskedOutcome]:
        return client.send_now(backorder, new_request)

    act_on(backorder, SendNow, fields, as_json, act)
