"""What a program before this one left in Temporal: runs whose histories this one cannot go on with.

The row in `compatibility` says which form the open runs have. While it is an older one, whoever upgrades the
database, or the first worker, begins every run anew from its row.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, Select, select, text, update

from backorder.storage.engine import reading, writing
from backorder.storage.tables import backorders, compatibility, purchase_orders, replans

FORM = 4
"""The form of the histories that this program writes. It goes up when activities, signals, their arguments or
the order of commands change in a way that the histories of the program before cannot be replayed with."""
LINES_A_PAGE = 1000


def are_left(engine: Engine) -> bool:
    """Whether there may be runs of an older form."""
    with reading(engine) as connection:
        form = connection.execute(select(compatibility.c.histories)).scalar_one_or_none()
    return form is not None and form < FORM


def are_gone(engine: Engine) -> None:
    """Note that every open run has this program's form."""
    older = compatibility.c.histories < FORM
    with writing(engine) as connection:
        connection.execute(update(compatibility).where(older).values(histories=FORM))


def open_lines(engine: Engine) -> Iterator[tuple[str, ...]]:
    """Lines that go on, a thousand at a time."""
    wanted = backorders.c.phase.in_(("open", "closing"))
    yield from _pages(engine, select(backorders.c.id).where(wanted))


def open_orders(engine: Engine) -> Iterator[tuple[str, ...]]:
    """Purchase orders with something outstanding, a thousand at a time."""
    wanted = text("purchase_orders.look_at IS NOT NULL")
    yield from _pages(engine, select(purchase_orders.c.id).where(wanted))


def skus(engine: Engine) -> Iterator[tuple[str, ...]]:
    """SKUs to be pegged anew, a thousand at a time."""
    yield from _pages(engine, select(replans.c.sku).distinct())


def _pages(engine: Engine, query: Select[str]) -> Iterator[tuple[str, ...]]:
    column, after = query.selected_columns[0], ""
    while True:
        with reading(engine) as connection:
            page = query.where(column > after).order_by(column).limit(LINES_A_PAGE)
            found = tuple(each for each in connection.execute(page).scalars() if isinstance(each, str))
        if not found:
            return
        yield found
        after = found[-1]
