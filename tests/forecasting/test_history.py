from datetime import date

import pytest

from backorder.forecasting.history import PastOrder, read_history


def test_reads_orders_in_any_column_order() -> None:
    text = "arrived,supplier,stated,note,ordered,destination\n2025-01-09,Acme,2025-01-08,x,2025-01-01,Oslo\n"
    assert read_history(text).orders == (
        PastOrder("Acme", "Oslo", date(2025, 1, 1), date(2025, 1, 8), date(2025, 1, 9)),
    )


def test_takes_lines_a_byte_order_mark_quotes_and_open_orders() -> None:
    lines = ["\ufeffSupplier, destination ,ordered,arrived\r\n", '"Acme, Ltd",Oslo,2025-01-01,\r\n', "\r\n"]
    found = read_history(lines)
    assert found.orders == (PastOrder("Acme, Ltd", "Oslo", date(2025, 1, 1)),)
    assert found.faults == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Acme,Oslo,2025-01-02,2025-01-01,", "arrived 2025-01-01 is before ordered 2025-01-02"),
        ("Acme,Oslo,2025-01-02,,2025-01-01", "stated 2025-01-01 is before ordered 2025-01-02"),
        ("Acme,Oslo,02/01/2025,,", 'ordered is not an ISO day: "02/01/2025"'),
        ("Acme,Oslo,2025-01-02,soon,", 'arrived is not an ISO day: "soon"'),
        ("Acme,Oslo,,2025-01-01,", "ordered is missing"),
        (",Oslo,2025-01-01,,", "supplier is missing"),
        ("Acme,Oslo,2025-01-01", "3 cells where the header has 5"),
        ("Acme,Oslo,2025-01-01,,,more", "6 cells where the header has 5"),
        ("Acme,Oslo,0205-01-01,2025-01-01,", "is before 2000-01-01"),
        ('"Acme"x,Oslo,2025-01-01,,', "not CSV"),
    ],
)
def test_names_each_fault_with_its_line(row: str, reason: str) -> None:
    good = "Bolt,Oslo,2025-01-01,2025-01-03,"
    found = read_history(f"supplier,destination,ordered,arrived,stated\n{good}\n{row}\n{good}\n")
    assert len(found.orders) == 2
    (fault,) = found.faults
    assert fault.line == 3
    assert reason in fault.reason
    assert str(fault).startswith("line 3: ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("supplier,ordered\nAcme,2025-01-01\n", "the header lacks destination, arrived"),
        ("supplier,destination,ordered,arrived,arrived\n", "names arrived twice"),
    ],
)
def test_a_faulty_header_leaves_no_orders(text: str, reason: str) -> None:
    found = read_history(text)
    assert found.orders == ()
    (fault,) = found.faults
    assert fault.line == 1
    assert reason in fault.reason


def test_every_row_is_an_order_or_a_fault() -> None:
    rows = ["Acme,Oslo,2025-01-01,2025-01-0" + str(digit) for digit in range(10)]
    found = read_history("\n".join(["supplier,destination,ordered,arrived", *rows]))
    assert len(found.orders) + len(found.faults) == len(rows)
    assert [fault.line for fault in found.faults] == [2]
