"""Evidence over HTTP: for admins alone, audited, checked with nothing but the published keys."""

from __future__ import annotations

import httpx
import pytest

from backorder.evidence_file import check
from backorder.signatures import keys_of
from tests.support.shop import Shop
from tests.support.web import WebServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is in a record is tried on both databases without HTTP."""


def test_a_file_is_checked_with_the_published_keys_alone(web: WebServer, stock: Shop) -> None:
    stock.purchase()
    stock.start()
    stock.dispatch()
    place = "/v1/backorders/O-1/1"
    keys = keys_of(httpx.get(f"{web.url}/.well-known/backorder-evidence-keys.json").json())
    admin = web.as_("admin")
    file = admin.get(f"{place}/evidence")
    assert (file.status_code, file.headers["content-type"]) == (200, "application/json")
    assert 'filename="evidence-O-1-1.json"' in file.headers["content-disposition"]
    assert check(file.content, keys).faults == ()
    assert file.json()["evidence"]["messages"][0]["sends"][0]["address"] == "ann@example.com"
    page = admin.get(f"{place}/evidence?format=html")
    assert check(page.content, keys).faults == ()
    call = web.as_("").get("/openapi.json").json()["paths"]["/v1/backorders/{order}/{line}/evidence"]
    documented = call["get"]["responses"]["200"]["content"]
    assert documented.keys() == {each.headers["content-type"].partition(";")[0] for each in (file, page)}
    assert check(page.content.replace(b"Ann", b"Ben", 1), keys).faults
    for word in ("<script", "href=", "src=", "http:", "url("):
        assert word not in page.text, "it asks nobody for anything, and leads nowhere"
    assert web.as_("agent").get(f"{place}/evidence").status_code == 403
    assert admin.get("/v1/backorders/A-9/1/evidence").status_code == 404
    assert admin.get(f"{place}/evidence?format=pdf").status_code == 422
    audited = [each for each in admin.get("/v1/audit").json()["items"] if each["kind"] == "evidence"]
    assert [(each["object"], each["call"]) for each in audited] == [
        ("O-1/1", "GET /v1/backorders/{order}/{line}/evidence")
    ] * 2
