"""Whoever locks several things has them in the one order of all locks: lines, messages, channels, shards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backorder.domain.channels import ChannelState
from backorder.domain.delivery_reports import Reported
from backorder.domain.line.events import Complained, PaymentChanged, PolicyMoved
from backorder.messaging.provider_reports import ProviderReport
from backorder.ports import Claimed, Done, Doubtful, LookedUp, Sent
from backorder.services.cancel_message import cancel_message
from backorder.services.delays import Delays
from backorder.services.record_request import NewRequest
from backorder.services.resend_message import resend_message
from backorder.storage import channels
from backorder.storage.engine import writing
from tests.support.days import at, day
from tests.support.sending import ANN, Desk
from tests.support.shop import Shop

NOW = datetime.now(UTC)
HELD = text("SELECT id FROM backorders WHERE id = 'O-2/1' FOR NO KEY UPDATE")
CLAIMED = text("SELECT id FROM messages ORDER BY id FOR NO KEY UPDATE")
WAITS = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def change_the_phone(shop: Shop) -> None:
    shop.services.contacts.change("ann", {"phone": "+491511234567"}, shop.now, by="clerk")


def take_it_back(shop: Shop) -> None:
    services, id = shop.services, shop.rows("SELECT id FROM messages")[0]["id"]
    cancel_message(services.engine, services.policies, id, by="Eva", reason="told", at=shop.now, now=NOW)


def send_it_again(shop: Shop) -> None:
    services, id = shop.services, shop.rows("SELECT id FROM messages")[0]["id"]
    resend_message(
        services.engine,
        services.policies,
        services.addressing,
        id,
        request="R-1",
        by="Eva",
        reason="lost",
        at=shop.now,
    )


@pytest.mark.parametrize("act", [change_the_phone, take_it_back, send_it_again])
def test_who_waits_for_a_line_holds_no_message(shop: Shop, act: Callable[[Shop], None]) -> None:
    """Who sends a message of two lines has locked the second of them, and then wants the message."""
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one lock for all
    shop.start("O-1")
    shop.start("O-2")
    first, second = (row["id"] for row in shop.rows("SELECT id FROM messages ORDER BY number"))
    shop.run(f"UPDATE message_items SET message = '{first}' WHERE message = '{second}'")
    shop.run(f"DELETE FROM messages WHERE id = '{second}'")
    with ThreadPoolExecutor(1) as pool, engine.connect() as sending, engine.connect() as looking:
        sending.execute(HELD)
        done = pool.submit(act, shop)
        while looking.execute(WAITS).first() is None:
            looking.rollback()
        sending.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert len(sending.execute(CLAIMED).all()) == 1, "it can be claimed while the other waits"
        sending.rollback()
        done.result()


ACCEPTED = Sent(outcome="accepted", provider_id="sg-1")
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
BROKEN = Sent(outcome="transient", code="401", reason="wrong key", account=True)
PLANNED = "SELECT id FROM messages WHERE person = 'customer/ann' AND state = 'planned' FOR NO KEY UPDATE"
CHANNELS = "SELECT name FROM channels ORDER BY name FOR UPDATE"
RATES = "SELECT channel FROM message_rates ORDER BY channel FOR UPDATE"


def neighbour(desk: Desk) -> str:
    """Somebody to whom Ann's shard sends too."""
    dispatch = desk.shop.services.dispatch
    names = (f"p{number}" for number in range(20))
    return next(name for name in names if dispatch.shard_of(f"customer/{name}") == dispatch.shard_of(ANN))


def unclear(desk: Desk) -> Claimed:
    """A message of Ann's that was looked up in vain, so that her line has told the same anew."""
    desk.shop.purchase()
    desk.shop.start()
    message = desk.claimed()
    desk.record_outcome(message, UNKNOWN)
    desk.wait(timedelta(minutes=3))
    desk.look_up(LookedUp(sighting="absent", reason="not there"))
    assert [row["state"] for row in desk.shop.rows("SELECT state FROM messages ORDER BY number")] == [
        "unknown",
        "planned",
    ]
    return message


