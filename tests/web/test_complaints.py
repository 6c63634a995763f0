"""A complaint from the call to its end: ticket, message, worklist, case; its words stand in one place."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backorder import schemas
from backorder.domain.complaints import ticket_of
from backorder.errors import ConflictError
from backorder.queries.case_view import case
from backorder.queries.views import CaseView, ComplaintView
from backorder.schemas import parse
from backorder.services.record_request import NewRequest
from backorder.storage.tasks import waiting
from starter.cli import cli
from tests.support.shop import Shop
from tests.support.web import WebServer

WORDS = "Nobody answers the phone, says Ann"
OUTCOME = "Our phone is mended"
TICKET = ticket_of("O-1/1", "c-1")
LINE = "/v1/backorders/O-1/1"


def asked(shop: Shop, form: schemas.LineRequest, words: str) -> None:
    """What the client does: the request goes on record, then the line rules on it."""
    event = form.event(shop.now, shop.services.calendar.day(shop.now))
    request = NewRequest(id=form.key, kind=form.kind, event=event, given=form.content(), evidence=words)
    shop.ask("O-1", request)
    shop.review("O-1", form.key)


def complain(shop: Shop, text: str = WORDS) -> None:
    asked(shop, parse(schemas.Complaint, {"request_id": "c-1", "text": text}), text)


def seen(shop: Shop) -> tuple[ComplaintView, ...]:
    found = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(found, CaseView)
    return found.complaints


def test_a_complaint_is_acknowledged_stands_on_the_worklist_and_ends(stock: Shop) -> None:
    stock.start("O-1")
    stock.start("O-2")
    stock.dispatch()
    stock.now += timedelta(days=1)
    complain(stock)
    [task] = waiting(stock.services.engine)
    assert (task.kind, task.subject, task.detail["ticket"]) == ("complaint", "O-1/1", TICKET)
    messages = stock.dispatch()
    assert TICKET in messages[-1].text
    [found] = seen(stock)
    assert (found.ticket, found.text, found.closed_at, found.answer) == (TICKET, WORDS, None, "")
    assert str(found.answer_by) == task.detail["answer_by"]
    assert stock.state("O-1").context.complained_at == stock.now
    assert stock.state("O-2").context.complained_at == stock.now, "they complained, whatever about"
    with pytest.raises(ConflictError, match="text is not what was given before"):
        complain(stock, "something else")

    stock.now += timedelta(days=24)
    for _ in range(2):
        stock.services.reconciler.expire(stock.now)
    assert [task.kind for task in waiting(stock.services.engine)] == ["complaint", "complaint_due"]

    raw = {"request_id": "e-1", "ticket": TICKET, "text": OUTCOME, "actor": "Eva"}
    asked(stock, parse(schemas.ComplaintEnd, raw), OUTCOME)
    assert waiting(stock.services.engine) == []
    [ended] = seen(stock)
    assert (ended.closed_at, ended.answer) == (stock.now, OUTCOME)
    assert where(stock, WORDS) == {"requests.evidence"}
    [told] = [each for each in stock.dispatch() if OUTCOME in each.text]
    assert TICKET in told.subject
    assert where(stock, OUTCOME) == {"requests.evidence", "message_items.facts", "sends.html", "sends.text"}


def where(shop: Shop, words: str) -> set[str]:
    """The columns in which some words stand."""
    return {
        f"{table}.{column}"
        for table in TABLES
        for row in shop.rows(f"SELECT * FROM {table}")
        for column, value in row.items()
        if isinstance(value, str) and words in value
    }


TABLES = (
    *("requests", "backorders", "timeline", "events", "messages", "message_items", "sends", "tasks"),
    *("audit", "notes", "promises", "customers"),
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_customer_is_erased_once_their_complaint_is_ended(stock: Shop) -> None:
    stock.start("O-1")
    stock.dispatch()
    complain(stock)
    stock.dispatch()
    stock.cancel("O-1")
    stock.run("UPDATE backorders SET phase = 'cancelled'")
    waits = stock.services.erasures.ask("ann", stock.now).waits_for
    assert any("complaint" in each for each in waits)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_complaint_over_http_and_on_the_command_line(web: WebServer, stock: Shop) -> None:
    """Temporal is away: the ticket is known all the same."""
    stock.start("O-1")
    agent = web.as_("agent")
    body: dict[str, Any] = {"text": WORDS, "request_id": "c-1"}
    for _ in range(2):
        said = agent.post(f"{LINE}/complaints", json=body)
        assert said.status_code == 202
        assert (said.json()["ticket"], said.json()["verdict"]) == (TICKET, "pending")
    assert agent.post("/v1/backorders/O-9/1/complaints", json=body).status_code == 404
    assert agent.post(f"{LINE}/complaints", json={"text": " "}).json()["errors"][0]["field"] == "text"
    stock.review("O-1", "c-1")
    assert agent.get(said.headers["location"]).json()["verdict"] == "accepted"
    assert agent.get(LINE).json()["complaints"][0]["text"] == WORDS
    [task] = agent.get("/v1/tasks?kind=complaint").json()["items"]
    assert task["detail"]["ticket"] == TICKET
    assert agent.post(f"/v1/tasks/{task['id']}/done", json={"note": "x"}).status_code == 409

    long_ago = body | {"request_id": "c-2", "received_at": "2001-01-01T10:00:00Z"}
    agent.post(f"{LINE}/complaints", json=long_ago)
    stock.review("O-1", "c-2")
    refused = agent.post(f"{LINE}/complaints", json=long_ago)
    assert (refused.status_code, "ticket" in refused.json()) == (409, False), refused.text
    assert "is the year right?" in refused.json()["detail"]

    here = {"BACKORDER_DATABASE_URL": str(stock.services.engine.url), "TEMPORAL_ADDRESS": "127.0.0.1:1"}

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, words, env=here)

    listed = run("complaint", "list", "--json")
    assert [each["ticket"] for each in json.loads(listed.stdout)] == [TICKET], listed.stderr
    ended = run("complaint", "close", "O-1/1", TICKET.lower(), OUTCOME, "--json")
    assert json.loads(ended.stdout)["verdict"] == "pending", ended.stderr
    more = run("complaint", "file", "O-1/1", WORDS, "--request-id", "c-2", "--json")
    assert json.loads(more.stdout)["ticket"] == ticket_of("O-1/1", "c-2"), more.stderr


def test_a_complaint_that_is_told_again_is_200(web: WebServer, stock: Shop) -> None:
    stock.start("O-1")
    told = {"request_id": "c-1", "text": WORDS}
    first = web.as_("agent").post(f"{LINE}/complaints", json=told)
    assert (first.status_code, first.json()["verdict"]) == (202, "pending")
    stock.review("O-1", "c-1")
    again = web.as_("agent").post(f"{LINE}/complaints", json=told)
    assert (again.status_code, again.json()["verdict"]) == (200, "accepted")
    assert again.json()["ticket"] == first.json()["ticket"]


def test_a_complaint_of_a_like_name_is_another_one(web: WebServer, stock: Shop) -> None:
    stock.start("O-1")
    told = [{"request_id": id, "text": WORDS} for id in ("c-1~", "c-1")]
    answers = [web.as_("agent").post(f"{LINE}/complaints", json=each) for each in told]
    assert [each.status_code for each in answers] == [202, 202]
    assert len({each.json()["ticket"] for each in answers}) == 2
