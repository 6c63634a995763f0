"""Customers: all that is held of them, corrections of it, and its erasure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from starlette.responses import Response

from backorder.errors import ErasureWaitsError, RefusedError
from backorder.queries.customer_view import CustomerData, held
from backorder.schemas import Customer
from backorder.schemas.order_lines import MarketingConsent
from backorder.services.change_customer import customer_on_record
from backorder.storage.acting import snapshot, version_of
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors
from web.path_ids import id_of
from web.row_versions import with_version
from web.shapes import Shape

doors = Doors("customers")
CUSTOMER = "/v1/customers/{id}"


@dataclass(frozen=True, kw_only=True)
class CustomerOnRecord:
    """Who somebody is, and how they are reached. It has no slots, so that it can be one base of several."""

    id: str
    kind: str
    name: str
    region: str
    contact: str
    email: str | None
    phone: str | None
    locale: str | None
    time_zone: str | None
    sms_consent: bool
    marketing_consent: MarketingConsent
    update_days: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerHeld(CustomerData, CustomerOnRecord):
    """All that is held of a customer. consents: what they agreed to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerChanged:
    """A customer as on record now. changed: the fields that differ. sent_again: messages that did not arrive
    and go out once more.
    """

    customer: CustomerOnRecord
    changed: tuple[str, ...]
    sent_again: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerErased:
    """A customer of whom nothing is held any more. lines: how many of theirs were emptied by this call."""

    customer: str
    erased_at: datetime
    lines: int


def _on_record(customer: Customer) -> CustomerOnRecord:
    return CustomerOnRecord(**{each.name: getattr(customer, each.name) for each in fields(CustomerOnRecord)})


async def _held(call: Call, id: str) -> tuple[dict[str, object], str]:
    database = call.desk.services.database
    found, rest, version = await call.read(
        lambda open: (
            customer_on_record(open, id, database.policies.calendar),
            held(open, database, id),
            version_of(snapshot(open, "customer", id)),
        )
    )
    more = {each.name: getattr(rest, each.name) for each in fields(CustomerData)}
    return found.model_dump(mode="json") | more, version


@doors.door(
    "GET",
    CUSTOMER,
    roles=("agent", "orders"),
    shape=Shape(answers={200: CustomerHeld, 304: None}, problems=(404,)),
)
async def read_customer(call: CurrentCall, id: str) -> Response:
    """Read all that is held of a customer."""
    found, version = await _held(call, id_of(id, "customer"))
    return read(call.request, found, version=version)


@doors.door(
    "PUT",
    CUSTOMER,
    roles=("agent", "orders"),
    shape=Shape(
        body=Customer,
        example={"email": "ann@new.example", "phone": None},
        answers={200: CustomerChanged},
        problems=(404, 412),
        left_out=("id",),
        made_up=("name", "region"),
    ),
)
async def change_customer(call: CurrentCall, id: str) -> Response:
    """Correct what is on record about a customer; fields that are not said stay as they are.

    What could not be delivered and still matters goes out at once.
    """
    id, changes, client = id_of(id, "customer"), await call.raw(), call.desk.client
    if changes.get("id", id) != id:
        contacts, now = call.desk.services.contacts, call.desk.now()
        others = await call.work(lambda: contacts.faults(id, changes, now, as_json=True))
        raise RefusedError([f"id: the path says {id}", *others])

    async def change() -> CustomerChanged:
        found = await client.change_customer(id, changes, by=call.actor, as_json=True)
        return CustomerChanged(
            customer=_on_record(found.customer), changed=found.fields, sent_again=found.again
        )

    async def again() -> CustomerChanged:
        found = await call.work(lambda: call.desk.services.contacts.read(id))
        return CustomerChanged(customer=_on_record(found), changed=(), sent_again=0)

    return with_version(call, answer(await call.act("customer", id, change, again)))


@doors.door(
    "DELETE",
    CUSTOMER,
    roles=("agent", "orders"),
    shape=Shape(answers={200: CustomerErased}, problems=(404, 409, 412)),
)
async def erase_customer(call: CurrentCall, id: str) -> Response:
    """Erase a customer, as they asked.

    While a line or a refund of theirs is open this is 409: the wish is kept, and carried out once the last of
    them is closed. The answer says what it waits for, and by when the customer has to be told.
    """
    id, services = id_of(id, "customer"), call.desk.services
    erasures, now = services.erasures, call.desk.now()
    found = await call.act(
        "customer",
        id,
        lambda: call.work(lambda: erasures.ask(id, now)),
        lambda: call.work(lambda: erasures.ask_again(id, now)),
    )
    if found.erased_at is None:
        raise ErasureWaitsError(found.customer, found.waits_for, found.answer_by)
    return answer(CustomerErased(customer=id, erased_at=found.erased_at, lines=found.lines))
