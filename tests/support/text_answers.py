"""A shop whose customers are asked by text, and what they text back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backorder.domain.calendar import Calendar
from backorder.messaging.customer_links import CustomerLinks
from backorder.messaging.message_content import Shop as Letterhead
from backorder.messaging.twilio_callbacks import InboundText, inbound
from backorder.ports import Claimed, Sent
from backorder.queries.task_list import task_list
from backorder.services.services import Services
from backorder.services.take_text import TextTaken
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop

PHONE = "+12025550123"
ACCEPTED = Sent(outcome="accepted", provider_id="x")
ANN: dict[str, Any] = {"email": None, "phone": PHONE, "sms_consent": True, "region": "US-NY"}
LATER = timedelta(minutes=3)


LINKS = CustomerLinks("https://orders.test", ["a secret of the shop, long enough"])


def linked(shop: Shop, stated: int = 30) -> Desk:
    """The same, whose messages have links to their customers' pages. stated: the day of the supply."""
    return answerable(shop, LINKS, stated)


def answerable(shop: Shop, links: CustomerLinks | None, stated: int = 30, **said: Any) -> Desk:
    letterhead = Letterhead(name="Fell", **({"two_way": True} | said))
    shop.purchase("PO-1", {"stated_date": day(stated)})
    return Desk(Shop(Services(shop.services.engine, Calendar(), letterhead, links=links), at(0, 15)))


def asked(desk: Desk, *orders: str, email: str | None = None, **more: Any) -> str:
    """Lines whose supply comes after the day that was agreed on. Returns the last text that asks."""
    shop = desk.shop
    for order in orders or ("O-1",):
        shop.start(order, customer=ANN | {"email": email}, ship_by=day(22), **more)
    shop.now += timedelta(hours=3)
    for order in orders or ("O-1",):
        shop.review(order)
    words = sent(desk)
    desk.wait(LATER)
    shop.now += LATER
    return words


def sent(desk: Desk) -> str:
    """Send all that is due. Returns the last text."""
    words = ""
    while isinstance(message := desk.take(), Claimed):
        words = message.outgoing.text
        desk.record_outcome(message, ACCEPTED)
    return words


def text_of(body: str, sid: str = "SM1", number: str = PHONE) -> InboundText:
    return inbound([("MessageSid", sid), ("From", number), ("Body", body)])


def texted(desk: Desk, body: str, sid: str = "SM1", number: str = PHONE) -> TextTaken:
    """They text, and each line that it is about rules on it."""
    text = text_of(body, sid, number)
    taken = desk.shop.services.texts.take(text, at=desk.shop.now, now=desk.now)
    for line in taken.after.backorders:
        order, _, _ = line.partition("/")
        desk.shop.review(order, *([f"text-{sid}"] if taken.meaning in ("keep", "cancel") else []))
    return taken


def waiting(desk: Desk) -> list[tuple[str, str]]:
    page = task_list(desk.shop.services.database, desk.shop.now)
    return [(each.kind, str(each.detail.get("wrote"))) for each in page.rows]
