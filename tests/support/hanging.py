"""A plugin of pytest: a test that is stopped because it hangs says what each of its tasks waited for.

The stacks of threads say nothing of that.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Generator, Iterator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add it to the report."""
    report = yield
    if call.excinfo is not None and "from pytest-timeout" in str(call.excinfo.value):
        report.sections.append(("What each task waited for", "\n".join(sorted(waiting()))))
    return report


def waiting() -> Iterator[str]:
    """Each task that is not done, from the outermost function to what it awaits."""
    for each in gc.get_objects():
        if isinstance(each, asyncio.Task) and not each.done():
            yield f"{each.get_name()}: {' > '.join(_chain(each.get_coro()))}"


def _chain(awaited: Any) -> Iterator[str]:
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        yield f"{frame.f_code.co_name}:{frame.f_lineno}" if frame else type(awaited).__name__
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
