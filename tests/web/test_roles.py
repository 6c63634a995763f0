"""Every role against every call, and what the documentation says of each."""

from __future__ import annotations

from typing import Any

import pytest

from backorder.domain.api_keys import EVERYTHING, ROLES
from tests.support.documented_calls import described
from tests.support.web import WebServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Roles and the documentation ask no database anything that differs."""


@pytest.fixture
def calls(web: WebServer) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every call."""
    return list(described(web.as_("").get("/openapi.json").json()))


def test_each_role_may_what_it_is_for_and_nothing_else(
    web: WebServer, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    """A call that a role may not make says 403 whatever is asked; what it may say, says something else."""
    wrong = []
    for method, path, operation in calls:
        place = path.replace("{", "no-").replace("}", "")
        for role in ("", *ROLES):
            said = web.as_(role).request(method.upper(), place, json={})
            allowed = role in operation["x-roles"] or role == EVERYTHING
            right = (
                said.status_code not in (401, 403) if allowed else said.status_code == (403 if role else 401)
            )
            if not right or said.status_code >= 500:
                wrong.append((method, path, role, said.status_code))
    assert wrong == []


def test_every_call_is_described_whole(calls: list[tuple[str, str, dict[str, Any]]]) -> None:
    assert len(calls) > 30
    for method, path, operation in calls:
        where = f"{method} {path}"
        assert operation["summary"], where
        assert set(operation["x-roles"]) <= set(ROLES), where
        assert {"401", "403", "422", "429", "500"} <= set(operation["responses"]), where
        assert any(status.startswith("2") for status in operation["responses"]), where
        if "{" in path and method != "put":
            assert "404" in operation["responses"], where
        if method in ("post", "put") and "requestBody" in operation:
            for content in operation["requestBody"]["content"].values():
                assert content.get("example"), where


def test_examples_fit_what_they_are_examples_of(
    web: WebServer, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    """An example is refused for what it refers to, never for its form."""
    for method, path, operation in calls:
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if not isinstance(content.get("example"), dict):
                continue
            said = web.as_("admin").request(
                method.upper(), path.replace("{", "no-").replace("}", ""), json=content["example"]
            )
            if said.status_code == 422:
                words = [f"{each['field']}: {each['detail']}" for each in said.json().get("errors", ())]
                form = ("missing", "unknown here", "must be", "is empty")
                assert not [each for each in words if any(word in each for word in form)], (path, words)


def test_the_headers_of_calls_and_answers_are_documented(
    web: WebServer, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    """What guards a change is a parameter wherever it counts, and what an answer has is named with it."""
    for method, path, call in calls:
        taken = {each["name"] for each in call.get("parameters", ()) if each["in"] == "header"}
        where = (method, path)
        assert ("If-Match" in taken) == ("412" in call["responses"]), where
        assert ("If-None-Match" in taken) == (
            "304" in call["responses"] or (method == "put" and "If-Match" in taken)
        ), where
        assert "Retry-After" in call["responses"]["429"]["headers"], where
        # What is gone has no version any more.
        versioned = "304" in call["responses"] or ("If-Match" in taken and method == "put")
        answers = [each for status, each in call["responses"].items() if status in ("200", "201", "204")]
        assert {"ETag" in each["headers"] for each in answers} <= {versioned}, where
    read = next(call for method, path, call in calls if (method, path) == ("get", "/v1/backorders"))
    said = web.as_("agent").get("/v1/backorders").headers
    named = {name.lower() for name in read["responses"]["200"]["headers"]}
    assert named == {"etag", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
    assert named <= set(said)


NO_OBJECTS = (b"null", b"[]", b'"x"', b"1", b"true")
"""Bodies that are JSON, and have no fields."""


def test_a_body_without_fields_is_refused_wherever_one_is_taken(
    web: WebServer, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    """Such a body is the caller's fault, whatever the call, and never the program's."""
    taking = [
        (method, path.replace("{", "no-").replace("}", ""), call)
        for method, path, call in calls
        if "application/json" in call.get("requestBody", {}).get("content", {})
    ]
    assert len(taking) > 30
    wrong = []
    for method, place, call in taking:
        for body in NO_OBJECTS:
            json = {"content-type": "application/json"}
            said = web.as_("admin").request(method.upper(), place, content=body, headers=json)
            if said.status_code not in (404, 422) or str(said.status_code) not in call["responses"]:
                wrong.append((method, place, body, said.status_code))
    assert wrong == []
