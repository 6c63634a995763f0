"""What products and suppliers name that is not on record: it is kept, and counts once it is there.

A product is often kept before what can stand in for it, so that nothing of this is refused.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from sqlalchemy import Column, Connection, select

from backorder.domain.texts import shown
from backorder.storage.tables import products, suppliers

_AT_ONCE = 500
"""Names of one statement, which a database bounds."""
_NO_PRODUCT = "is no product on record, and is offered to nobody until it is"
_NO_SUPPLIER = "is no supplier on record, and is not proposed until it is"


def of_alternatives(
    connection: Connection, skus: Sequence[str], besides: Container[str] = ()
) -> tuple[str, ...]:
    """A warning for each alternative that is no product on record. besides: those that will be."""
    missing = _missing(connection, products.c.sku, skus)
    return tuple(
        f"alternatives: {shown(sku)} {_NO_PRODUCT}" for sku in skus if sku in missing and sku not in besides
    )


def of_backups(connection: Connection, ids: Sequence[str], besides: Container[str] = ()) -> tuple[str, ...]:
    """A warning for each backup that is no supplier on record. besides: those that will be."""
    (found,) = of_each_backups(connection, [ids], besides)
    return found


def of_each_backups(
    connection: Connection, lists: Sequence[Sequence[str]], besides: Container[str] = ()
) -> list[tuple[str, ...]]:
    """The same of the backups of several suppliers at once, in their order."""
    missing = _missing(connection, suppliers.c.id, (id for ids in lists for id in ids))
    return [
        tuple(f"backups: {shown(id)} {_NO_SUPPLIER}" for id in ids if id in missing and id not in besides)
        for ids in lists
    ]


def _missing(connection: Connection, column: Column[str], named: Iterable[str]) -> frozenset[str]:
    asked = sorted(set(named))
    found: set[str] = set()
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        found |= set(connection.execute(select(column).where(column.in_(part))).scalars())
    return frozenset(asked) - found