def look_up(desk: Desk) -> Callable[[], object]:
    """It turns up, by a channel that is in trouble; somebody else's message is claimed by a rate."""
    unclear(desk)
    desk.wait(timedelta(minutes=3))
    found = desk.take()
    assert isinstance(found, Doubtful), found
    desk.shop.start("O-2", customer={"id": neighbour(desk), "email": "ben@example.com"})
    done = Done(taken=found, looked_up=LookedUp(sighting="found", provider_id="sg-1"))
    round = replace(desk.round(), busy=frozenset({ANN}))
    return lambda: desk.shop.services.dispatch.batch(round, [done])


def report(desk: Desk) -> Callable[[], object]:
    """Its provider reports that it came, and of another message that the account is refused."""
    ann, other = unclear(desk), neighbour(desk)
    desk.shop.start("O-2", customer={"id": other, "email": "ben@example.com"})
    [ben] = desk.shop.services.dispatch.batch(replace(desk.round(), busy=frozenset({ANN}))).calls
    desk.record_outcome(ben, Sent(outcome="accepted", provider_id="sg-2"))  # type: ignore[arg-type]
    said = {ann.outgoing.id: Reported.DELIVERED, ben.outgoing.id: Reported.SHOP_REFUSED}
    reports = [
        ProviderReport(
            id=f"test/{id}",
            provider="Test",
            channel="email",
            event=each.value,
            said=each,
            at=desk.now,
            send=id,
        )
        for id, each in said.items()
    ]
    return lambda: desk.shop.services.reports.record(reports, at=desk.shop.now, now=desk.now)


@pytest.mark.parametrize("arrange", [look_up, report])
def test_who_waits_for_a_message_holds_no_channel_and_no_rate(
    shop: Shop, arrange: Callable[[Desk], Callable[[], object]]
) -> None:
    """Who lets a channel go on has locked what waits for it, and then wants the channel."""
    if shop.services.engine.dialect.name == "sqlite":
        return  # one lock for all
    shop.services.dispatch.delays = Delays(rates={"email": 10.0})
    waits_beside(shop, PLANNED, arrange(Desk(shop)), free=(CHANNELS, RATES))


def test_who_waits_for_a_channel_holds_none_that_comes_after_it(shop: Shop) -> None:
    """What came of a text is written down in the batch that tries mails again."""
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one lock for all
    desk = Desk(shop)
    other = {"id": neighbour(desk), "email": None, "phone": "+4915123456789"}
    shop.start("O-2", customer=other | {"sms_consent": True})
    text_message = desk.claimed()
    assert text_message.outgoing.channel == "sms"
    desk.record_outcome(text_message, BROKEN)
    desk.wait(timedelta(minutes=1))
    text_message = desk.claimed()
    shop.start()
    paused = ChannelState(paused=True, since=desk.now, reason="key", account_errors=3, probe_at=desk.now)
    with writing(engine) as connection:
        channels.keep(connection, "email", ChannelState(), paused, shop.now)
    dispatch, done = shop.services.dispatch, Done(taken=text_message, sent=BROKEN)
    first, second = (CHANNELS.replace("ORDER", f"WHERE name = '{name}' ORDER") for name in ("email", "sms"))
    waits_beside(shop, first, lambda: dispatch.batch(desk.round(), [done]), free=(second,))


def waits_beside(shop: Shop, held: str, act: Callable[[], object], *, free: tuple[str, ...]) -> None:
    """Somebody has a lock for which the act waits: meanwhile they get the others, that come after it."""
    engine = shop.services.engine
    with ThreadPoolExecutor(1) as pool, engine.connect() as holding, engine.connect() as looking:
        assert holding.execute(text(held)).all()
        done = pool.submit(act)
        while looking.execute(WAITS).first() is None:
            looking.rollback()
            assert not done.done(), "it waits for nobody"
        holding.execute(text("SET LOCAL lock_timeout = '2s'"))
        for wanted in free:
            holding.execute(text(wanted))
        holding.rollback()
        done.result()


