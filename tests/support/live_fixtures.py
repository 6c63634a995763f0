"""Fixtures: a shop on a real server, and one on a server that skips time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.support.databases import NewDatabase
from tests.support.live_shop import LiveShop, open_shop
from tests.support.temporal import dev_server, skipping_server


@pytest.fixture(scope="session")
async def live() -> AsyncIterator[WorkflowEnvironment]:
    """A real server, on which time runs as it does."""
    async with await dev_server() as found:
        yield found


@pytest.fixture
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A server on which months pass in no time.

    Each test has its own: a workflow task that one test leaves behind would stop the clock of the next.
    """
    async with await skipping_server() as found:
        yield found


@pytest.fixture
async def shop(
    request: pytest.FixtureRequest, live: WorkflowEnvironment, new_database: NewDatabase
) -> AsyncIterator[LiveShop]:
    """A shop on a real server, where business time is the machine's; on SQLite if nothing else is asked."""
    async with open_shop(live, new_database(getattr(request, "param", "sqlite"))) as found:
        yield found


@pytest.fixture
async def season(
    request: pytest.FixtureRequest, skipping: WorkflowEnvironment, new_database: NewDatabase
) -> AsyncIterator[LiveShop]:
    """A shop on a server that skips time, on a Monday morning; on SQLite if nothing else is asked."""
    async with open_shop(skipping, new_database(getattr(request, "param", "sqlite")), skips=True) as found:
        yield found
