"""Policies over HTTP: loaded, checked, rehearsed and played as the commands do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from backorder.domain.policy.policy_file import LARGEST, MOST_STAGES, read_kept_policy
from backorder.services import backtest_policies
from backorder.services.services import machine_now
from backorder.settings import POLICIES
from backorder.storage.engine import writing
from backorder.storage.tables import coupon_budgets, current_policies, policies
from tests.support.shop import Shop
from tests.support.web import TLS, WebServer

STANDARD = (POLICIES / "standard.toml").read_text(encoding="utf-8")
SPRING = 'name = "spring"\n'
SHIPS = f'{SPRING}partial = "ship"\n'
PLACE = "/v1/policies/spring"
one = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is answered differs by no database."""


def put(web: WebServer, text: str, query: str = "", **headers: str) -> httpx.Response:
    return web.as_("admin").put(f"{PLACE}{query}", json={"text": text}, headers=headers)


def faults(said: httpx.Response) -> Mapping[str, str]:
    assert said.status_code == 422, said.text
    return {each["field"]: each["detail"] for each in said.json()["errors"]}


def versions(web: WebServer, name: str = "spring") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = web.as_("agent").get(f"/v1/policies?name={name}").json()["items"]
    return found


def every(web: WebServer, path: str) -> list[dict[str, Any]]:
    """The rows of all pages of a list."""
    page = web.as_("agent").get(path).json()
    found: list[dict[str, Any]] = page["items"]
    while page["cursor"] is not None:
        page = web.as_("agent").get(f"{path}&cursor={page['cursor']}").json()
        found += page["items"]
    return found


def test_a_policy_is_loaded_once_and_its_versions_are_listed(web: WebServer, stock: Shop) -> None:
    looked = put(web, SPRING, "?preview=true")
    assert (looked.status_code, looked.json()["new"], looked.json()["preview"]) == (200, True, True)
    assert versions(web) == []
    first = put(web, SPRING)
    assert (first.status_code, first.json()["new"], first.json()["current"]) == (201, True, True)
    again = put(web, SPRING.replace("\n", "\r\n"))
    assert (again.status_code, again.json()["new"]) == (200, False)
    assert again.json()["version"] == first.json()["version"] == looked.json()["version"]
    assert again.headers["etag"] == first.headers["etag"]
    other = put(web, SHIPS)
    assert (other.status_code, other.json()["new"]) == (200, True)
    assert [each["current"] for each in versions(web)] == [True, False]
    back = put(web, SPRING, **{"if-match": other.headers["etag"]})
    assert (back.status_code, back.json()["new"]) == (200, False)
    assert [each["current"] for each in versions(web)] == [False, True]
    assert all(each["loaded_by"].startswith("key/") for each in versions(web))
    entries = web.as_("admin").get("/v1/audit?object=policy/spring").json()["items"]
    assert [each["call"] for each in entries] == ["PUT /v1/policies/{name}"] * 3
    assert entries[-1]["after"] == {"version": first.json()["version"]}
    seen = every(web, "/v1/policies?limit=1")
    assert [each["name"] for each in seen] == sorted(each["name"] for each in seen)
    assert [each for each in seen if each["name"] == "spring"] == versions(web)
    assert len(seen) > 2
    assert stock.start("O-1", policy="spring")


@one
def test_a_repetition_under_a_key_answers_as_it_stands(web: WebServer) -> None:
    once = {"idempotency-key": "k"}
    put(web, SPRING, **once)
    put(web, SHIPS)
    said = put(web, SPRING, **once)
    assert (said.status_code, said.json()["current"], "etag" in said.headers) == (200, False, False)
    assert put(web, SHIPS, **once).status_code == 422
    assert [each["current"] for each in versions(web)] == [True, False]


@one
def test_every_fault_is_named_with_its_key_and_line_and_nothing_is_loaded(web: WebServer) -> None:
    bad = 'name = "autumn"\npartial = "maybe"\n[updates]\nevery = "soon"\n[promise]\nhandel = "1d"\n'
    for query in ("", "?preview=true"):
        found = faults(put(web, bad, query))
        assert found.keys() == {"text.partial", "text.updates.every", "text.promise.handel"}
        assert found["text.partial"].startswith("line 2: ")
        assert "did you mean handling" in found["text.promise.handel"]
    assert faults(put(web, 'name = "autumn"'))["text.name"] == 'is "autumn", and the path says "spring"'
    ending = f'{SPRING}[[stages]]\nid = "end"\nwhen = {{ waited = "90d" }}\ndo = "cancel"\n'
    broken = faults(put(web, ending))
    assert (
        "silence never cancels by eu-crd-18 (Directive 2011/83/EU, art. 18(1))" in broken["text.stages[1].do"]
    )
    both = web.as_("admin").put("/v1/policies/no%20name", json={"text": ending, "more": 1})
    assert faults(both).keys() == {"name", "more", "text.stages[1].do"}
    assert versions(web) == [] == versions(web, "autumn")


