"""Bodies: JSON objects of a bounded size, read and checked whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request

from backorder.domain.texts import fault_of_parsing
from backorder.errors import RefusedError
from web.failures import HttpError, no_json, too_large, too_slow

MOST = 1 << 20
"""Bytes of a body, at most, but for an import's."""
LONGEST_WAIT_S = 20.0
"""How long a body may take to come in."""
_JSON = ("application/json", "application/merge-patch+json")


async def object_of(request: Request, *, empty: bool = False) -> dict[str, object]:
    """The JSON object in a body. empty: no body is one without fields.

    Raises HttpError for what is no JSON, too large or too slow, RefusedError for what is no object.
    """
    raw = await bytes_of(request, MOST)
    if not raw.strip() and empty:
        return {}
    refuse_compressed(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON:
        raise no_json()
    return parsed(raw)


def refuse_compressed(request: Request) -> None:
    """Raises HttpError for a body in another form than its own."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise HttpError(415, "the body must not be compressed; send it as it is")


def parsed(raw: bytes | str) -> dict[str, object]:
    """A JSON object. Raises HttpError and RefusedError; see `object_of`."""
    try:
        if isinstance(raw, bytes):
            raw = raw.decode("utf-8")
        # Before Python's own, which a deep body takes to the end of its stack.
        from_json(raw, allow_inf_nan=False)
        found = json.loads(raw, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise HttpError(400, f"the body is not UTF-8 (byte {error.start})") from None
    except ValueError as error:
        raise HttpError(400, f"the body is no JSON: {fault_of_parsing(error)}") from None
    if not isinstance(found, dict):
        raise RefusedError(["the body must be an object with a name for each field"])
    return found


async def bytes_of(request: Request, most: int) -> bytes:
    """The whole body. Raises HttpError."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise too_large(most)
    found = bytearray()
    try:
        async with asyncio.timeout(LONGEST_WAIT_S):
            async for chunk in request.stream():
                found += chunk
                if len(found) > most:
                    raise too_large(most)
    except TimeoutError:
        raise too_slow(LONGEST_WAIT_S) from None
    except ClientDisconnect:
        raise HttpError(400, "the connection ended within the body") from None
    return bytes(found)


def canonical(found: Mapping[str, object]) -> str:
    """The same text for the same content, by which repetitions are told."""
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f'"{name}" is there twice')
        found[name] = value
    return found
