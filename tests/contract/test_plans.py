"""What is asked all day long never reads a whole table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event

from backorder.settings import Settings
from backorder.storage.store import Store, open_store
from tests.conftest import NewDatabase
from tests.contract.shop import Shop, at

GROWING = ("backorders", "demands", "messages", "message_items", "sends", "requests", "timeline", "events")


def whole_tables(store: Store, asked: dict[str, Any]) -> list[str]:
    """The statements that read all of a table that grows."""
    found = []
    with store.engine.connect() as connection:
        for statement, values in asked.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            scanned = [row[3] for row in plan if row[3].startswith("SCAN") and "USING INDEX" not in row[3]]
            if any(step.split()[1] in GROWING for step in scanned):
                found.append(f"{statement}: {scanned}")
    return found


def test_the_everyday_queries_use_indexes(new_database: NewDatabase, policies: Path) -> None:
    """On SQLite, whose plans do not depend on how much there is yet."""
    settings = Settings(database_url=new_database("sqlite"), policies=policies)
    store = open_store(settings)
    store.load_policies(settings.policies)
    asked: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.setdefault(statement, values[0] if many else values)

    event.listen(store.engine, "before_cursor_execute", note)
    shop = Shop(store)
    shop.supplier()
    shop.product()
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2", 3)
    shop.speak()
    shop.receive(2)
    shop.replan()
    shop.cancel("O-1")
    shop.ship("O-2")
    shop.adjust(-1)
    store.planner.uncalled("LAMP", after="", limit=9)
    store.floor.leftover(at(1))
    store.floor.overslept(at(1))
    event.remove(store.engine, "before_cursor_execute", note)
    assert whole_tables(store, asked) == []
    assert len(asked) > 20
    store.close()