@one
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "spr\0ing"', "Illegal character"),
        ("name = " + "[" * 1000 + "]" * 1000, "nested too deeply"),
        ("name = " + "{a = " * 1000 + "1" + "}" * 1000, "nested too deeply"),
        (".".join(["a"] * (LARGEST // 2 - 9)) + " = 1", "dots in one line"),
        (SPRING + "#" * LARGEST, f"{LARGEST} are the most"),
        (SPRING + "[[stages]]\n" * (MOST_STAGES + 1), f"{MOST_STAGES} are the most"),
        (7, "must be text"),
    ],
)
def test_what_is_no_policy_is_refused(web: WebServer, text: object, words: str) -> None:
    """Whatever it holds, and at once; wherever a policy is taken."""
    sent = [
        ("PUT", PLACE, {"text": text}),
        ("POST", "/v1/policies/plan", {"text": text}),
        ("POST", "/v1/policies/backtest", {"policies": [STANDARD, text]}),
    ]
    for method, path, body in sent:
        raw = json.dumps(body).encode()
        kind = {"content-type": "application/json"}
        said = web.as_("admin").request(method, path, content=raw, headers=kind)
        assert any(words in each for each in faults(said).values()), said.text[:500]
    assert versions(web) == []


@one
def test_a_body_that_is_too_large_or_no_json_is_turned_away(web: WebServer) -> None:
    admin, kind = web.as_("admin"), {"content-type": "application/json"}
    large = json.dumps({"text": "#" * 10_000_000}).encode()
    assert admin.put(PLACE, content=large, headers=kind).status_code == 413
    assert admin.put(PLACE, content=b'{"text": "caf\xe9"}', headers=kind).status_code == 400
    assert admin.put(PLACE, content=SPRING, headers={"content-type": "application/toml"}).status_code == 415


def test_of_two_loads_of_one_name_at_once_one_counts_and_both_are_kept(web: WebServer, stock: Shop) -> None:
    clients = [
        web.as_("admin"),
        httpx.Client(base_url=web.url, headers=web.as_("admin").headers, verify=TLS, timeout=60),
    ]
    new = {"if-none-match": "*"}
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(client.put, PLACE, json={"text": text}, headers=new)
            for client, text in zip(clients, (SPRING, SHIPS), strict=True)
        ]
        assert sorted(each.result().status_code for each in calls) == [201, 412]
        calls = [
            pool.submit(client.put, PLACE, json={"text": text})
            for client, text in zip(clients, (SPRING, SHIPS), strict=True)
        ]
        assert [each.result().status_code for each in calls] == [200, 200]
    clients[1].close()
    assert sorted(each["current"] for each in versions(web)) == [False, True]


@one
def test_a_plan_is_what_the_engine_does(web: WebServer) -> None:
    asked = {"ordered": "2025-03-03", "lead_days": 14, "slips": [{"on": 10, "days": 60}]}
    law = {"region": "US", "ship_by": 20}
    said = web.as_("admin").post("/v1/policies/plan", json={"text": STANDARD} | asked | law)
    assert said.status_code == 200, said.text
    found = said.json()
    assert (found["name"], found["breaches"]) == ("standard", [])
    duties = [(each["day"], each["what"], each["due"]) for each in found["moments"] if each["who"] == "law"]
    assert duties[0] == (0, "us-ftc-435/delay_notice", "2025-03-23")
    told = {each["what"]: each for each in found["moments"] if each["who"] == "customer"}
    assert told["consent_request"]["facts"]["answer_by"] == "2025-04-22"
    assert told["cancelled"]["day"] == 51
    wrong = {"no_supply": True, "lead_days": 3, "price": "1.999", "spread": 400, "slips": [{"on": 1}]}
    refused = faults(web.as_("admin").post("/v1/policies/plan", json={"text": "x"} | wrong))
    assert refused.keys() == {"no_supply", "lead_days", "price", "spread", "slips", "slips.0.days", "text"}
    for days in (-9999, 9999):
        far = {"text": STANDARD, "slips": [{"on": 1, "days": days}] * 80}
        beyond = faults(web.as_("admin").post("/v1/policies/plan", json=far))
        assert "9999 are the most" in beyond["slips"]
    assert faults(web.as_("admin").post("/v1/policies/plan", json={"text": "x"})).keys() == {"text"}


