"""The cursor in a query: one that is sound by itself fits the list, in the order that the query asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import TYPE_CHECKING

from backorder.storage.cursors import faults_of_cursor

if TYPE_CHECKING:
    from web.calls import Call, Together


def of_this_list(read: Callable[..., object], *by: str) -> Together:
    """What is wrong with the cursor of a query, named beside what is wrong with the rest of it.

    read: the cursor as the list reads it; raises RefusedError for that of another list. by: parameters, true
    or false, that choose the order in which the list comes, and that `read` takes by their names; of one that
    is faulty itself nobody knows which order is meant, so that a cursor of either will do.
    """

    def together(_call: Call, said: Mapping[str, object]) -> list[str]:
        cursor = said.get("cursor")
        if not isinstance(cursor, str):
            return []
        orders = product(*((said[name],) if name in said else (False, True) for name in by))
        found = [_faults(read, cursor, dict(zip(by, order, strict=True))) for order in orders]
        return min(found, key=len)

    return together


def _faults(read: Callable[..., object], cursor: str, order: Mapping[str, object]) -> list[str]:
    return faults_of_cursor(lambda said: read(said, **order), cursor)
