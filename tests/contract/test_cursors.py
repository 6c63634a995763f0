"""A cursor that nobody was given is refused, or is read: on no database is it a defect of the program."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backorder.errors import RefusedError
from backorder.queries import audit, outbox, suppression_list
from backorder.queries.message_list import MessageFilter, message_list
from backorder.queries.supply_lists import queue
from backorder.queries.task_list import task_list
from backorder.storage.cursors import cursor_of
from backorder.storage.engine import reading
from tests.support.shop import Shop

MOST = 2**31 - 1
AT = "2026-05-01T00:00:00Z"
FIRST, LAST = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"


def of_audit(shop: Shop, cursor: str) -> object:
    with reading(shop.services.engine) as connection:
        return audit.entries(connection, cursor=cursor, limit=10)


def of_messages(shop: Shop, cursor: str) -> object:
    return message_list(shop.services.database, MessageFilter(), shop.now, cursor=cursor)


def of_outbox(shop: Shop, cursor: str) -> object:
    with reading(shop.services.engine) as connection:
        return outbox.outbox(connection, cursor=cursor)


def of_queue(shop: Shop, cursor: str) -> object:
    with reading(shop.services.engine) as connection:
        return queue(connection, "LAMP", cursor=cursor)


def of_tasks(shop: Shop, cursor: str) -> object:
    return task_list(shop.services.database, shop.now, cursor=cursor)


def of_suppressions(shop: Shop, cursor: str) -> object:
    with reading(shop.services.engine) as connection:
        return suppression_list.suppression_list(connection, cursor=cursor)


NUMBERS: tuple[tuple[Callable[[Shop, str], object], Callable[[str], str]], ...] = (
    (of_audit, lambda number: cursor_of("audit", number)),
    (of_messages, lambda number: cursor_of("messages", "planned", AT, number)),
    (of_outbox, lambda number: cursor_of("outbox", number, "1", "s")),
    (of_outbox, lambda number: cursor_of("outbox", "1", number, "s")),
    (of_queue, lambda number: cursor_of("queue", number, "O-1/1")),
)
INSTANTS: tuple[tuple[Callable[[Shop, str], object], Callable[[str], str]], ...] = (
    (of_messages, lambda at: cursor_of("messages", "planned", at, "1")),
    (of_tasks, lambda at: cursor_of("tasks", at, "1")),
    (of_suppressions, lambda at: cursor_of("suppressions", at, "email", "a@b.example", "bounce")),
)


@pytest.mark.parametrize(("read", "cursor"), NUMBERS)
def test_a_number_that_no_row_can_have_is_refused(
    shop: Shop, read: Callable[[Shop, str], object], cursor: Callable[[str], str]
) -> None:
    read(shop, cursor(str(MOST)))
    for number in (MOST + 1, 10**17):
        with pytest.raises(RefusedError):
            read(shop, cursor(str(number)))


@pytest.mark.parametrize(("read", "cursor"), INSTANTS)
def test_an_instant_that_no_row_can_have_is_refused(
    shop: Shop, read: Callable[[Shop, str], object], cursor: Callable[[str], str]
) -> None:
    read(shop, cursor(AT))
    for instant in (FIRST, LAST):
        with pytest.raises(RefusedError):
            read(shop, cursor(instant))
