"""Temporal servers: a real one for a whole test process, and one that skips time for a single test."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from starter.temporal import register_search_attributes
from workflows.backorder import SEARCH_ATTRIBUTES

BINARIES = Path(sys.executable).parent
PROMPT_TIMERS = ("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"')
SOON = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=20")
"""For a server that soon suggests to continue as new."""


async def dev_server(*extra: str) -> WorkflowEnvironment:
    """A development server of its own, with the search attributes registered. The caller shuts it down."""
    found = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BINARIES / "temporal"),
        dev_server_extra_args=[*PROMPT_TIMERS, *extra],
        dev_server_log_level="never",
    )
    await register_search_attributes(found.client)
    return found


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


async def skipping_server() -> WorkflowEnvironment:
    """A server that skips time, with the search attributes registered. The caller shuts it down."""
    found = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(BINARIES / "temporal-test-server")
    )
    await _register(found)
    return found


async def _register(skipping: WorkflowEnvironment) -> None:
    """This server cannot list its search attributes, so that production's way does not work on it."""
    request = AddSearchAttributesRequest(namespace=skipping.client.namespace)
    for key in SEARCH_ATTRIBUTES:
        request.search_attributes[key.name] = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    await skipping.client.operator_service.add_search_attributes(request)
