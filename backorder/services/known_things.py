"""What is on record for lines that come in: products, policies, people, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select

from backorder.domain.contacts import ADDRESS_FIELDS, is_same
from backorder.domain.policy.policy import Policy
from backorder.services.new_line_rows import given_by
from backorder.storage import isolation
from backorder.storage.people import lock_people
from backorder.storage.policies import PolicyRepository
from backorder.storage.same_content import Reached, additions_of, same_person
from backorder.storage.tables import customers, products

if TYPE_CHECKING:
    from backorder.schemas import Customer, OrderLine
    from backorder.storage.rows import ProductRow

_PRODUCTS = select(
    products.c.sku,
    products.c.name,
    products.c.supplier,
    products.c.currency,
    products.c.backorder_limit,
    products.c.sell_without_date,
).where(products.c.sku.in_(bindparam("skus", expanding=True)))
_PEOPLE = (
    select(customers).where(customers.c.id.in_(bindparam("ids", expanding=True))).order_by(customers.c.id)
)
# Nobody erases a customer while a line of theirs is put on record.
_LOCK_PEOPLE = _PEOPLE.with_for_update(read=True, key_share=True)


class KnownThings:
    """The products and policies of some lines, each read once.

    lock: their customers stay as they are until the transaction ends. new_people, returned: customers who are
    not on record, and who are not any more.
    """

    def __init__(
        self,
        connection: Connection,
        policies: PolicyRepository,
        lines: Sequence[OrderLine],
        *,
        lock: bool = False,
    ) -> None:
        skus = {"skus": sorted({line.sku for line in lines})}
        self._products = {row.sku: row for row in connection.execute(_PRODUCTS, skus)}
        self._policies = {name: policies.newest(connection, name) for name in {line.policy for line in lines}}
        ids, query = {"ids": sorted({line.customer.id for line in lines})}, _LOCK_PEOPLE if lock else _PEOPLE
        if lock:
            # Whose consent is written down is locked as by who ends it, and before the others are.
            lock_people(connection, {line.customer.id for line in lines if given_by(line.customer)})
        self._people: dict[str, Reached] = {row.id: row for row in connection.execute(query, ids)}
        self.new_people: dict[str, Customer] = {}
        self.returned: dict[str, Customer] = {}

    def product(self, sku: str) -> ProductRow | None:
        """None for an unknown one."""
        return self._products.get(sku)

    def on_record(self, sku: str) -> ProductRow:
        """The same of one that is there."""
        return self._products[sku]

    def policy(self, name: str) -> Policy | None:
        """The version for new lines; None for an unknown name."""
        return self._policies[name]

    def meet(self, customer: Customer) -> None:
        """A line's customer. Raises ConflictError if their ID is known for somebody else's.

        Of one who was erased nothing is known: they are on record anew.
        """
        known = self._people.setdefault(customer.id, customer)
        if isolation.known(getattr(known, "erased_at", None)) is not None:
            self.returned[customer.id] = self._people[customer.id] = customer
        elif known is customer:
            self.new_people[customer.id] = customer
        else:
            same_person(customer, known)

    def is_elsewhere(self, customer: Customer, channel: str) -> bool:
        """Whether a line names another address of a customer than is on record."""
        field = ADDRESS_FIELDS[channel]
        known, said = self._people.get(customer.id, customer), getattr(customer, field)
        return bool(said) and not is_same(channel, said, getattr(known, field))

    def not_taken(self, customer: Customer) -> tuple[str, ...]:
        """What a line says anew of a customer who is on record: only a person changes that."""
        known = self._people.get(customer.id)
        if known is None or customer.id in self.new_people or customer.id in self.returned:
            return ()
        return tuple(additions_of(customer, known))
