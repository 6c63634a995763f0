"""The command line against a stack that runs: what it starts, asks for and reports, and its exit codes."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from starter.cli import cli
from starter.temporal import connect
from tests.support.policies import POLICY

Command = Callable[..., Result]
START_S = 120.0
LINE = [
    *("--sku", "LAMP", "--quantity", "2", "--unit-price", "10.00", "--currency", "EUR"),
    *("--payment", "captured"),
    *("--customer", "ann", "--name", "Ann", "--email", "ann@example.com", "--region", "DE"),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a stack that runs on business time."""
    folder = tmp_path_factory.mktemp("stack")
    log = (folder / "up.log").open("w")
    policies = folder / "policies"
    policies.mkdir()
    (policies / "standard.toml").write_text(POLICY)
    env = {**os.environ, "BACKORDER_DATA": str(folder), "BACKORDER_POLICIES": str(policies)}
    up = subprocess.Popen([sys.executable, "-m", "starter", "up"], env=env, stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_S
        while "Backorder is up" not in (folder / "up.log").read_text():
            assert up.poll() is None, (folder / "up.log").read_text()
            assert time.monotonic() < until, (folder / "up.log").read_text()
            time.sleep(0.1)  # between two looks at the condition
        yield folder
    finally:
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) is not None
        log.close()


@pytest.fixture
def run(data: Path) -> Command:
    """Call the command on the stack."""
    env = {"BACKORDER_DATA": str(data), "COLUMNS": "200"}
    return lambda *args, **more: CliRunner().invoke(cli, list(args), env=env, **more)


@pytest.fixture
def shop(run: Command) -> Command:
    """A shop with a product and a purchase order for it; saying it again changes nothing."""
    for args in (
        "supply supplier acme --name Acme --lead-days 14",
        "supply product LAMP --name Lamp --price 10.00 --currency EUR --supplier acme",
        "supply product DESK --name Desk --price 90.00 --currency EUR --supplier acme",
    ):
        assert run(*args.split()).exit_code == 0
    return run


def value(result: Result) -> Any:
    """The JSON that a command printed."""
    assert result.exit_code in (0, 1, 2), result.output
    return json.loads(result.stdout)


