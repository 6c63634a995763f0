"""The types of rows: what readers say of columns is what the tables say of them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Column

from backorder.storage.tables import metadata

ROOT = Path(__file__).parents[2] / "backorder"
_TYPES = {
    "String": "str",
    "Text": "str",
    "Unset": "str",
    "Integer": "int",
    "BigInteger": "int",
    "Whole": "int",
    "Count": "int",
    "Boolean": "bool",
    "Float": "float",
    "Instant": "datetime",
    "Day": "date",
    "Amount": "Decimal",
}
"""What a value of each type of column is in Python."""
_NARROWER = {"Channel": "str", "Partial": "str"}
_WHOLE = {
    "BackorderRow": "backorders",
    "CustomerRow": "customers",
    "DeliveryRow": "deliveries",
    "DemandRow": "demands",
    "ExpectedReceiptRow": "expected_receipts",
    "ItemRow": "message_items",
    "MessageRow": "messages",
    "OrderedLineRow": "purchase_order_lines",
    "ProductRow": "products",
    "ReceiptRow": "receipts",
    "RequestRow": "requests",
    "SendRow": "sends",
    "StockRow": "stock",
}
"""Rows that have all the columns of a table."""
_NEVER_NULL_THERE = {
    "queries/line_histories.py::_AskedRow.decided_at": "the query asks for accepted requests",
    "queries/supply_report.py::_PromisedRow.by": "the query asks for promises with a day",
    "services/texted_questions.py::_AskedRow.send": "the query joins sends",
    "services/texted_questions.py::_AskedRow.recorded_at": "the query asks for what went",
}
"""Columns that may be NULL in the table, and in no row that is read so; and why."""


def type_of(column: Column[object]) -> str:
    """A column's values in Python."""
    name = _TYPES[type(column.type).__name__]
    return f"{name} | None" if column.nullable or type(column.type).__name__ == "Unset" else name


@cache
def texts() -> Mapping[Path, str]:
    """The modules."""
    return {file: file.read_text(encoding="utf-8") for file in sorted(ROOT.rglob("*.py"))}


@cache
def row_types() -> Sequence[tuple[str, Mapping[str, str]]]:
    """The rows that modules read: where each stands, and the types of its columns."""
    return tuple(_row_types())


def _row_types() -> Iterator[tuple[str, Mapping[str, str]]]:
    for file, text in texts().items():
        for each in ast.parse(text).body if "Row(" in text else ():
            if isinstance(each, ast.ClassDef) and each.name.endswith("Row") and _is_protocol(each):
                fields = (one for one in each.body if isinstance(one, ast.AnnAssign))
                place = f"{file.relative_to(ROOT).as_posix()}::{each.name}"
                yield place, {ast.unparse(one.target): ast.unparse(one.annotation) for one in fields}


def _is_protocol(each: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in each.bases)


def plain(said: str) -> str:
    """A type without what narrows it."""
    first, *rest = said.split(" | ")
    return " | ".join([_NARROWER.get(first, first), *rest])


def known_types() -> Mapping[str, set[str]]:
    """What a column of each name is, in any table, or beside nothing where a join finds no row."""
    found: dict[str, set[str]] = defaultdict(set)
    for table in metadata.tables.values():
        for column in table.columns:
            said = type_of(column)
            found[column.name] |= {said, f"{said.removesuffix(' | None')} | None"}
    return found


def test_a_row_says_of_a_column_what_a_table_says_of_it() -> None:
    known = known_types()
    wrong = {
        f"{place}.{name}": plain(said)
        for place, columns in row_types()
        for name, said in columns.items()
        if name in known and plain(said) not in known[name]
    }
    assert wrong.keys() == _NEVER_NULL_THERE.keys()
    assert all(f"{said} | None" in known[place.rpartition(".")[2]] for place, said in wrong.items())


@pytest.mark.parametrize(("row", "table"), _WHOLE.items())
def test_a_whole_row_has_each_column_of_its_table(row: str, table: str) -> None:
    stand = re.compile(rf"storage/(rows|tables/\w+)\.py::{row}")
    [said] = [columns for place, columns in row_types() if stand.fullmatch(place)]
    own = {column.name: type_of(column) for column in metadata.tables[table].columns}
    assert {name: plain(each) for name, each in said.items()} == own
    read = re.compile(rf"\b{row}\b")
    assert sum(len(read.findall(text)) for text in texts().values() if row in text) > 1, "nobody reads it"
