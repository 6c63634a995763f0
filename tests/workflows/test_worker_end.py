"""A worker that is told to stop does stop, whether or not the SDK lets go of it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from types import TracebackType

import pytest

import worker as production


class NeverEnding:
    """What the SDK's worker is, on a bad day: its shutdown goes on for ever."""

    async def __aenter__(self) -> None:
        """It works."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """It does not end."""
        await asyncio.Event().wait()


async def test_a_worker_that_the_sdk_does_not_let_go_of_is_left_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = []
    async with asyncio.timeout(30):
        with caplog.at_level(logging.ERROR):
            async with production.ended_within(timedelta(milliseconds=50), NeverEnding()):
                done.append("worked")
    assert done == ["worked"]
    assert [each.message for each in caplog.records] == ["a worker did not end within 0 s and is left behind"]


async def test_what_went_wrong_while_it_worked_is_not_lost() -> None:
    with pytest.raises(ValueError, match="wrong"):
        async with production.ended_within(timedelta(milliseconds=50), NeverEnding()):
            raise ValueError("wrong")
