"""Of two calls about one line at one moment each entry of the audit names what its own call asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from backorder.domain.line.events import NoticeGiven
from backorder.services.cancel_lines import BulkRequest, record_all
from backorder.services.record_request import NewRequest, record_within
from backorder.storage.acting import Act
from backorder.storage.acting_on_lines import ActOnLines
from backorder.storage.acting_on_objects import ActOnObjects
from backorder.storage.asked_of_lines import add_note
from backorder.storage.counting_once import Once
from backorder.storage.engine import Companion, attempting, companion, writing
from tests.support.shop import Shop

LINE = "O-1/1"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.purchase()
    shop.start("O-1")
    return shop


def alone(shop: Shop, actor: str) -> Companion:
    return Act(actor=actor, call="POST", object=("backorder", LINE), request_id=actor, at=shop.now)


def among_lines(shop: Shop, actor: str) -> Companion:
    return ActOnLines(actor=actor, call="POST", backorders=[LINE], request_id=actor, at=shop.now)


def among_objects(shop: Shop, actor: str) -> Companion:
    return ActOnObjects(
        actor=actor, call="POST", objects=[("backorder", LINE)], request_id=actor, at=shop.now
    )


WAYS = {"alone": alone, "lines": among_lines, "objects": among_objects}


@contextmanager
def calling(shop: Shop, by: Companion) -> Iterator[Connection]:
    token = companion.set(by)
    try:
        with writing(shop.services.engine) as connection:
            yield connection
    finally:
        companion.reset(token)


def told(shop: Shop, id: str) -> NewRequest:
    event = NoticeGiven(
        at=shop.now,
        day=shop.now.date(),
        request=id,
        as_of=shop.now,
        medium="a call to Ann",
        by_date=None,
        offered=False,
    )
    return NewRequest(id=id, kind="notice", event=event, given={"request_id": id})


def ask(shop: Shop, connection: Connection, id: str) -> None:
    """A request and a note, both of that name."""
    record_within(connection, LINE, told(shop, id), shop.now)
    add_note(connection, {"id": id, "backorder": LINE, "at": shop.now, "by": id, "text": "Ann rang"})


def entries(shop: Shop) -> dict[str, list[tuple[dict[str, Any], dict[str, Any]]]]:
    """What the entries say before and after, by who is named in them."""
    found: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for row in shop.rows("SELECT actor, before, after FROM audit ORDER BY number"):
        found.setdefault(row["actor"], []).append((json.loads(row["before"]), json.loads(row["after"])))
    return found


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_names_no_request_that_another_call_made_meanwhile(shop: Shop, way: str) -> None:
    if shop.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    with calling(shop, WAYS[way](shop, "A")) as mine:
        with calling(shop, WAYS[way](shop, "B")) as others:
            ask(shop, others, "B-1")
        ask(shop, mine, "A-1")
    found = entries(shop)
    assert {actor: {each["id"] for each in after["asked"]} for actor, [(_, after)] in found.items()} == {
        "A": {"A-1"},
        "B": {"B-1"},
    }
    [(before, after)] = found["A"]
    assert (before["requests"], after["requests"], before["notes"], after["notes"]) == (1, 2, 1, 2)


@pytest.mark.parametrize("way", WAYS)
def test_what_was_asked_before_is_no_change_whatever_another_asks_meanwhile(shop: Shop, way: str) -> None:
    if shop.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    with calling(shop, WAYS[way](shop, "A")) as mine:
        record_within(mine, LINE, told(shop, "A-1"), shop.now)
    with calling(shop, WAYS[way](shop, "A")) as mine:
        with calling(shop, WAYS[way](shop, "B")) as others:
            ask(shop, others, "B-1")
        record_within(mine, LINE, told(shop, "A-1"), shop.now)
    assert {actor: len(each) for actor, each in entries(shop).items()} == {"A": 1, "B": 1}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_tried_and_taken_back_was_not_asked(shop: Shop, way: str) -> None:
    with calling(shop, WAYS[way](shop, "A")) as mine, attempting(mine, keep=False):
        ask(shop, mine, "A-1")
    assert entries(shop) == {}
    with calling(shop, WAYS[way](shop, "A")) as mine:
        with attempting(mine, keep=False):
            ask(shop, mine, "A-1")
        ask(shop, mine, "A-2")
    [(_, after)] = entries(shop)["A"]
    assert {each["id"] for each in after["asked"]} == {"A-2"}


def test_what_was_asked_of_many_lines_is_read_together(shop: Shop) -> None:
    """Not line by line, and not what was asked of them before."""
    lines = [LINE]
    for number in range(2, 8):
        shop.start(f"O-{number}")
        lines.append(f"O-{number}/1")
    read: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT requests.") and "requests.content" in statement:
            read.append(statement)

    act = ActOnLines(actor="A", call="POST", backorders=lines, request_id="r", at=shop.now)
    event.listen(shop.services.engine, "before_cursor_execute", note)
    token = companion.set(act)
    try:
        bulk = BulkRequest(id="R", content="c", at=shop.now, asked_at=shop.now, known=False, whole=True)
        record_all(shop.services.engine, lines, told(shop, "A-1"), bulk)
    finally:
        companion.reset(token)
        event.remove(shop.services.engine, "before_cursor_execute", note)
    assert len(read) == 1
    assert [after["asked"][0]["id"] for _, after in entries(shop)["A"]] == ["A-1"] * 7


def test_what_somebody_else_began_to_ask_first_leaves_the_key_to_the_call_that_begins_again(
    shop: Shop,
) -> None:
    """Else it would be answered as one that was made before, of which nothing is on record."""
    bulk = BulkRequest(id="R", content="c", at=shop.now, asked_at=shop.now, known=False, whole=True)
    ids = {LINE: "A-1"}
    for key, came, kept in (("first", ids, 1), ("second", None, 1)):
        once = Once(api_key="k", key=key, asked="POST", at=shop.now)
        act = ActOnLines(actor="A", call="POST", backorders=[LINE], request_id="r", at=shop.now, once=once)
        token = companion.set(act)
        try:
            assert record_all(shop.services.engine, [LINE], told(shop, "A-1"), bulk) == came
        finally:
            companion.reset(token)
        assert len(shop.rows("SELECT key FROM idempotency_keys")) == kept


def test_an_entry_says_what_was_said_no_to_and_holds_nobodys_own_words(shop: Shop) -> None:
    with calling(shop, alone(shop, "A")) as mine:
        record_within(mine, LINE, told(shop, "A-1"), shop.now)
    [(_, after)] = entries(shop)["A"]
    [asked] = after["asked"]
    assert asked["fields"].pop("as_of")
    assert asked["fields"] == {"medium": "…", "offered": False}
