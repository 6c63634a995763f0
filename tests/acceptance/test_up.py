"""`backorder up`: everything out of one folder, started, stopped, crashed and started again."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from temporalio.client import Client

from backorder import schemas
from backorder.domain.api_keys import ROLES
from backorder.errors import SetupError
from backorder.services.services import Services, open_services
from backorder.settings import Settings
from backorder.storage.engine import reading
from starter.client import Backorders
from starter.embedded.child import Child
from starter.embedded.clocks import set_once
from starter.embedded.stack import temporal
from starter.embedded.wiring import PORT_TAKEN, connected
from tests.support.commands import Running, alive, backorder, running, until
from tests.support.databases import NewDatabase

IS_UP = "Backorder is up"
FULFILLED = "fulfilled"


@contextmanager
def up(data: Path, policies: Path, *options: str, database: str = "") -> Iterator[Running]:
    """A stack on a folder; what it says goes to a file of its own."""
    output = data.parent / f"up-{len(list(data.parent.glob('up-*')))}.txt"
    arguments = ("up", "--data", str(data), "--port", "0", *options)
    with running(
        output,
        *arguments,
        BACKORDER_POLICIES=str(policies),
        BACKORDER_DATABASE_URL=database,
        BACKORDER_METRICS="127.0.0.1:0",
    ) as found:
        yield found


def reached(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / "up.json").read_text())
    return found


@contextmanager
def opened(data: Path) -> Iterator[Services]:
    services = open_services(Settings(data=data))
    yield services
    services.close()


async def client_of(data: Path, services: Services) -> Backorders:
    return Backorders(await Client.connect(reached(data)["temporal"]), services)


def scalar(services: Services, query: str) -> Any:
    with reading(services.engine) as connection:
        return connection.execute(text(query)).scalar_one_or_none()


async def order_a_desk(backorders: Backorders, number: int) -> None:
    """One desk is ordered, and one is on its way."""
    now = backorders.now()
    await backorders.supplier(schemas.Supplier(id="oak", name="Oakworks", lead_days=14))
    desk = {"sku": "DESK", "name": "Walnut desk", "price": "100.00", "currency": "EUR", "supplier": "oak"}
    await backorders.product(schemas.parse(schemas.Product, desk))
    on_its_way = {"line": "1", "sku": "DESK", "quantity": 1, "stated_date": (now + timedelta(days=90)).date()}
    purchase = {"id": f"PO-{number}", "supplier": "oak", "ordered_at": now, "lines": [on_its_way]}
    await backorders.purchase_order(schemas.parse(schemas.PurchaseOrder, purchase))
    ann = {"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "IE"}
    line = {"order_id": str(number), "line_id": "1", "sku": "DESK", "quantity": 1, "customer": ann}
    line |= {"unit_price": "100.00", "currency": "EUR", "ordered_at": now, "payment": "captured"}
    await backorders.start(schemas.parse(schemas.OrderLine, line))


async def desk_arrives(backorders: Backorders, number: int) -> None:
    receipt = {"receipt_id": f"R-{number}", "purchase_order": f"PO-{number}", "line": "1", "quantity": 1}
    await backorders.receive(schemas.parse(schemas.Receipt, receipt | {"received_at": backorders.now()}))


def told(services: Services, kind: str) -> bool:
    return bool(scalar(services, f"SELECT count(*) FROM messages WHERE kind = '{kind}' AND state = 'sent'"))


def tells_its_metrics(data: Path, stack: Running) -> None:
    """The worker at its own port, HTTP to an operator: each with Temporal's own."""
    [place] = re.findall(
        r"metrics are at (http://127\.0\.0\.1:\d+/metrics)", (data / "worker.log").read_text()
    )
    worker = httpx.get(place).text
    assert 'backorder_messages_total{channel="email",outcome="accepted"} 1.0' in worker
    assert 'backorder_lines{status="waiting"} 1.0' in worker
    assert re.search(r"^temporal_workflow_completed_total|^temporal_request_total\{", worker, re.MULTILINE)
    key = re.search(r"admin +(bo_live_\w+)", stack.words)
    assert key is not None
    read = {"authorization": f"Bearer {key[1]}"}
    web, too_many = reached(data)["web"], {"reason": "too many", "quantity": 9}
    asked = httpx.post(f"{web}/v1/backorders/1/1/cancel", headers=read, json=too_many, timeout=30)
    assert asked.json()["type"] == "urn:backorder:rejected"
    web = httpx.get(f"{web}/metrics", headers=read).text
    assert 'backorder_lines{status="waiting"} 1.0' in web
    assert 'route="/v1/backorders/{order}/{line}",status="200"} 1.0' in web
    assert "temporal_request_total{" in web


