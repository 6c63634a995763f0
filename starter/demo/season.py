"""The script of the season, as it is written in data/season.toml."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backorder import schemas

DATA = Path(__file__).with_name("data")
POLICIES = DATA / "policies"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoShop(_Part):
    """Who writes to the customers."""

    name: str
    address: str


class Beat(_Part):
    """Something that the world does at a business instant. line: the line that it is about, if it is one."""

    at: datetime
    who: str
    says: str
    line: str = ""
    dates: schemas.StatedDates | None = None
    receipt: dict[str, object] | None = None
    cancel: schemas.Cancellation | None = None

    @property
    def about(self) -> str:
        """What it concerns: a line, or a purchase order."""
        order = self.dates.purchase_order if self.dates else (self.receipt or {}).get("purchase_order", "")
        return self.line or str(order)


class Reply(_Part):
    """What a customer answers. to: the kind of message. days: business days after it."""

    line: str
    to: str
    days: float
    says: str
    answer: schemas.Answer


class Story(_Part):
    """How a line has to end.

    hears: the kinds of its customer's messages, all of them, in their order. late: days that it ships after
    the first promise at most. announced: the order system hears of the ending before it comes.
    """

    line: str
    story: str
    ends: str
    hears: tuple[str, ...]
    late: int | None = None
    announced: bool = False


class Season(_Part):
    """Everything that the world has and does. picture: when a picture of the view shows most."""

    title: str
    begins: datetime
    ends: datetime
    picture: datetime
    shop: DemoShop
    suppliers: tuple[schemas.Supplier, ...]
    products: tuple[schemas.Product, ...]
    stock: tuple[schemas.Adjustment, ...]
    purchase_orders: tuple[schemas.PurchaseOrder, ...]
    beats: tuple[Beat, ...]
    replies: tuple[Reply, ...]
    stories: tuple[Story, ...]


def read_season() -> Season:
    """The season of this package."""
    return Season.model_validate(tomllib.loads((DATA / "season.toml").read_text(encoding="utf-8")))


def read_orders() -> Iterator[schemas.OrderLine]:
    """The order lines of this package, one a line of the file."""
    for line in (DATA / "orders.jsonl").read_text(encoding="utf-8").splitlines():
        yield schemas.parse(schemas.OrderLine, json.loads(line))
