"""Who may call: keys, their roles, their ends."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from backorder.domain.api_keys import who
from backorder.services import api_keys
from backorder.services.services import machine_now
from tests.support.shop import Shop
from tests.support.web import WebServer, serving
from web.failures import HttpError
from web.limits import MOST_KEYS, RateLimits


def get(web: WebServer, key: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{web.url}/v1/backorders", headers={"authorization": f"Bearer {key}"} | headers)


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
        for path, methods in httpx.get(f"{web.url}/openapi.json").json()["paths"].items()
        if path.startswith("/v1/") and "get" in methods
    ]
    assert len(calls) > 10
    assert get(web, key).status_code == 200
    api_keys.revoke(web.services.engine, key, machine_now())
    with httpx.Client(base_url=web.url, headers={"authorization": f"Bearer {key}"}) as program:
        for path in calls:
            asked = path.replace("{", "").replace("}", "") + ("?sku=S" if "availability" in path else "")
            said = program.get(asked)
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
