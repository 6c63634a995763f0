"""Claiming: what was put into words before the locks goes only if it still holds; nobody waits for a lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from backorder.domain.notifications import Kind
from backorder.messaging.message_content import Shop as Letterhead
from backorder.messaging.render import BUILT_IN, Renderer
from backorder.ports import PEOPLE_AT_ONCE, BatchContext, Claimed, Sent
from backorder.services import due_messages
from backorder.services.dispatch_messages import MessageDispatch
from backorder.services.pause_channel import pause
from backorder.services.put_aside import put_message_aside
from backorder.services.services import machine_now
from backorder.storage.engine import writing
from backorder.storage.isolation import failed
from backorder.storage.tables import backorders
from tests.support.days import day
from tests.support.sending import BEGIN, Desk
from tests.support.shop import Shop


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


def test_what_is_replaced_between_its_words_and_its_claim_does_not_go(desk: Desk) -> None:
    """The date moves at that moment: the old words stay here, the new ones go."""
    shop, dispatch = desk.shop, desk.shop.services.dispatch
    shop.purchase()
    shop.start()
    round = desk.round()
    prepared, failures = dispatch.prepare(round)
    assert (len(prepared), failures) == (1, [])
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.review()
    assert dispatch.write(round, (), prepared, failures, careful=False).taken == 0
    assert shop.rows("SELECT * FROM sends") == []
    shop.now += timedelta(hours=3)
    message = desk.claimed()
    assert day(40).strftime("%B") in message.outgoing.text


def test_what_is_taken_back_between_its_words_and_its_claim_does_not_go(desk: Desk) -> None:
    shop, dispatch = desk.shop, desk.shop.services.dispatch
    shop.start()
    round = desk.round()
    prepared, failures = dispatch.prepare(round)
    shop.cancel()
    assert dispatch.write(round, (), prepared, failures, careful=False).taken == 0
    assert shop.rows("SELECT * FROM sends") == []
    assert desk.claimed().message == desk.message(1)["id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"locale": "de"},
        {"time_zone": "Asia/Tokyo"},
        {"name": "Anna"},
        {"email": "anna@example.com"},
        {"region": "FR"},
    ],
)
def test_whose_language_zone_or_address_changes_as_their_message_is_claimed(
    desk: Desk, changes: dict[str, str]
) -> None:
    """Nothing goes as it was put into words before; it goes next, as it is true now."""
    shop, dispatch = desk.shop, desk.shop.services.dispatch
    shop.purchase()
    shop.start()
    round = desk.round()
    prepared, failures = dispatch.prepare(round)
    shop.services.contacts.change("ann", changes, shop.now, by="clerk")
    assert dispatch.write(round, (), prepared, failures, careful=False).calls == ()
    assert shop.rows("SELECT * FROM sends") == []
    message = desk.claimed()
    assert message.outgoing.to == changes.get("email", "ann@example.com")
    assert ("Vielen Dank" in message.outgoing.text) == ("locale" in changes)


def test_whose_template_is_edited_as_their_message_is_claimed(desk: Desk, tmp_path: Path) -> None:
    """What goes is on record under the version of its own words, and the next kind has none of an edit that
    nobody has looked at: that counts from the next start."""
    shop, services, own = desk.shop, desk.shop.services, tmp_path / "en"
    own.mkdir()
    for name in ("confirmed", "cancelled"):
        words = (BUILT_IN / "en" / f"{name}.jinja").read_text(encoding="utf-8")
        intro = "{% block intro %}"
        assert intro in words
        (own / f"{name}.jinja").write_text(
            words.replace(intro, f"{intro}By the old book. "), encoding="utf-8"
        )
    services.dispatch = MessageDispatch(
        services.engine, services.policies, Letterhead(name="Lamps", templates=tmp_path)
    )
    version = Renderer([tmp_path]).template_version(Kind.CONFIRMED, "en")
    shop.start()
    round = desk.round()
    prepared, failures = services.dispatch.prepare(round)
    for file in own.iterdir():
        file.write_text(file.read_text(encoding="utf-8").replace("old", "new"), encoding="utf-8")
    [message] = services.dispatch.write(round, (), prepared, failures, careful=False).calls
    assert "By the old book." in message.outgoing.text
    assert desk.message()["template"] == version
    assert version != Renderer([tmp_path]).template_version(Kind.CONFIRMED, "en")
    assert isinstance(message, Claimed)
    desk.record_outcome(message, Sent(outcome="accepted", provider_id="x"))
    shop.cancel()
    assert "By the old book." in desk.claimed().outgoing.text


def test_a_line_that_somebody_holds_keeps_nobody_waiting(desk: Desk) -> None:
    shop = desk.shop
    if shop.services.engine.dialect.name == "sqlite":
        return  # one writes at a time there
    shop.start("O-1")
    shop.start("O-2")
    with writing(shop.services.engine) as connection:
        connection.execute(select(backorders.c.id).where(backorders.c.id == "O-1/1").with_for_update())
        round = desk.round(room=5)
        assert shop.services.dispatch.batch(round).calls == ()
        assert round.left.next(desk.now) is not None
        [second] = shop.services.dispatch.batch(round).calls
    assert second.message == desk.message(1)["id"]
    desk.wait(timedelta(minutes=1))
    assert desk.claimed().message == desk.message()["id"]


def test_who_is_first_with_many_messages_keeps_nobody_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are due, or cannot go now: their customer is busy, or they were left behind or put aside."""
    shop, dispatch, ann = desk.shop, desk.shop.services.dispatch, "customer/ann"
    names = (f"p{number}" for number in range(20))
    ben = next(name for name in names if dispatch.shard_of(f"customer/{name}") == dispatch.shard_of(ann))
    for number in range(3 * PEOPLE_AT_ONCE + 2):
        shop.start(f"O-{number}")
    shop.start("Z", customer={"id": ben, "email": "ben@example.com"})

    def due(round: BatchContext) -> set[str]:
        return {each.row.person for each in dispatch.prepare(round)[0]}

    both = {ann, f"customer/{ben}"}
    assert due(desk.round()) == both
    assert due(replace(desk.round(), busy=frozenset({ann}))) == both - {ann}
    behind = desk.round()
    mine = shop.rows("SELECT id, version FROM messages WHERE person = :ann", ann=ann)
    for row in mine[: 2 * PEOPLE_AT_ONCE]:
        behind.left.leave(row["id"], row["version"], behind.now)
    assert due(replace(behind, busy=frozenset({ann}))) == both - {ann}
    monkeypatch.setattr(due_messages, "PER_PERSON", 10)
    assert due(desk.round()) == both
    with writing(shop.services.engine) as connection:
        for row in mine:
            put_message_aside(connection, failed(f"message/{row['id']}", ValueError("odd"), ""))
    assert due(replace(desk.round(), now=machine_now())) == both - {ann}


def test_what_has_ended_is_refused_at_the_door_and_its_line_hears_it(desk: Desk) -> None:
    shop = desk.shop
    shop.purchase()
    shop.start()
    with writing(shop.services.engine) as connection:
        connection.execute(update(backorders).values(phase="cancelled"))
    assert desk.take() is None
    assert (desk.message()["state"], desk.message()["reason"]) == ("withdrawn", "its line has come to an end")
    assert [row["what"] for row in shop.rows("SELECT what FROM timeline")][-1] == "message_not_sent"


def test_what_a_person_paused_stays_here_too(desk: Desk) -> None:
    """The outbox knows no trouble, but a person may want nothing to go."""
    shop = desk.shop
    shop.start()
    pause(shop.services.engine, "email", by="Eva", reason="logo", until=None, at=shop.now, now=BEGIN)
    assert desk.batch(stored=["email"]).stored == ()
    assert desk.message()["state"] == "planned"