async def its_line_ends(data: Path, services: Services) -> None:
    """The line that waited before goes on from there: its goods come and leave, and nothing is said twice."""
    backorders = await client_of(data, services)
    await desk_arrives(backorders, 1)
    await until(lambda: scalar(services, "SELECT count(*) FROM events WHERE type = 'backorder.allocated'"))
    outcome = await backorders.ship("1/1", schemas.Shipment(shipment_id="S-1", quantity=1))
    assert outcome.verdict == "accepted"
    await until(lambda: told(services, "shipped"))
    assert scalar(services, "SELECT phase FROM backorders") == FULFILLED
    assert scalar(services, "SELECT count(*) FROM messages WHERE kind = 'confirmed'") == 1


async def test_a_line_goes_on_where_it_was_when_the_stack_starts_again_on_another_database(
    tmp_path: Path, policies: Path, new_database: NewDatabase
) -> None:
    """Copying is refused while the worker runs; then copied, switched, and the line goes on and ends."""
    data, target = tmp_path / "data", new_database("postgresql")
    settings = {"BACKORDER_DATA": str(data), "BACKORDER_POLICIES": str(policies)}
    with up(data, policies, "--day", "20s") as first:
        await until(lambda: first.says(IS_UP))
        with opened(data) as services:
            await order_a_desk(await client_of(data, services), 1)
            await until(lambda: told(services, "confirmed"))

            key = re.search(r"agent +(bo_live_\w+)", first.words)
            assert key is not None
            said = httpx.get(
                f"{reached(data)['web']}/v1/backorders/1/1", headers={"authorization": f"Bearer {key[1]}"}
            )
            assert (said.status_code, said.json()["status"]) == (200, "waiting")
            tells_its_metrics(data, first)

        again = backorder("up", "--data", str(data), BACKORDER_POLICIES=str(policies))
        assert again.returncode == 2
        assert f"a stack runs on {data} already (process {first.process.pid}" in again.stderr
        assert "Traceback" not in again.stderr
        refused = backorder("db", "copy", target, **settings)
        assert refused.returncode == 2
        assert "a worker asked for work within the last two minutes" in refused.stderr

        family = first.family()
        assert len(family) == 3
        assert first.stop() == 0
        assert alive(family) == []
        assert not (data / "up.json").exists()
        assert "180 business days an hour" in first.words

    moved = backorder("db", "copy", target, "--json", **settings)
    assert moved.returncode == 0, moved.stderr
    assert json.loads(moved.stdout)["rows"]["backorders"] == 1
    itself = backorder("db", "copy", f"sqlite:///{data}/backorder.db", **settings)
    assert (itself.returncode, "itself" in itself.stderr) == (2, True)

    with up(data, policies, database=target) as second:
        await until(lambda: second.says(IS_UP))
        assert "a business day lasts 20 s" in second.words
        assert "bo_live_" not in second.words
        services = open_services(Settings(data=data, database_url=target))
        await its_line_ends(data, services)
        services.close()
        assert second.stop(signal.SIGINT) == 0
    with opened(data) as services:
        assert scalar(services, "SELECT phase FROM backorders") == "open", "the old one stays as it was"


