"""How long an answer may take to begin, without a server."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from backorder.logs import fields_of
from web.requests import Requests, in_log


def answered(app: Any) -> list[Message]:
    """What an application sends that has no time at all."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(Requests(app, longest_wait=0)(scope, receive, send))
    return sent


async def hangs(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def streams(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Begins at once and takes its time."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(5):
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"all of it"})


async def breaks(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Is a defect."""
    raise ValueError("odd")


def test_a_defect_is_answered_with_the_requests_id_and_nothing_of_its_insides() -> None:
    start, body = answered(breaks)
    assert (start["status"], b"odd" in body["body"]) == (500, False)
    assert b"x-request-id" in dict(start["headers"])


def test_each_defect_says_in_the_log_what_it_was(caplog: pytest.LogCaptureFixture) -> None:
    """Its trace is written once a minute; the line of each request names what was raised, and its ID."""
    caplog.set_level(logging.INFO, "web.requests")
    caplog.handler.addFilter(in_log)
    said = [dict(answered(breaks)[0]["headers"])[b"x-request-id"].decode() for _ in range(2)]
    lines = [fields_of(each) for each in caplog.records if each.levelno == logging.INFO]
    assert [(each["request_id"], each["status"], each["error"]) for each in lines] == [
        (id, 500, "ValueError") for id in said
    ]


def test_what_does_not_begin_in_time_is_answered_all_the_same() -> None:
    start, body = answered(hangs)
    assert (start["status"], b"it took longer" in body["body"]) == (503, True)


def test_what_has_begun_may_take_its_time() -> None:
    start, body = answered(streams)
    assert (start["status"], body["body"]) == (200, b"all of it")