def ahead(days: int) -> str:
    """The day that many days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def wait_for(look: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + 60
    while not look():
        assert time.monotonic() < until
        time.sleep(0.1)  # between two looks at the condition


def test_the_life_of_a_line(shop: Command) -> None:
    """From its start to its ending, by commands alone."""
    run = shop
    started = run("start", "L-1/1", *LINE, "--json")
    assert value(started) == {
        "id": "L-1/1",
        "new": True,
        "running": True,
        "closed": False,
        "flags": [],
        "warnings": [],
    }
    ordered_at = value(run("show", "L-1/1", "--json"))["ordered_at"]
    again = run("start", "L-1/1", *LINE, "--ordered-at", ordered_at)
    assert again.exit_code == 0
    assert "is on record already" in again.stdout
    other = run("start", "L-1/1", *LINE, "--ordered-at", ordered_at, "--priority", "5")
    assert other.exit_code == 1
    assert "exists already, with other content" in other.stderr
    wait_for(
        lambda: [each["state"] for each in value(run("show", "L-1/1", "--json"))["messages"]] == ["sent"]
    )

    part = run(
        "cancel", "L-1/1", "--reason", "one is enough", "--quantity", "1", "--request-id", "C-1", "--json"
    )
    assert value(part)["verdict"] == "accepted"
    same = run(
        "cancel", "L-1/1", "--reason", "one is enough", "--quantity", "1", "--request-id", "C-1", "--json"
    )
    assert value(same) == value(part)
    assert run("cancel", "L-1/1", "--reason", "no", "--request-id", "C-1").exit_code == 1
    too_many = run("ship", "L-1/1", "--quantity", "5", "--shipment", "S-0")
    assert too_many.exit_code == 1
    assert "✗ rejected" in too_many.stdout
    assert run("ship", "L-9/9", "--quantity", "1", "--shipment", "S-1").exit_code == 2
    assert (
        value(run("refund", "L-1/1", "--amount", "10.00", "--refund", "R-1", "--json"))["verdict"]
        == "accepted"
    )
    assert (
        value(run("hold", "L-1/1", "--until", "3d", "--reason", "asked", "--json"))["verdict"] == "accepted"
    )
    assert value(run("payment", "L-1/1", "captured", "--json"))["verdict"] == "accepted"
    assert value(run("answer", "L-1/1", "keep", "--json"))["verdict"] == "accepted"
    assert (
        value(run("ship", "L-1/1", "--quantity", "1", "--shipment", "S-1", "--json"))["verdict"] == "accepted"
    )
    case = value(run("show", "L-1/1", "--json"))
    assert case["status"] == "fulfilled"
    assert (case["quantity"]["shipped"], case["quantity"]["cancelled"]) == (1, 1)
    late = run("cancel", "L-1/1", "--reason", "too late")
    assert (late.exit_code, "recorded, without effect" in late.stdout) == (4, True)


def test_supply_from_files(shop: Command, tmp_path: Path) -> None:
    run = shop
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "id,supplier,line,sku,quantity,stated_date\n"
        f"PO-1,acme,1,DESK,5,{ahead(40)}\nPO-1,acme,2,LAMP,5,\nPO-2,nobody,1,DESK,1,\n"
    )
    result = run("supply", "purchase-order", "--file", str(orders))
    assert result.exit_code == 2
    assert 'row 4 PO-2: supplier: "nobody" is unknown' in result.stdout
    assert "1 done, 1 refused" in result.stdout
    dates = tmp_path / "dates.csv"
    dates.write_text(f"purchase_order,line,quantity,date\nPO-1,1,3,{ahead(67)}\nPO-1,1,2,none\n")
    assert run("supply", "date", "--file", str(dates)).exit_code == 0
    run("start", "D-1/1", *LINE, "--sku", "DESK")
    preview = value(run("supply", "date", "PO-1", "1", "--split", f"5={ahead(95)}", "--preview", "--json"))
    assert [each["backorder"] for each in preview["effects"]] == ["D-1/1"]
    said = run(
        "supply", "date", "PO-1", "1", "--split", f"4={ahead(86)}", "--split", "1=none", "--source", "phone"
    )
    assert said.exit_code == 0, said.output
    order = ("supply", "purchase-order", "PO-1", "--supplier", "acme", "--line", "2 LAMP 5")
    later = run(*order, "--line", f"1 DESK 5 {ahead(191)}")
    assert later.exit_code == 0, later.output
    assert "! the new date of line 1 waits for the buyer: it moves a date by" in later.stdout
    wrong = run("supply", "date", "PO-1", "1", "--split", f"9={ahead(95)}")
    assert wrong.exit_code == 2
    assert "the splits add up to 9, but 5 units are outstanding" in wrong.stderr
    receipts = tmp_path / "receipts.jsonl"
    receipts.write_text('{"receipt_id": "W-1", "purchase_order": "PO-1", "line": "1", "quantity": 2}\n')
    assert run("supply", "receipt", "--file", str(receipts)).exit_code == 0
    wait_for(lambda: value(run("show", "D-1/1", "--json"))["status"] == "allocated")
    assert (
        run("supply", "adjust", "LAMP", "--quantity", "1", "--reason", "found", "--adjustment", "J").exit_code
        == 0
    )
    assert "is cancelled" in run("supply", "cancel", "PO-1", "2").stdout
    again = run("supply", "cancel", "PO-1", "2")
    assert (again.exit_code, again.stdout) == (0, "! nothing of PO-1 line 2 is outstanding any more\n")
    assert run("supply", "cancel", "PO-7").exit_code == 2


def test_import_goes_on_after_faulty_lines(shop: Command, tmp_path: Path) -> None:
    run = shop
    row = dict(zip(("sku", "quantity"), ("LAMP", "1"), strict=True)) | {
        "customer.id": "bob",
        "customer.name": "Bob",
        "customer.email": "bob@example.com",
        "customer.region": "GB",
        "unit_price": "10.00",
        "currency": "EUR",
        "ordered_at": "2025-03-03T09:00:00Z",
        "payment": "captured",
    }
    rows = [{"order_id": f"I-{number:03}", "line_id": "1"} | row for number in range(60)]
    rows[7]["quantity"] = "0"
    rows[8]["sku"] = "NIX"
    rows[20]["order_id"] = "I-021"
    path = tmp_path / "lines.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    result = run("import", str(path))
    assert result.exit_code == 2
    assert "56 started, 0 already there, 4 refused" in result.stdout
    assert "✗ row 9 I-007/1: quantity: " in result.stdout
    assert '"I-021/1" is also in row 23' in result.stdout
    assert len(value(run("list", "--customer", "bob", "--limit", "200", "--json"))["lines"]) == 56
    again = [json.loads(line)["verdict"] for line in run("import", str(path), "--json").stdout.splitlines()]
    assert Counter(again) == {"already there": 56, "refused": 4}


ODD = 'ü #1% = "x/y"'
"""Everything that means something to a shell, an address, a workbook or a key, in one ID."""
KEY = 'ü %231%25 = "x%2Fy"'


def test_ids_of_any_text_go_through_everything(shop: Command, data: Path) -> None:
    """In orders, lines, customers, products, suppliers and purchase orders; as typed, and as shown."""
    run = shop
    customer = ("--customer", ODD, "--name", "Zoe Odd", "--email", "zoe@example.com")
    assert run("supply", "supplier", ODD, "--name", "Odd", "--lead-days", "14").exit_code == 0
    product = ("supply", "product", ODD, "--name", "Odd lamp", "--price", "10.00", "--currency", "EUR")
    assert run(*product, "--supplier", ODD).exit_code == 0
    order = ("supply", "purchase-order", ODD, "--supplier", ODD)
    placed = run(*order, "--line", f"'{ODD}' '{ODD}' 4 {ahead(20)}")
    assert placed.exit_code == 0, placed.output

    typed = {"A%2F1/2": "A%2F1/2", "A/1%2F2": "A/1%2F2", "A%252F1/2": "A%252F1/2"}
    typed['ü #1% = "x%2Fy"/ü #1% = "x%2Fy"'] = f"{KEY}/{KEY}"
    for words, key in typed.items():
        start = ("start", words, *LINE, *customer, "--sku", ODD, "--quantity", "1")
        started = value(run(*start, "--json"))
        assert (started["id"], started["new"], started["running"]) == (key, True, True)
        assert value(run("show", words, "--json"))["id"] == key
        said = run(*start).stdout.splitlines()[-1]
        assert value(run(*shlex.split(said)[1:], "--json"))["id"] == key, "as it is shown"
    odd = list(typed.values())[-1]
    case = value(run("show", odd, "--json"))
    assert (case["order_id"], case["line_id"]) == (ODD, ODD)
    assert value(run("show", "A%252F1/2", "--json"))["order_id"] == "A%2F1"
    for found in (("list", "--sku", ODD), ("list", "--customer", ODD), ("list", "--supplier", ODD)):
        listed = value(run(*found, "--json"))["lines"]
        assert {each["id"] for each in listed} == set(typed.values()), found
    assert [each["id"] for each in value(run("list", "--order", ODD, "--json"))["lines"]] == [odd]
    assert [each["id"] for each in value(run("find", ODD, "--json"))["lines"]]
    assert run("list", "--order", ODD).exit_code == 0

    workflows = asyncio.run(workflow_ids(data))
    assert {f"backorder/{key}" for key in typed.values()} <= workflows
    assert f"purchase-order/{KEY}" in workflows
    assert "dispatch/0" in workflows

    for command in (
        ("hold", odd, "--until", "3d", "--reason", "asked", "--request-id", ODD),
        ("answer", odd, "keep", "--request-id", f"{ODD}a"),
        ("cancel", "A/1%2F2", "--reason", "no", "--request-id", ODD),
    ):
        assert value(run(*command, "--json"))["verdict"] == "accepted", command
    assert run("supply", "date", ODD, ODD, "--split", f"4={ahead(22)}").exit_code == 0
    received = run("supply", "receipt", ODD, ODD, "--receipt", ODD, "--quantity", "3")
    assert received.exit_code == 0, received.output
    for key in ("A%2F1/2", "A%252F1/2", odd):
        wait_for(partial(is_allocated, run, key))
        shipped = run("ship", key, "--quantity", "1", "--shipment", ODD, "--tracking", ODD, "--json")
        assert value(shipped)["verdict"] == "accepted"
    assert {value(run("show", key, "--json"))["status"] for key in ("A%2F1/2", odd)} == {"fulfilled"}
    assert value(run("show", "A/1%2F2", "--json"))["status"] == "closing"
    assert run("supply", "show", ODD, "--json").exit_code == 0
    assert run("supply", "cancel", ODD, ODD).exit_code == 0


def is_allocated(run: Command, line: str) -> bool:
    """Whether every unit of a line is set aside."""
    return bool(value(run("show", line, "--json"))["status"] == "allocated")


async def workflow_ids(data: Path) -> set[str]:
    """The IDs of all workflows of a stack, once the server lists them."""
    client = await connect(data)
    end = asyncio.get_running_loop().time() + 60
    while True:
        found = {each.id async for each in client.list_workflows()}
        if any(each == "dispatch/1" for each in found):
            return found
        assert asyncio.get_running_loop().time() < end, found
        await asyncio.sleep(0.1)  # between two looks at the condition


def test_register(run: Command) -> None:
    assert "registered already" in run("temporal", "register").stdout


def test_leaving_the_process_is_quick_and_quiet(shop: Command, data: Path) -> None:
    """A process that used Temporal leaves with its own exit code and without a word of its threads."""
    command = [sys.executable, "-m", "starter", "cancel", "L-404/1", "--reason", "x"]
    env = {**os.environ, "BACKORDER_DATA": str(data)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "✗ there is no backorder L-404/1\n"
