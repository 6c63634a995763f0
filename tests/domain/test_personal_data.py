"""Whatever is held of a line or a customer goes where they are erased, and when their time is over."""

from __future__ import annotations

import ast
from pathlib import Path

from sqlalchemy import Table, Text

from backorder.storage import erasing, expired_lines, expired_sales
from backorder.storage import tables as t

OF_OTHERS = {"suppliers", "products", "purchase_orders", "policies", "stock", "events"}
"""What the tables of lines refer to besides customers, lines, messages and sends."""
WORDLESS = {
    ("backorders", "listed"): "units, days, flags and the name of a step",
    ("backorders", "duties"): "rules and days",
    ("backorders", "result"): "what a workflow is told: numbers, days and states",
    ("consents", "wording"): "the shop's words; its rows are deleted",
    ("demands", "arrivals"): "units, days and purchase orders",
    ("demands", "id_order"): "the line's ID, as it is sorted",
    ("events", "data"): "emptied as JSON",
    ("inbound_texts", "answer"): "one of the shop's automatic texts",
    ("message_items", "evidence"): "units, days and purchase orders",
    ("message_items", "window"): "days",
    ("peggings", "arrivals"): "units, days and purchase orders",
    ("promises", "evidence"): "units, days and purchase orders",
    ("promises", "parts"): "units and days",
    ("requests", "terms"): "units and prices of a product",
    ("timeline", "detail"): "what the engine did, in its own words",
    ("engine_errors", "backorder"): "the line's ID",
    ("engine_errors", "subject"): "the ID of what could not be read",
}
"""Texts of lines and customers that stay: in them are IDs, kinds, days, numbers, and no person's words."""


def of_people() -> set[str]:
    """The tables that refer to a customer, or to what is theirs."""
    found = {"customers"}
    while True:
        more = {
            table.name
            for table in t.metadata.sorted_tables
            if {key.column.table.name for key in table.foreign_keys} & (found - OF_OTHERS)
        }
        if more <= found:
            return (found | {"message_items", "engine_errors", "inbound_texts"}) - {"deliveries"}
        found |= more


def emptied() -> set[tuple[str, str]]:
    """The columns that are emptied: those of JSON, and those that statements of the module name."""
    found = {(table.name, column) for table, column, _ in erasing._JSON}
    source = Path(erasing.__file__).read_text(encoding="utf-8")
    named = {each.value for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Constant)}
    named |= {each.arg for each in ast.walk(ast.parse(source)) if isinstance(each, ast.keyword) and each.arg}
    for name in of_people():
        found |= {(name, column.name) for column in t.metadata.tables[name].columns if column.name in named}
    return found


def test_every_text_that_may_hold_a_persons_words_is_emptied_or_holds_none() -> None:
    """Whoever adds such a column says in `backorder/storage/erasing.py` how it is emptied."""
    texts = {
        (name, column.name)
        for name in of_people()
        for column in t.metadata.tables[name].columns
        if isinstance(column.type, Text)
    }
    assert texts - emptied() - set(WORDLESS) == set()


def test_every_table_of_a_line_goes_with_it() -> None:
    """Whoever adds such a table names it in `backorder/storage/expired_lines.py`."""
    source = Path(expired_lines.__file__).read_text(encoding="utf-8")

    def is_deleted(table: Table) -> bool:
        return table in expired_lines.OF_A_LINE or f"delete(t.{table.name})" in source

    assert [name for name in sorted(of_people()) if not is_deleted(t.metadata.tables[name])] == []


def test_a_sale_holds_the_number_of_an_order_and_nothing_else_of_anybody() -> None:
    """It leads to a person through a line of the order alone, and is kept for so long as all else."""
    assert {column.name for column in t.sales.columns} == {
        *("sku", "day", "order_id", "quantity", "returned", "in_stock", "import_id", "imported_at")
    }
    assert "delete(sales)" in Path(expired_sales.__file__).read_text(encoding="utf-8")
