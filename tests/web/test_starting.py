"""Starting to serve: secrets that keep nobody out, and keys on the command line."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.testing import WorkflowEnvironment

from backorder.errors import SetupError
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.services import machine_now
from backorder.settings import Settings
from backorder.storage.engine import open_database
from starter.cli import cli
from starter.secret_strength import fault_of_secret
from starter.web_server import open_desk
from tests.support.commands import backorder, running, until
from tests.support.databases import NewDatabase
from tests.support.web import SECRET, free_port


@pytest.mark.parametrize(
    "secret",
    [
        *("", "secret", "CHANGEME", "change-me-123", "a" * 64, "too-short-1234", "secret-secret_secret"),
        *("0123456789abcdef" * 2, "0123456789abcdefghijklmn", "zyxwvutsrqponmlkjihgfedcba", "k3Xq9_pL" * 3),
    ],
)
def test_a_secret_that_everybody_knows_or_guesses_is_refused(secret: str) -> None:
    assert fault_of_secret(secret)


def test_a_secret_by_chance_is_taken() -> None:
    assert fault_of_secret("8d0bd1b2c4f5a697d8e1f2a3b4c5d6e7") is None


def test_nothing_is_served_without_a_secret_or_a_database(tmp_path: Path, new_database: NewDatabase) -> None:
    nowhere = backorder("web", "--port", "0", BACKORDER_DATA=str(tmp_path / "none"))
    assert (nowhere.returncode, "there is no database" in nowhere.stderr) == (2, True)
    started = backorder("web", "--port", "0", BACKORDER_DATABASE_URL=new_database("sqlite"))
    assert started.returncode == 2
    assert "BACKORDER_SECRET is not set" in started.stderr


async def test_pages_wait_for_no_search_attributes_that_their_own_stack_is_about_to_register(
    new_database: NewDatabase, live: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`backorder up` starts its pages beside its Temporal; a server of its own says what is missing."""
    retention = Duration(seconds=86_400)
    bare = RegisterNamespaceRequest(namespace="bare", workflow_execution_retention_period=retention)
    await live.client.workflow_service.register_namespace(bare)
    monkeypatch.setenv("TEMPORAL_ADDRESS", live.client.service_client.config.target_host)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "bare")
    settings = Settings(data=tmp_path, database_url=new_database("sqlite"), secret=SECRET)
    with pytest.raises(SetupError, match="does not know the search attributes"):
        async with open_desk(settings, embedded=False):
            raise AssertionError("served")
    async with open_desk(settings, embedded=True) as desk:
        assert desk.embedded


def key_of_an_admin(database: str) -> str:
    engine = open_database(database)
    wanted = parse(NewApiKey, {"name": "eye", "roles": ["admin"]})
    key = api_keys.create(engine, wanted, machine_now())[1]
    engine.dispose()
    return key


async def test_the_processes_of_one_server_count_together(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database("sqlite")
    read, port = {"authorization": f"Bearer {key_of_an_admin(database)}"}, free_port()
    url = f"http://127.0.0.1:{port}"
    with running(
        tmp_path / "web.txt",
        *("web", "--port", str(port), "--workers", "2"),
        BACKORDER_DATABASE_URL=database,
        BACKORDER_SECRET=SECRET,
    ) as server:

        def count() -> float:
            """Each call has a connection of its own, so that either process may get it."""
            said = httpx.get(f"{url}/metrics", headers=read).text
            found = re.search(r'route="/healthz",status="200"} ([0-9.]+)', said)
            return float(found[1]) if found else 0.0

        def serves() -> bool:
            with suppress(httpx.TransportError):
                return httpx.get(f"{url}/healthz").status_code == 200
            return False

        await until(serves)
        second = backorder(
            *("web", "--port", str(port)), BACKORDER_DATABASE_URL=database, BACKORDER_SECRET=SECRET
        )
        assert second.returncode == 2
        assert second.stderr.count("\n") == 1
        assert f"nothing can listen at 127.0.0.1, port {port}: address already in use" in second.stderr
        before = count()
        for _ in range(20):
            httpx.get(f"{url}/healthz")
        assert {count() for _ in range(10)} == {before + 20}
        assert server.stop() == 0


def test_keys_are_made_listed_and_revoked(new_database: NewDatabase) -> None:
    here = {"BACKORDER_DATABASE_URL": new_database("sqlite")}

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, ["key", *words], env=here)

    wrong = run("create", "--role", "cook", "--from", "10.0.0", "--expires", "2001-01-01")
    assert wrong.exit_code == 2
    for option in ("--name", "--role", "--from"):
        assert option in wrong.stderr
    made = run("create", "--name", "shop", "--role", "orders", "--json")
    key = json.loads(made.stdout)
    assert key["key"].startswith(f"bo_live_{key['id']}_")
    listed = run("list", "--json")
    assert [(each["name"], each["revoked_at"]) for each in json.loads(listed.stdout)] == [("shop", None)]
    assert key["key"] not in listed.stdout
    assert run("revoke", key["id"]).exit_code == 0
    assert json.loads(run("list", "--json").stdout)[0]["revoked_at"]
    assert run("revoke", "none").exit_code == 2
