"""Temporal servers: a real one for a whole test process, and one that skips time for a single test."""

from __future__ import annotations

import sys
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from starter.temporal import register_search_attributes
from workflows.backorder import SEARCH_ATTRIBUTES

BINARIES = Path(sys.executable).parent
TIMERS_ON_TIME = 'history.timerProcessorMaxTimeShift="10ms"'
"""Without it the dev server lets timers fire up to 690 ms late."""
SOON = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=20")
"""For a server that soon suggests to continue as new."""


async def dev_server(*extra: str) -> WorkflowEnvironment:
    """A development server of its own, with the search attributes registered. The caller shuts it down."""
    found = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BINARIES / "temporal"),
        dev_server_extra_args=["--dynamic-config-value", TIMERS_ON_TIME, *extra],
        dev_server_log_level="never",
    )
    await register_search_attributes(found.client)
    return found


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
