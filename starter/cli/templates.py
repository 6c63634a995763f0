"""A sample of a file of order lines: every column, and a row that imports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from backorder.errors import RefusedError, SetupError
from starter.cli.verdicts import unwritable
from starter.files.csvfiles import Writer
from starter.files.tables import Columns

_EXAMPLE: Mapping[str, str] = {
    "order_id": "EXAMPLE-1",
    "line_id": "1",
    "sku": "DESK",
    "quantity": "2",
    "customer.id": "example-customer",
    "customer.kind": "consumer",
    "customer.name": "Ada Example",
    "customer.email": "ada@example.com",
    "customer.locale": "en_GB",
    "customer.region": "GB",
    "unit_price": "349.00",
    "currency": "EUR",
    "payment": "captured",
    "policy": "standard",
    "priority": "0",
}
"""What the row says; other columns are left empty."""


def write_template(name: str, columns: Columns) -> None:
    """Write the sample. The row's product and price are on record, if anything is. Raises RefusedError."""
    ending = Path(name).suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise RefusedError([f"--template: name it .csv or .xlsx, not {name}"])
    if Path(name).exists():
        raise RefusedError([f"--template: {name} is there already"])
    example = {**_EXAMPLE, **_on_record()}
    rows = [list(columns.known), [example.get(column, "") for column in columns.known]]
    try:
        _WRITERS[ending](name, rows)
    except OSError as error:
        raise RefusedError([unwritable(name, "--template", error)]) from None


def _on_record() -> dict[str, str]:
    """A product that the database knows, and an instant that has passed in its time."""
    from backorder.services.services import machine_now
    from starter.cli.session import opened

    try:
        with opened() as session:
            now, product = session.now(), session.services.intake.any_product()
    except SetupError:
        now, product = machine_now(), {}
    ordered_at = (now - timedelta(hours=1)).replace(microsecond=0)
    return {"ordered_at": ordered_at.isoformat()} | product


def _csv(name: str, rows: list[list[str]]) -> None:
    # With the mark, spreadsheets read it as UTF-8.
    with Path(name).open("w", newline="", encoding="utf-8-sig") as file:
        writer = Writer(file, end="\r\n")
        for row in rows:
            writer.write(*row)


def _xlsx(name: str, rows: list[list[str]]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = "order lines"
    for row in rows:
        sheet.append(row)
    for number, column in enumerate(rows[0], start=1):
        sheet.cell(1, number).font = Font(bold=True)
        letter = sheet.cell(1, number).column_letter
        sheet.column_dimensions[letter].width = max(12, len(column) + 2)
        # Numbers that a spreadsheet recognises in an ID are another ID.
        sheet.column_dimensions[letter].number_format = "@"
        sheet.cell(2, number).number_format = "@"
    sheet.freeze_panes = "A2"
    book.save(name)


_WRITERS = {".csv": _csv, ".xlsx": _xlsx}
