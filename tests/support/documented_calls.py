"""The calls that the API's documentation names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from web.desk import Desk

HERE = ("get", "put", "post", "delete")


def never() -> AbstractAsyncContextManager[Desk]:
    """What opens an application of which only the calls are looked at."""
    raise AssertionError("nothing is served here")


def described(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every call."""
    for path, methods in document["paths"].items():
        for method in HERE:
            if method in methods:
                yield method, path, methods[method]
