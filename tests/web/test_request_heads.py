"""Heads of requests that come slowly, or without end, from who has no key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from starter.web_server import options
from web import request_heads

BEGUN = b"POST / HTTP/1.1\r\nhost: shop\r\n"
WHOLE = BEGUN + b"content-length: 0\r\n\r\n"


async def answered(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await PlainTextResponse("done")(scope, receive, send)


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that reads heads as `backorder web` does."""
    protocol, state = options("", 0, 1, proxies="")["http"], ServerState()
    config = uvicorn.Config(answered, http=protocol, log_config=None, access_log=False, lifespan="off")
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


@pytest.mark.parametrize("sent", [b"", BEGUN, WHOLE + BEGUN])
async def test_a_head_that_does_not_end_is_waited_for_so_long(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_heads, "HEAD_S", 0.2)
    async with connection() as (reader, writer):
        writer.write(sent)
        said = await asyncio.wait_for(reader.read(), 60)
        assert (b"200 OK" in said, b"400" in said) == (WHOLE in sent, BEGUN in sent), said


async def test_a_head_without_end_is_not_kept() -> None:
    async with connection() as (reader, writer):
        writer.write(BEGUN)
        for _ in range(request_heads.HEAD_BYTES // 1000 + 2):
            writer.write(b"x: " + b"y" * 1000 + b"\r\n")
        assert b" 400 " in await asyncio.wait_for(reader.readline(), 60)


async def test_a_body_may_be_slower_and_longer_than_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_heads, "HEAD_S", 0.1)
    long = b"z" * request_heads.HEAD_BYTES * 2
    async with connection() as (reader, writer):
        writer.write(BEGUN + b"content-length: %d\r\n\r\n" % (len(long) + 1) + long)
        asyncio.get_running_loop().call_later(0.2, writer.write, b"z")
        assert b" 200 " in await asyncio.wait_for(reader.readline(), 60)
