"""What a customer may choose about the way to them: another address, texts or none."""

from __future__ import annotations

from backorder.domain.suppression import Cause
from backorder.errors import RefusedError
from backorder.messaging.template_variables import clean
from backorder.schemas import Customer, parse
from backorder.services.page_contacts import (
    BY,
    TextsAgreed,
    closed,
    keeping_consent,
    stop_texts,
    telling_before,
    using_link,
)
from backorder.services.services import machine_now
from backorder.services.write_beside import ask_address, may_ask_address
from web.customer_page.forms import Form
from web.customer_page.masked import masked_email, masked_phone
from web.customer_page.typed import AGREED
from web.customer_page.visit import ImpossibleError, Visit, off_loop

A_WEEK = 7
NO_NUMBER, TEXTS_STOPPED, MANY_ADDRESSES = "no_number", "texts_stopped", "many_addresses"
"""Why texts cannot be stopped that go nowhere, nor begin again here that were stopped by text, and why no
more new addresses are asked today; the only reasons that are the page's own.
"""
WEEKS = (0, 2, 4, 8)
"""How often customers may wish to hear when nothing changes; 0 is as often as the policy says."""


def _line_ids(visit: Visit) -> list[str]:
    return [each.id for each in visit.order.lines]


def _checked(visit: Visit, **fields: object) -> Customer:
    """A customer with these fields instead. Raises RefusedError."""
    contact = visit.order.contact
    stands = ("name", "region", "contact", "email", "phone", "sms_consent")
    raw = {"id": contact.customer} | {name: getattr(contact, name) for name in stands}
    customer = parse(Customer, raw | fields)
    if "phone" in fields and (customer.warnings or not customer.phone):
        raise RefusedError(["phone: is no number that takes texts"])
    if "email" in fields and not customer.email:
        raise RefusedError(["email: is no address"])
    return customer


# --- another address: it is asked for at the new one


async def preview_email(visit: Visit, form: Form) -> dict[str, object]:
    """What will happen to a new address. Raises RefusedError, and ImpossibleError after several of them."""
    if not form.get("value"):
        raise RefusedError(["value: is missing"])
    customer, engine = _checked(visit, email=form["value"]), visit.desk.services.engine
    if not await off_loop(lambda: may_ask_address(engine, visit.linked.customer, visit.at)):
        raise ImpossibleError(MANY_ADDRESSES)
    return {"about": clean(customer.email or "", 200)}


async def give_email(visit: Visit, form: Form) -> str:
    """Ask at the new address. Raises RefusedError, and ImpossibleError where no more are asked today."""
    customer = _checked(visit, email=form["value"])
    engine, lines = visit.desk.services.engine, _line_ids(visit)
    after = await off_loop(
        lambda: ask_address(engine, visit.linked.customer, lines, customer.email or "", visit.at)
    )
    if after is None:
        raise ImpossibleError(MANY_ADDRESSES)
    await visit.desk.client.wake(after)
    return "email"


async def preview_confirmed(visit: Visit, form: Form) -> dict[str, object]:
    """What will happen to the address at which the link was read."""
    return {"about": clean(visit.linked.address, 200)}


async def confirm_address(visit: Visit, form: Form) -> str:
    """Send news to where the link was read, and tell the address of before. Raises LinkUsedError."""
    customer, address = visit.linked.customer, visit.linked.address
    first = using_link(customer, visit.linked.send)
    also = telling_before(customer, _line_ids(visit), address, visit.at)
    await visit.desk.client.change_customer(customer, {"email": address}, by=BY, first=first, also=also)
    return "confirm_address"


# --- texts


async def preview_phone(visit: Visit, form: Form) -> dict[str, object]:
    """What will happen to a number. Raises RefusedError, without consent too, and ImpossibleError."""
    return {"about": clean(await _number(visit, form), 40)}


async def _number(visit: Visit, form: Form) -> str:
    """The number that texts are wanted at. Raises RefusedError, and ImpossibleError where none may go."""
    unticked = [] if form.get(AGREED) else [f"{AGREED}: has to be ticked"]
    try:
        number = _checked(visit, phone=form.get("value"), sms_consent=True).phone or ""
    except RefusedError as error:
        raise RefusedError([*error.faults, *unticked]) from error
    if unticked:
        raise RefusedError(unticked)
    engine = visit.desk.services.engine
    if why := await off_loop(lambda: closed(engine, number)):
        raise ImpossibleError(TEXTS_STOPPED if why is Cause.STOP else "")
    return number


async def give_phone(visit: Visit, form: Form) -> str:
    """Send texts to a number, as its owner agreed to."""
    customer, desk = visit.linked.customer, visit.desk
    agreed = TextsAgreed(
        customer=customer,
        number=await _number(visit, form),
        wording=visit.words("phone_consent", desk.settings.shop_name),
        evidence=visit.evidence,
        at=visit.at,
        now=machine_now(),
    )
    also = keeping_consent(desk.services.policies, agreed)
    changes = {"phone": form["value"], "sms_consent": True}
    await visit.desk.client.change_customer(customer, changes, by=BY, also=also)
    return "phone"


async def preview_stopping(visit: Visit, form: Form) -> dict[str, object]:
    """Which number gets no more texts. Raises ImpossibleError."""
    phone = visit.order.contact.phone
    if not phone:
        raise ImpossibleError(NO_NUMBER)
    return {"about": masked_phone(phone)}


async def stop(visit: Visit, form: Form) -> str:
    """Send no more texts."""
    services, phone = visit.desk.services, visit.order.contact.phone
    if phone:
        by_link = (phone, visit.linked.send, visit.at, machine_now())
        after = await off_loop(lambda: stop_texts(services.engine, services.policies, *by_link))
        await visit.desk.client.wake(after)
    return "stop_texts"


# --- how often


async def preview_updates(visit: Visit, form: Form) -> dict[str, object]:
    """How often they will hear when nothing changes, in weeks; 0: as usual. Raises RefusedError."""
    return {"about": _weeks(form)}


async def set_updates(visit: Visit, form: Form) -> str:
    """Write that often, as long as nothing changes. Raises RefusedError."""
    days = _weeks(form) * A_WEEK or None
    await visit.desk.client.change_customer(visit.linked.customer, {"update_days": days}, by=BY)
    return "updates"


def _weeks(form: Form) -> int:
    found = next((each for each in WEEKS if str(each) == form.get("value")), None)
    if found is None:
        raise RefusedError(["value: is none of the weeks to choose from"])
    return found


def reached(visit: Visit) -> dict[str, object]:
    """How, and how often, the customer is reached: masked, since who holds a link need not be them."""
    contact = visit.order.contact
    closed = {(each.channel, each.address) for each in contact.suppressed if each.covers == "all"}
    texts = bool(contact.phone and contact.sms_consent) and not any(way == "sms" for way, _ in closed)
    return {
        "email": clean(masked_email(contact.email or ""), 60),
        "phone": masked_phone(contact.phone or ""),
        "texts": texts,
        "weeks": (contact.update_days or 0) // A_WEEK,
        "choices": WEEKS,
    }