@one
def test_a_backtest_plays_the_lines_on_record(
    web: WebServer, stock: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock.start("O-1")
    stock.start("O-2")
    since = (stock.now - timedelta(days=1)).date().isoformat()
    body = {"policies": [STANDARD, SPRING], "since": since, "redeemed": 50}
    said = web.as_("admin").post("/v1/policies/backtest", json=body)
    assert said.status_code == 200, said.text
    found = said.json()
    assert (found["lines"], found["since"], found["assumed"]["redeemed"]) == (2, since, 50)
    assert [each["name"] for each in found["policies"]] == ["standard", "spring"]
    assert [each["lines"] for each in found["policies"]] == [2, 2]
    monkeypatch.setattr(backtest_policies, "MOST_LIVES", 3)
    many = faults(web.as_("admin").post("/v1/policies/backtest", json=body))
    assert many["since"].startswith("2 lines were opened since then, and 1 are the most")
    monkeypatch.setattr(backtest_policies, "MOST_LIVES", 4)
    monkeypatch.setattr(backtest_policies, "LONGEST_S", 0)
    long = faults(web.as_("admin").post("/v1/policies/backtest", json=body))
    assert long["since"].startswith("1 of 2 lines were played in 0 s")
    bad = {"policies": [STANDARD, 'name = "x"\npartial = "maybe"', "y ="]}
    wrong = faults(web.as_("admin").post("/v1/policies/backtest", json=bad))
    assert wrong.keys() == {"policies.1.partial", "policies.2"}
    more = faults(web.as_("admin").post("/v1/policies/backtest", json=bad | {"redeemed": -1}))
    assert more.keys() == {"policies.1.partial", "policies.2", "redeemed"}


@one
def test_budgets_are_listed_page_by_page(web: WebServer) -> None:
    coupon = '[[stages]]\nid = "thanks"\nwhen = { waited = "9d" }\ndo = "coupon"\npercent = 5\nvalid = "9d"\n'
    assert put(web, f"{SPRING}{coupon}budget = 40\n").status_code == 201
    rows = [
        {"policy": policy, "stage": stage, "month": month, "given": 12}
        for month in ("2026-04", "2026-03")
        for policy, stage in (("gone", "x"), ("spring", "a"), ("spring", "thanks"))
    ]
    with writing(web.services.engine) as connection:
        connection.execute(insert(coupon_budgets), rows)
    seen = every(web, "/v1/coupon-budgets?limit=2")
    assert [{key: each[key] for key in row} for row, each in zip(rows, seen, strict=True)] == rows
    assert [each["budget"] for each in seen] == [None, None, 40] * 2
    assert web.as_("agent").get("/v1/coupon-budgets?cursor=x").status_code == 422
    newer = {"name": "spring", "version": "newer"}
    with writing(web.services.engine) as connection:
        text = f"{SPRING}mood = 1"
        connection.execute(insert(policies), newer | {"text": text, "loaded_at": machine_now()})
        connection.execute(update(current_policies).filter_by(name="spring").values(version="newer"))
    beside = every(web, "/v1/coupon-budgets?limit=2")
    assert [each["budget"] for each in beside] == [None] * 6, "one that cannot be read stops no others"
    held = web.as_("agent").get(PLACE).json()
    assert (held["version"], held["text"], held["loaded_by"]) == ("newer", text, None)


@one
def test_a_policy_is_read_as_it_was_loaded_and_changed_by_who_read_it(web: WebServer, stock: Shop) -> None:
    agent = web.as_("agent")
    assert agent.get(PLACE).status_code == 404
    put(web, SPRING)
    first = agent.get(PLACE)
    assert (first.json()["text"], first.json()["current"]) == (SPRING, True)
    assert agent.get(PLACE, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    known = {"if-match": first.headers["etag"]}
    for query, status in (("?preview=true", 200), ("", 200), ("?preview=true", 412), ("", 412)):
        assert put(web, SHIPS, query, **known).status_code == status, query
    for query in ("?preview=true", ""):
        assert put(web, SHIPS, query, **{"if-none-match": "*"}).status_code == 412
    earlier = agent.get(f"{PLACE}?version={first.json()['version']}")
    assert (earlier.json()["text"], earlier.json()["current"]) == (SPRING, False)
    assert put(web, SPRING, **{"if-match": earlier.headers["etag"]}).status_code == 412
    assert agent.get(f"{PLACE}?version=none").status_code == 404
    named = web.as_("admin").put("/v1/policies/plan", json={"text": SPRING.replace("spring", "plan")})
    assert named.status_code == 201, "a policy may have any name, also one of a call"
    assert agent.get("/v1/policies/plan").json()["name"] == "plan"


@one
def test_a_version_from_before_the_audit_is_loaded_by_nobody(web: WebServer, stock: Shop) -> None:
    with writing(web.services.engine) as connection:
        web.services.policies.load(connection, SPRING)
    put(web, SHIPS)
    put(web, SPRING)
    by = {each["current"]: each["loaded_by"] for each in versions(web)}
    assert (by[True], by[False].startswith("key/")) == (None, True)


@one
def test_a_version_from_before_a_limit_is_read_by_the_lines_that_keep_it(web: WebServer, stock: Shop) -> None:
    stage = '[[stages]]\nid = "s{}"\nwhen = {{ waited = "9d" }}\ndo = "escalate"\n'
    text = f"{SPRING}# {'.' * 120}\n" + "".join(map(stage.format, range(MOST_STAGES + 1)))
    kept = {"name": "spring", "version": read_kept_policy(text).version}
    with writing(web.services.engine) as connection:
        connection.execute(insert(policies), kept | {"text": text, "loaded_at": stock.now})
        connection.execute(insert(current_policies), kept)
    assert stock.start("O-1", policy="spring")
    assert faults(put(web, text)).keys() == {"text.stages"}
