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
    """Method, path and description of every call, with what it refers to in its place but for schemas and
    the examples of errors.
    """
    for path, methods in document["paths"].items():
        for method in HERE:
            if method in methods:
                yield method, path, _whole(document, methods[method])


def _whole(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [_resolved(document, each) for each in operation.get("parameters", ())]
    responses = {status: _answer(document, each) for status, each in operation["responses"].items()}
    return operation | {"parameters": parameters, "responses": responses}


def _answer(document: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    found = _resolved(document, answer)
    headers = {name: _resolved(document, each) for name, each in found.get("headers", {}).items()}
    return found | {"headers": headers}


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    _, section, name = part["$ref"].removeprefix("#/").split("/")
    found: dict[str, Any] = document["components"][section][name]
    return found