def complain(shop: Shop) -> None:
    """A message that waits besides what the line has to say about its date."""
    event = Complained(at=shop.now, day=day(0), request="K-1", received_at=shop.now)
    shop.ask("O-1", NewRequest(id="K-1", kind="complain", event=event, given={}))
    shop.review("O-1", "K-1")


LOWEST = "SELECT id FROM messages ORDER BY id LIMIT 1 FOR NO KEY UPDATE"
HIGHEST = "SELECT id FROM messages ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE"
DEMANDS = "SELECT backorder FROM demands FOR UPDATE"
UNITS = "SELECT sku FROM stock FOR NO KEY UPDATE"
ALL = "SELECT id FROM messages ORDER BY id FOR NO KEY UPDATE"


def test_a_review_locks_the_messages_of_its_line_in_their_order(shop: Shop) -> None:
    """Two lines may share two messages: who asks for the pending one first holds it, and wants the other."""
    if shop.services.engine.dialect.name == "sqlite":
        return  # one lock for all
    shop.start()
    complain(shop)
    first, second = (row["id"] for row in shop.rows("SELECT id FROM messages ORDER BY id"))
    pending = shop.state().pending
    assert pending is not None
    whose = f"backorder = 'O-1/1' AND step = '{pending.key}'"
    shop.run(f"UPDATE message_items SET message = '{first}' WHERE message = '{second}'")
    shop.run(f"UPDATE message_items SET message = '{second}' WHERE {whose}")
    waits_beside(shop, LOWEST, lambda: shop.cancel(), free=(HIGHEST,))


def test_who_waits_for_a_message_holds_no_demand(shop: Shop) -> None:
    """Whoever hands out units holds the messages of a line by then, and writes to the demands of others."""
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one lock for all
    with writing(engine) as connection:
        shop.services.policies.load(connection, 'name = "pieces"\npartial = "ship"\n')
    shop.start()
    shop.dispatch()
    complain(shop)
    event = PolicyMoved(at=shop.now, day=day(0), policy="pieces", reason="asked", by="Eva")
    shop.ask("O-1", NewRequest(id="P-1", kind="policy", event=event, given={}))
    waiting = "SELECT id FROM messages WHERE state = 'planned' FOR NO KEY UPDATE"
    waits_beside(shop, waiting, lambda: shop.review("O-1", "P-1"), free=(DEMANDS,))


@pytest.fixture
def unpaid(shop: Shop) -> Shop:
    """A line whose units go to others, since nobody has paid for them; and nobody has looked at it yet."""
    shop.purchase()
    shop.start("O-1", 2, payment="authorized")
    event = PaymentChanged(at=shop.now, day=day(0), state="authorized", expires_at=at(1))
    shop.ask("O-1", NewRequest(id="A-1", kind="payment", event=event, given={}))
    shop.review("O-1", "A-1")
    shop.now = at(2)
    shop.receive(2)
    shop.review()
    assert shop.stock() == (2, 2)
    shop.now = at(60)
    return shop


def test_what_moves_units_once_a_message_went_is_left_to_the_review_of_its_line(unpaid: Shop) -> None:
    """Who writes down what came of a send holds its message by then, and waits for no units."""
    engine, desk = unpaid.services.engine, Desk(unpaid)
    if engine.dialect.name == "sqlite":
        return  # one lock for all
    unpaid.now = at(2)
    message = desk.claimed()
    unpaid.now = at(60)
    with engine.connect() as holding:
        holding.execute(text(UNITS))
        batch = desk.shop.services.dispatch.batch(
            desk.round(), [Done(taken=message, sent=ACCEPTED)], claim=False
        )
    assert (batch.after.backorders, unpaid.stock()) == (("O-1/1",), (2, 2))
    unpaid.review()
    told = {row["what"] for row in unpaid.rows("SELECT what FROM timeline")}
    assert ("message_sent" in told, unpaid.stock()) == (True, (2, 0))


def test_who_waits_for_units_holds_no_message(unpaid: Shop) -> None:
    if unpaid.services.engine.dialect.name == "sqlite":
        return  # one lock for all
    waits_beside(unpaid, UNITS, lambda: change_the_phone(unpaid), free=(ALL,))
    assert unpaid.stock() == (2, 0)
