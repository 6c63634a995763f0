"""Who gets into the console, how long they stay, and that no other page acts in their name."""

from __future__ import annotations

import time
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from backorder.domain.api_keys import split
from backorder.services import api_keys
from backorder.services.services import machine_now
from tests.support.console import Clerk, Coming, Signing, form_of
from tests.support.shop import Shop
from tests.support.web import WebServer, serving
from web.console import sessions
from web.limits import RateLimits


def cookie_of(answer: httpx.Response, name: str = sessions.COOKIE) -> Any:
    """A cookie that an answer sets."""
    found = SimpleCookie()
    for each in answer.headers.get_list("set-cookie"):
        found.load(each)
    return found[name]


@pytest.mark.parametrize("role", ["agent", "supply", "admin"])
def test_keys_of_people_open_it(web: WebServer, signing: Signing, role: str) -> None:
    found = signing(role, name="Eva").see("/console/")
    assert (found.status_code, "Eva" in found.text) == (200, True)


@pytest.mark.parametrize(
    ("roles", "status", "words"),
    [(("orders",), 403, "needs agent or supply"), (("storefront",), 403, "needs agent or supply")],
)
def test_keys_of_programs_do_not(
    web: WebServer, coming: Coming, roles: tuple[str, ...], status: int, words: str
) -> None:
    clerk = coming(web.key(*roles))
    answer = clerk.sign_in()
    assert (answer.status_code, words in answer.text) == (status, True)
    assert clerk.see("/console/").status_code == 303


def test_what_is_no_key_opens_nothing_and_is_not_tried_for_ever(web: WebServer, coming: Coming) -> None:
    clerk = coming("bo_live_nobody_" + "x" * 40)
    once = RateLimits(0.001)
    object.__setattr__(web.desk, "page_limits", once)
    first, often = clerk.sign_in(), clerk.sign_in()
    assert (first.status_code, "no key of this shop" in first.text) == (401, True)
    assert sessions.COOKIE not in clerk.browser.cookies
    assert (often.status_code, int(often.headers["retry-after"]) > 1) == (429, True)


def test_the_cookie_holds_no_key_and_goes_nowhere_else(web: WebServer, coming: Coming) -> None:
    key = web.key("agent")
    cookie = cookie_of(coming(key).sign_in())
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/console")
    assert (cookie["secure"], cookie["max-age"]) == ("", "43200")
    parts = split(key)
    assert parts is not None
    assert parts[1] not in cookie.value


def test_pages_are_private(agent: Clerk) -> None:
    for path in ("/console/", "/console/lines", "/console/nowhere"):
        headers = agent.see(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy


def test_whoever_is_not_signed_in_comes_back_to_what_they_wanted(web: WebServer, coming: Coming) -> None:
    clerk = coming(web.key("agent"))
    asked = clerk.see("/console/lines/A-1/1?x=%C3%A4")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/console/sign-in?next=%2Fconsole%2Flines%2FA-1%2F1%3Fx%3D%25C3%25A4",
    )
    form = clerk.form(asked.headers["location"], "/console/sign-in")
    assert form["next"] == "/console/lines/A-1/1?x=%C3%A4"
    assert clerk.sign_in(next=form["next"]).headers["location"] == form["next"]
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "/console/../b/x",
        "/v1/keys",
        "/console/\\x",
    ):
        other = coming(clerk.key)
        assert other.sign_in(next=elsewhere).headers["location"] == "/console/"