async def test_a_dead_worker_is_replaced_and_nothing_outlives_a_crash(tmp_path: Path, policies: Path) -> None:
    data = tmp_path / "data"
    with up(data, policies) as stack:
        await until(lambda: stack.says(IS_UP))
        server, worker, _ = sorted(stack.family())
        os.kill(worker, signal.SIGKILL)
        await until(lambda: stack.says("the worker ended (signal SIGKILL); it is started again"))
        with opened(data) as services:
            await order_a_desk(await client_of(data, services), 1)
            await until(lambda: told(services, "confirmed"))

        family = stack.family()
        assert server in family
        assert worker not in family
        stack.stop(signal.SIGKILL)
        await until(lambda: alive(family) == [])
        assert reached(data)["pid"] == stack.process.pid

    with up(data, policies) as after:
        await until(lambda: after.says(IS_UP))
        assert "1 lines open" in after.words
        with opened(data) as services:
            await its_line_ends(data, services)
        assert after.stop() == 0


async def test_a_start_that_fails_makes_no_keys_that_nobody_has_seen(tmp_path: Path, policies: Path) -> None:
    """Its worker cannot have the port at which it tells its metrics."""
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = backorder(
            *("up", "--data", str(data), "--port", "0"),
            BACKORDER_POLICIES=str(policies),
            BACKORDER_METRICS=f"127.0.0.1:{taken.getsockname()[1]}",
        )
    assert ended.returncode == 2
    assert "the worker does not start" in ended.stderr
    with up(data, policies) as stack:
        await until(lambda: stack.says(IS_UP))
        shown = set(re.findall(r"(\w+) +bo_live_\w+", stack.words))
        assert stack.stop() == 0
    assert shown == set(ROLES)


@pytest.mark.parametrize("option", ["--port", "--temporal-port"])
def test_a_port_that_is_taken_is_named(tmp_path: Path, policies: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = backorder(
            "up", "--data", str(tmp_path / "data"), option, str(port), BACKORDER_POLICIES=str(policies)
        )
    assert ended.returncode == 2
    assert f"port {port} is taken: choose another one with {option}" in ended.stderr


async def test_a_server_that_loses_a_port_meanwhile_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "temporal.log"
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, socket.create_server(("", 0)) as probe:
        front, metrics = probe.getsockname()[1], taken.getsockname()[1]
        probe.close()
        command = [temporal(), "server", "start-dev", "--headless", "--ip", "127.0.0.1"]
        command += ["--port", str(front), "--metrics-port", str(metrics), "--log-level", "error"]
        server = Child("server", command, os.environ, log)
        await server.start()
        try:
            connecting = asyncio.ensure_future(connected(server, f"127.0.0.1:{front}"))
            await server.wait()
            assert PORT_TAKEN in log.read_text()
            taken.close()
            assert await (await connecting).service_client.check_health()
        finally:
            await server.stop(10)


async def test_a_server_whose_port_stays_taken_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [temporal(), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port)]
        server = Child("server", command, os.environ, tmp_path / "temporal.log")
        await server.start()
        with pytest.raises(SetupError, match=f"the server does not start:\n(?s:.*){port}.*{PORT_TAKEN}"):
            await connected(server, f"127.0.0.1:{port}")


def test_a_pace_that_is_none_is_refused(tmp_path: Path) -> None:
    ended = backorder("up", "--data", str(tmp_path / "data"), "--day", "soon")
    assert ended.returncode == 2
    assert '"soon" is no length; write it like 2s, 500ms or 1m' in ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_keeps_its_clock(services: Services) -> None:
    now = datetime(2030, 1, 1, 12, tzinfo=UTC)
    first = set_once(services, 2.0, None, now)
    assert set_once(services, None, None, now + timedelta(days=1)) == first
    assert set_once(services, 2.0, None, now + timedelta(days=1)) == first
    with pytest.raises(SetupError, match="a business day lasts 2 s: leave --day out"):
        set_once(services, 1.0, None, now)
