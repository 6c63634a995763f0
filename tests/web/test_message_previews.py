"""How kinds of messages read over HTTP, and the texts that are to be registered."""

from __future__ import annotations

from pathlib import Path

import pytest

import backorder.messaging
from backorder.domain.notifications import SUPPLIER_KINDS
from tests.support.shop import Shop
from tests.support.web import WebServer, serving

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Previews ask no database."""
PREVIEW, TO_REGISTER = "/v1/message-previews", "/v1/message-templates/dlt"


def test_a_kind_is_shown_on_each_channel_by_which_it_goes(stock: Shop) -> None:
    with serving(stock.services, public_url="https://orders.test", shop_name="Fell") as web:
        agent = web.as_("agent")
        for kind in ("delayed", "alternatives", "confirm_date"):
            found = agent.get(f"{PREVIEW}/{kind}", params={"locale": "de_AT"}).json()
            assert found["kind"] == kind
            assert found["email"]["subject"]
            assert "Fell" in found["email"]["text"]
            assert '<html lang="de-AT"' in found["email"]["html"]
            assert (found["sms"] is None) == (kind in SUPPLIER_KINDS)
        texts = agent.get(TO_REGISTER).json()
        assert texts["whitelist"] == "https://orders.test"
        assert {each["language"] for each in texts["texts"]} == {"en", "hi"}
        hindi = agent.get(TO_REGISTER, params={"locale": "hi"}).json()["texts"]
        assert hindi == [each for each in texts["texts"] if each["language"] == "hi"]
        delayed = next(each for each in hindi if each["kind"] == "delayed")
        asked = {"locale": "hi_IN", "india": "true"}
        sent = agent.get(f"{PREVIEW}/delayed", params=asked).json()["sms"]["text"]
        assert sent.startswith(delayed["text"].partition("{#")[0]), "it is the registered one"
        assert agent.get(f"{PREVIEW}/delayed").json()["sms"]["text"] != sent


def test_what_cannot_be_shown_says_why(web: WebServer) -> None:
    agent = web.as_("agent")
    unknown = agent.get(f"{PREVIEW}/remind")
    assert (unknown.status_code, "delayed" in unknown.json()["detail"]) == (404, True)
    for asked, field in (({"locale": "x!"}, "locale"), ({"india": "true"}, "india")):
        wrong = agent.get(f"{PREVIEW}/delayed", params=asked)
        assert (wrong.status_code, [each["field"] for each in wrong.json()["errors"]]) == (422, [field])
    nowhere = agent.get(TO_REGISTER)
    assert (nowhere.status_code, "BACKORDER_PUBLIC_URL" in nowhere.json()["detail"]) == (409, True)
    assert agent.get(TO_REGISTER, params={"locale": "de"}).status_code == 422


@pytest.mark.parametrize("fault", ["{% if %}", "{{ 1 // 0 }}"])
@pytest.mark.parametrize(
    ("file", "block", "place"),
    [
        ("delayed.jinja", "subject", f"{PREVIEW}/delayed"),
        ("dlt.jinja", "delayed", TO_REGISTER),
    ],
)
def test_templates_that_cannot_be_rendered_are_named(
    stock: Shop, tmp_path: Path, file: str, block: str, place: str, fault: str
) -> None:
    """The shop's own, put there after the server came up: whoever runs it hears the file and the line."""
    own, built_in = tmp_path / "own", Path(backorder.messaging.__file__).parent / "templates"
    (own / "en").mkdir(parents=True)
    text, begins = (built_in / "en" / file).read_text(encoding="utf-8"), f"{{% block {block} %}}"
    (own / "en" / file).write_text(text.replace(begins, begins + fault), encoding="utf-8")
    with serving(stock.services, templates=own, public_url="https://orders.test") as web:
        said = web.as_("agent").get(place)
    assert (said.status_code, said.json()["type"]) == (503, "urn:backorder:setup"), said.text
    assert f"BACKORDER_TEMPLATES: {own}/en/{file}, line" in said.json()["detail"]
