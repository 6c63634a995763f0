"""Putting many lines on record in one transaction: an import's batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from backorder.domain.line.state import Status
from backorder.errors import BackorderError, ConflictError, RefusedError
from backorder.schemas import OrderLine
from backorder.services.open_line import Opened
from tests.support.days import at, day
from tests.support.shop import Shop


def together(shop: Shop, *lines: OrderLine) -> list[Opened | BackorderError]:
    """Open lines in one go."""
    return shop.services.intake.open_all(lines, shop.now)


def news(found: list[Opened | BackorderError]) -> list[bool | str]:
    """Whether each is new, or what was wrong with it."""
    return [each.new if isinstance(each, Opened) else type(each).__name__ for each in found]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_each_line_has_its_outcome_in_its_place(shop: Shop) -> None:
    shop.open("O-1")
    found = together(
        shop,
        shop.line("O-4"),
        shop.line("O-1", 7),
        shop.line("O-2", sku="SOFA"),
        shop.line("O-1"),
        shop.line("O-3", policy="generous"),
    )
    assert news(found) == [True, "ConflictError", "RefusedError", False, "RefusedError"]
    assert isinstance(found[2], RefusedError)
    assert found[2].faults == ('sku: "SOFA" is no known product',)
    ids = [row["id"] for row in shop.rows("SELECT id FROM backorders ORDER BY id")]
    assert ids == ["O-1/1", "O-4/1"]
    assert news(together(shop, shop.line("O-4"), shop.line("O-5"))) == [False, True]


def test_the_same_line_twice_at_once_is_one_line(shop: Shop) -> None:
    found = together(shop, shop.line("O-1"), shop.line("O-1"), shop.line("O-1", 9))
    assert news(found) == [True, False, "ConflictError"]


def test_a_line_that_the_database_refuses_stops_no_other(shop: Shop, engine: Engine) -> None:
    never = (
        "CREATE TRIGGER never BEFORE INSERT ON backorders WHEN NEW.id = 'O-2/1' "
        "BEGIN SELECT RAISE(ABORT, 'never'); END"
        if engine.dialect.name == "sqlite"
        else "ALTER TABLE backorders ADD CONSTRAINT never CHECK (id <> 'O-2/1')"
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(never)
    found = together(shop, *(shop.line(f"O-{number}") for number in (1, 2, 3)))
    assert news(found) == [True, "RefusedError", True]
    assert "cannot be put on record" in str(found[1])
    assert len(shop.rows("SELECT * FROM demands")) == 2


def test_free_units_go_to_those_who_ordered_first(shop: Shop) -> None:
    shop.adjust(3)
    found = together(
        shop,
        shop.line("O-1", 2, ordered_at=at(-1)),
        shop.line("O-2", 2, ordered_at=at(-3)),
        shop.line("O-3", 2, ordered_at=at(-2)),
    )
    statuses = {each.id: each.status for each in found if isinstance(each, Opened)}
    assert statuses["O-2/1"] is Status.ALLOCATED
    assert [statuses[id] for id in ("O-1/1", "O-3/1")] == [Status.WAITING] * 2
    assert [shop.demand(order)["allocated"] for order in ("O-1", "O-2", "O-3")] == [0, 2, 1]


@pytest.mark.parametrize("waiting", [(), ("b", "d", "h"), ("a", "z")])
def test_they_stand_where_a_replan_would_put_them(shop: Shop, waiting: tuple[str, ...]) -> None:
    shop.purchase("PO-1", *({"quantity": 5, "stated_date": day(10 * number)} for number in range(1, 6)))
    places = {name: (number % 3, at(-(number % 4))) for number, name in enumerate("abcdefghz")}

    def line(name: str) -> OrderLine:
        priority, ordered_at = places[name]
        return shop.line(name, 2, priority=priority, ordered_at=ordered_at)

    for name in waiting:
        shop.services.intake.open(line(name), shop.now)
    shop.replan()
    new = [name for name in places if name not in waiting]
    found = together(shop, *(line(name) for name in new))
    before = {name: shop.demand(name) for name in new}
    assert {each.skus for each in found if isinstance(each, Opened)} == {("LAMP",) if waiting else ()}
    assert shop.marked() == (["LAMP"] if waiting else [])
    shop.purchase("PO-1", *({"quantity": 5, "stated_date": day(10 * number)} for number in range(1, 6)))
    shop.replan()
    for name in new:
        after = shop.demand(name)
        assert (before[name]["position"], before[name]["arrivals"]) == (after["position"], after["arrivals"])


def test_a_queue_is_summed_once_for_a_whole_batch(shop: Shop, engine: Engine) -> None:
    shop.open("first", ordered_at=at(-30))
    shop.open("last", ordered_at=at(-1))
    with counted(engine) as few:
        together(shop, *(shop.line(f"a{number}", ordered_at=at(-5)) for number in range(3)))
    with counted(engine) as many:
        together(shop, *(shop.line(f"b{number}", ordered_at=at(-5)) for number in range(60)))
    assert len(many) == len(few)


def test_conflicts_name_the_line(shop: Shop) -> None:
    shop.open("O-1")
    (found,) = together(shop, shop.line("O-1", 7))
    assert isinstance(found, ConflictError)
    assert "O-1/1" in str(found)
