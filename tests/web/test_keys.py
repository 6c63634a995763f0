"""Who may call: keys, their roles, their ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backorder.domain.api_keys import ApiKey, who
from backorder.errors import RefusedError, UnauthorizedError
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.services import machine_now
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S
from tests.support.web import TLS, WebServer, serving
from web.failures import HttpError
from web.limits import MOST_KEYS, RateLimits


def get(web: WebServer, key: str, **headers: str) -> httpx.Response:
    with program(web, key) as mine:
        return mine.get("/v1/backorders", headers=headers)


def program(web: WebServer, key: str) -> httpx.Client:
    shown = {"authorization": f"Bearer {key}"}
    return httpx.Client(base_url=web.url, headers=shown, timeout=DEADLINE_S, verify=TLS)


def test_a_key_opens_what_its_role_may_do(web: WebServer) -> None:
    assert web.as_("agent").get("/v1/backorders").status_code == 200
    said = web.as_("orders").get("/v1/backorders")
    assert said.status_code == 403
    assert said.headers["content-type"] == "application/problem+json"
    assert "agent" in said.json()["detail"]


def test_without_a_good_key_nothing_is_told(web: WebServer) -> None:
    for header in (None, "", "Bearer", "Basic eDp5", "Bearer bo_live_a_b", "Bearer é"):
        given = {} if header is None else {b"authorization": header.encode()}
        said = web.as_("").get("/v1/backorders", headers=given)
        found = (header, said.status_code, said.headers["www-authenticate"])
        assert found == (header, 401, "Bearer")


def test_a_key_ends(web: WebServer) -> None:
    key = web.key("agent")
    assert get(web, key).status_code == 200
    assert get(web, key[:-1] + ("a" if key[-1] != "a" else "b")).status_code == 401
    api_keys.revoke(web.services.engine, key, machine_now())
    assert get(web, key).status_code == 401
    now = machine_now()
    soon = web.key("agent", expires_at=now + timedelta(minutes=1))
    assert get(web, soon).status_code == 200
    with pytest.raises(Exception, match="expired"):
        api_keys.known(web.services.engine, soon, now + timedelta(minutes=2), "127.0.0.1")


def test_a_key_that_was_just_good_and_is_revoked_reads_nothing(web: WebServer) -> None:
    """A process remembers whose a key is, and never that it stands."""
    key = web.key("admin")
    calls = [
        path
        for path, methods in web.as_("").get("/openapi.json").json()["paths"].items()
        if path.startswith("/v1/") and "get" in methods
    ]
    assert len(calls) > 10
    assert get(web, key).status_code == 200
    api_keys.revoke(web.services.engine, key, machine_now())
    with program(web, key) as mine:
        for path in calls:
            asked = path.replace("{", "").replace("}", "") + ("?sku=S" if "availability" in path else "")
            said = mine.get(asked)
            assert (asked, said.status_code) == (asked, 401)
            assert "revoked" in said.json()["detail"]


def test_a_key_is_taken_from_its_network_alone(web: WebServer) -> None:
    assert get(web, web.key("agent", networks=["10.0.0.0/8"])).status_code == 401
    assert get(web, web.key("agent", networks=["10.0.0.0/8", "127.0.0.0/8"])).status_code == 200
    assert get(web, web.key("agent", networks=["::ffff:127.0.0.0/104"])).status_code == 200
    assert get(web, web.key("agent", networks=["::ffff:10.0.0.0/104", "::/0"])).status_code == 401


def test_behind_a_proxy_a_key_is_taken_from_where_the_proxy_says(shop: Shop) -> None:
    office = {"x-forwarded-for": "203.0.113.9"}
    forged = {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}
    with serving(shop.services, proxies="192.0.2.1, 127.0.0.1") as web:
        key = web.key("agent", networks=["203.0.113.0/24"])
        assert get(web, key).status_code == 401
        assert get(web, key, **office).status_code == 200
        assert get(web, key, **forged).status_code == 401
        assert get(web, key, **{"x-forwarded-for": "nowhere"}).status_code == 401
    with serving(shop.services, proxies="192.0.2.1") as web:
        assert get(web, key, **office).status_code == 401
    with serving(shop.services) as web:
        assert get(web, key, **office).status_code == 401


def test_the_last_use_is_noted_and_the_key_is_not(web: WebServer) -> None:
    key = web.key("agent")
    [made] = api_keys.listed(web.services.engine)
    assert made.used_at is None
    get(web, key)
    [made] = api_keys.listed(web.services.engine)
    assert made.used_at is not None
    with web.services.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM api_keys").all()
    assert key.rpartition("_")[2] not in str(rows)


def test_a_key_that_calls_too_often_is_told_when_to_come_again(web: WebServer) -> None:
    key = web.key("agent")
    most = int(get(web, key).headers["ratelimit-limit"])
    web.desk.limits._left[api_keys.listed(web.services.engine)[0].id] = (0.0, 10.0**9)
    said = get(web, key)
    assert most > 1
    assert said.status_code == 429
    assert int(said.headers["retry-after"]) >= 1
    assert get(web, web.key("agent")).status_code == 200


def test_many_addresses_free_nobody_from_a_limit(web: WebServer) -> None:
    web.key("storefront")
    [public] = api_keys.listed(web.services.engine)
    homes = [who(public, each) for each in ("2001:db8::1", "2001:db8::2:1", "2001:db8:0:1::1")]
    assert homes[0] == homes[1] != homes[2]
    assert who(public, "::ffff:192.0.2.1") == who(public, "192.0.2.1") != who(public, "192.0.2.2")
    limits = RateLimits(0.1)
    limits.take("busy")
    for number in range(2 * MOST_KEYS):
        limits.take(f"other {number}")
        if number % 5000 == 0:
            with pytest.raises(HttpError):
                limits.take("busy")
    assert len(limits._left) == MOST_KEYS


WANTED: dict[str, Any] = {"name": "warehouse", "roles": ["supply"]}
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def written(web: WebServer) -> str:
    """All that is on record of keys, and of who asked for them."""
    with web.services.engine.connect() as connection:
        tables = ("api_keys", "audit", "idempotency_keys")
        return str([connection.exec_driver_sql(f"SELECT * FROM {each}").all() for each in tables])


def test_a_key_that_a_program_makes_is_shown_once_and_written_nowhere(web: WebServer) -> None:
    admin = web.as_("admin")
    said = admin.post("/v1/keys", json=WANTED | {"networks": ["127.0.0.0/8"]})
    assert (said.status_code, said.headers["cache-control"]) == (201, "no-store")
    made = said.json()
    with program(web, made["key"]) as mine:
        assert mine.get("/v1/products").status_code == 200
        assert mine.post("/v1/keys", json=WANTED).status_code == 403
    listed = admin.get("/v1/keys")
    [maker, found] = listed.json()["items"]
    assert found == {name: each for name, each in made.items() if name != "key"} | {
        "used_at": found["used_at"],
    }
    secret = made["key"].rpartition("_")[2]
    assert secret not in listed.text + written(web)
    [entry] = admin.get("/v1/audit", params={"object": f"key/{made['id']}"}).json()["items"]
    assert (entry["actor"], entry["call"]) == (f"key/{maker['id']}", "POST /v1/keys")
    assert entry["after"]["roles"] == ["supply"]


@on_one_database
def test_a_key_whose_answer_was_lost_is_said_again_to_its_maker_alone(web: WebServer) -> None:
    again = {"idempotency-key": "0b8a1f1e-5f0f-4b0e"}
    with program(web, web.key("admin")) as mine, program(web, web.key("admin")) as another:
        made, repeated = (mine.post("/v1/keys", json=WANTED, headers=again) for _ in range(2))
        assert (repeated.status_code, repeated.json()) == (201, made.json())
        assert made.json()["key"].rpartition("_")[2] not in written(web)
        assert mine.post("/v1/keys", json=WANTED | {"name": "b"}, headers=again).status_code == 422
        guessed = mine.post("/v1/keys", json=WANTED, headers={"idempotency-key": "2026-11-30"})
        assert (guessed.status_code, "UUID" in guessed.json()["detail"]) == (400, True)
        others = another.post("/v1/keys", json=WANTED, headers=again).json()
        plain = [mine.post("/v1/keys", json=WANTED).json() for _ in range(2)]
        made_keys = {each["key"] for each in (made.json(), others, *plain)}
        assert len(made_keys) == len({each.rpartition("_")[2] for each in made_keys}) == 4
        pages: list[dict[str, Any]] = []
        cursor: str | None = None
        while not pages or cursor:
            asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = mine.get("/v1/keys", params=asked).json()
            pages, cursor = [*pages, *page["items"]], page["cursor"]
    assert [each["id"] for each in pages] == [each.id for each in api_keys.listed(web.services.engine)]
    assert len(pages) == 6


@on_one_database
def test_a_repetition_says_that_its_key_is_dead(web: WebServer) -> None:
    admin, again = web.as_("admin"), {"idempotency-key": "0b8a1f1e-5f0f-4b0e"}
    made = admin.post("/v1/keys", json=WANTED, headers=again).json()
    assert made["revoked_at"] is None
    assert admin.delete(f"/v1/keys/{made['id']}").status_code == 204
    said = admin.post("/v1/keys", json=WANTED, headers=again).json()
    assert (said["key"], said["revoked_at"] is not None) == (made["key"], True)


def test_of_two_keys_that_revoke_each_other_one_stays(web: WebServer) -> None:
    engine, now = web.services.engine, machine_now()
    one, other = (api_keys.known(engine, web.key("admin"), now, "127.0.0.1") for _ in range(2))

    def revoke(of: ApiKey, by: ApiKey) -> str:
        try:
            api_keys.revoke(engine, of.id, now, by=by)
        except UnauthorizedError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = [each.result() for each in (pool.submit(revoke, one, other), pool.submit(revoke, other, one))]
    assert sorted(said) == ["done", "this key was revoked"]
    assert sum(each.revoked_at is None for each in api_keys.listed(engine)) == 1


def test_a_whole_key_is_revoked_only_by_who_has_it(web: WebServer) -> None:
    text = web.key("agent")
    wrong = text[:-1] + ("a" if text[-1] != "a" else "b")
    with pytest.raises(RefusedError, match="with that secret"):
        api_keys.revoke(web.services.engine, wrong, machine_now())
    assert get(web, text).status_code == 200


@on_one_database
def test_a_key_gives_no_other_more_than_it_has(web: WebServer) -> None:
    """It lasts no longer than its maker, and comes from no further addresses; all faults are said at once."""
    ends = machine_now().replace(microsecond=0) + timedelta(days=30)
    text = web.key("admin", networks=["127.0.0.0/8", "::ffff:10.0.0.0/104", "2001:db8::/32"], expires_at=ends)
    with program(web, text) as mine:
        made = mine.post("/v1/keys", json=WANTED).json()
        assert made["networks"] == ["127.0.0.0/8", "::ffff:10.0.0.0/104", "2001:db8::/32"]
        assert made["expires_at"] == ends.isoformat().replace("+00:00", "Z")
        sooner = (ends - timedelta(days=1)).isoformat()
        for narrow in ("127.0.0.1", "10.1.0.0/16", "::ffff:127.0.0.0/104", "2001:db8:1::/48"):
            asked = WANTED | {"networks": [narrow], "expires_at": sooner}
            assert mine.post("/v1/keys", json=asked).status_code == 201, narrow
        for wide in ("0.0.0.0/0", "127.0.0.0/7", "11.0.0.0/8", "::/0", "2001:db8::/31", "::ffff:0:0/96"):
            later = (ends + timedelta(seconds=1)).isoformat()
            asked = WANTED | {"networks": [wide], "expires_at": later, "roles": ["boss"]}
            said = mine.post("/v1/keys", json=asked)
            fields = {each["field"] for each in said.json()["errors"]}
            assert (said.status_code, fields) == (422, {"networks", "expires_at", "roles"}), wide
        over = {"networks": ["nowhere"], "expires_at": (machine_now() - timedelta(days=1)).isoformat()}
        said = mine.post("/v1/keys", json=over)
        fields = {each["field"] for each in said.json()["errors"]}
        assert fields == {"name", "roles", "networks", "expires_at"}


def test_a_key_that_is_revoked_at_this_moment_makes_none(web: WebServer) -> None:
    engine, now = web.services.engine, machine_now()
    maker = api_keys.known(engine, web.key("admin"), now, "127.0.0.1")
    api_keys.revoke(engine, maker.id, now)
    with pytest.raises(UnauthorizedError, match="revoked"):
        api_keys.create(engine, parse(NewApiKey, WANTED), now, maker=maker)
    assert len(api_keys.listed(engine)) == 1


@on_one_database
def test_a_program_revokes_every_key_but_its_own(web: WebServer) -> None:
    admin, agent, orders = web.as_("admin"), web.key("agent"), web.key("orders")
    known = admin.get("/v1/keys").json()["items"]
    ids = {each["name"]: each["id"] for each in known}
    whole = admin.delete(f"/v1/keys/{orders}")
    assert (whole.status_code, ids["orders"] in whole.json()["detail"]) == (404, True)
    assert orders not in whole.text
    assert api_keys.known(web.services.engine, orders, machine_now(), "127.0.0.1").revoked_at is None
    for place in (ids["agent"], ids["agent"], ids["orders"]):
        assert admin.delete(f"/v1/keys/{place}").status_code == 204
    assert get(web, agent).status_code == 401
    assert "revoked" in get(web, orders).json()["detail"]
    assert admin.delete("/v1/keys/none").status_code == 404
    own = admin.delete(f"/v1/keys/{ids['admin']}")
    assert (own.status_code, "another" in own.json()["detail"]) == (409, True)
    [entry] = admin.get("/v1/audit", params={"object": f"key/{ids['orders']}"}).json()["items"]
    assert (entry["call"], entry["before"]) == ("DELETE /v1/keys/{id}", {"revoked_at": None})