def test_a_session_ends_after_twelve_hours(
    web: WebServer, agent: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a browser keeps its cookie for longer."""
    headers = {"cookie": f"{sessions.COOKIE}={agent.browser.cookies[sessions.COOKIE]}"}
    now, found = time.time(), []
    for seconds in (12 * 3600 - 60, 12 * 3600 + 60):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: now + seconds)
        found.append(httpx.get(f"{web.url}/console/", headers=headers).status_code)
    assert found == [200, 303]


def test_a_session_ends_with_its_key(web: WebServer, agent: Clerk) -> None:
    form = agent.form("/console/lines/A-1/1", "/console/lines/A-1/1/note")
    api_keys.revoke(web.services.engine, agent.key, machine_now())
    sent = agent.browser.post("/console/lines/A-1/1/note", data=form | {"text": "still here"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/console/sign-in?over=yes")
    assert sessions.COOKIE not in agent.browser.cookies
    assert "signed out" in agent.see("/console/sign-in?over=yes").text
    assert web.as_("agent").get("/v1/backorders/A-1/1").json()["notes"] == []
    assert agent.sign_in().status_code == 401


def test_a_session_ends_when_its_key_expires(web: WebServer, shop: Shop, signing: Signing) -> None:
    clerk = signing("agent", expires_at=(machine_now() + timedelta(hours=1)).isoformat())
    assert clerk.see("/console/").status_code == 200
    shop.run("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00'")
    assert clerk.see("/console/").status_code == 303


def test_a_cookie_that_nobody_here_made_opens_nothing(web: WebServer, agent: Clerk) -> None:
    cookie = agent.browser.cookies[sessions.COOKIE]
    key, begun, nonce, seal = cookie.split(".")
    other = split(web.key("admin"))
    assert other is not None
    made_up = (f"{other[0]}.{begun}.{nonce}.{seal}", f"{key}.fffffffff.{nonce}.{seal}", "", "...", "x" * 5000)
    for each in made_up:
        answer = httpx.get(f"{web.url}/console/", headers={"cookie": f"{sessions.COOKIE}={each}"})
        assert (each, answer.status_code) == (each, 303)


def test_signing_out_forgets_who_was_here(agent: Clerk) -> None:
    assert agent.send("/console/", "/console/sign-out").headers["location"] == "/console/sign-in"
    assert sessions.COOKIE not in agent.browser.cookies
    assert agent.see("/console/").status_code == 303


def test_no_other_page_acts_in_somebodys_name(web: WebServer, agent: Clerk, signing: Signing) -> None:
    place, action = "/console/lines/A-1/1", "/console/lines/A-1/1/note"
    form = agent.form(place, action) | {"text": "not hers"}
    stranger = signing("agent").form(place, action)["token"]
    for token in ("", "x", "ä", stranger):
        assert agent.browser.post(action, data=form | {"token": token}).status_code == 403
    for origin in ("https://evil.example", "null", "", f"{web.url}.evil.example"):
        assert agent.browser.post(action, data=form, headers={"origin": origin}).status_code == 403
    del agent.browser.headers["origin"]
    assert agent.browser.post(action, data=form).status_code == 403
    assert web.as_("agent").get("/v1/backorders/A-1/1").json()["notes"] == []
    own = {"origin": web.url}
    assert agent.browser.post(action, data=form, headers=own).status_code == 303
    unseen = httpx.post(f"{web.url}/console/sign-in", data={"key": agent.key}, headers=own)
    assert unseen.status_code == 403
    assert sessions.COOKIE not in unseen.cookies


def test_behind_a_proxy_the_shops_own_address_counts_and_cookies_need_tls(shop: Shop, coming: Coming) -> None:
    with serving(shop.services, public_url="https://orders.shop.example") as web:
        clerk, path = coming(web.key("agent"), web), "/console/sign-in"
        asked = clerk.see(path)
        before = cookie_of(asked, sessions.COOKIE_BEFORE)
        headers = {
            "origin": "https://orders.shop.example",
            "cookie": f"{sessions.COOKIE_BEFORE}={before.value}",
        }
        shown = clerk.browser.post(path, data=form_of(asked.text, path) | {"key": clerk.key}, headers=headers)
        assert shown.status_code == 303
        assert (before["secure"], cookie_of(shown)["secure"]) == (True, True)


def test_without_a_secret_there_is_no_console(shop: Shop) -> None:
    with serving(shop.services) as web:
        web.desk  # noqa: B018 - it is opened
        object.__setattr__(web.desk, "settings", web.desk.settings.model_copy(update={"secret": ""}))
        assert web.as_("").get("/console/").status_code == 404
