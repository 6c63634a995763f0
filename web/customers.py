"""Customers: what is on record about them, and corrections of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from backorder.schemas import Customer
from backorder.storage.acting import snapshot, version_of
from web.answers import answer, read
from web.calls import Call, Called, Doors, id_of
from web.shapes import Shape

doors = Doors("customers")
CUSTOMER = "/v1/customers/{id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerChanged:
    """A customer as on record now. changed: the fields that differ. sent_again: messages that did not arrive
    and go out once more.
    """

    customer: Any
    changed: tuple[str, ...]
    sent_again: int


async def _customer(call: Call, id: str) -> tuple[dict[str, Any], str]:
    found = await call.work(lambda: call.desk.services.contacts.read(id))
    version = await call.read(lambda open: version_of(snapshot(open, "customer", id)))
    return found.model_dump(mode="json"), version


@doors.door(
    "GET",
    CUSTOMER,
    roles=("agent", "orders"),
    shape=Shape(answers={200: Customer, 304: None}, problems=(404,)),
)
async def read_customer(call: Called, id: str) -> Response:
    """Read what is on record about a customer."""
    found, version = await _customer(call, id_of(id, "customer"))
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
async def change_customer(call: Called, id: str) -> Response:
    """Correct what is on record about a customer; fields that are not said stay as they are.

    What could not be delivered and still matters goes out at once.
    """
    id, changes, client = id_of(id, "customer"), await call.raw(), call.desk.client

    async def change() -> CustomerChanged:
        found = await client.change_customer(id, changes, by=call.actor)
        return CustomerChanged(
            customer=found.customer.model_dump(mode="json"), changed=found.fields, sent_again=found.again
        )

    return answer(await call.act("customer", id, change))
