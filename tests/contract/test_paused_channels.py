"""A person pauses a channel: nothing goes by it, nothing is lost, and it goes on when they say so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backorder.domain.channels import ChannelState
from backorder.errors import RefusedError
from backorder.queries.messages import of_case
from backorder.queries.overview import overview
from backorder.services.pause_channel import ChannelChanged, pause, resume
from backorder.storage import channels, tasks
from backorder.storage.engine import reading, writing
from tests.support.days import at
from tests.support.query_plans import asked, read_whole
from tests.support.shop import Shop

BOTH = {"phone": "+4915123456789", "sms_consent": True}
FALLBACK = timedelta(hours=4)
NOW = datetime.now(UTC)


def stop(shop: Shop, name: str = "email", *, until: datetime | None = None) -> ChannelChanged:
    """Eva pauses a channel."""
    engine = shop.services.engine
    return pause(engine, name, by="Eva", reason="wrong logo", until=until, at=shop.now, now=NOW)


def test_nothing_goes_by_a_paused_channel_and_everything_goes_on_with_it(shop: Shop) -> None:
    engine = shop.services.engine
    shop.start()
    assert stop(shop).changed
    assert not stop(shop).changed, "it stands like that already"
    assert shop.dispatch() == []
    shop.now += timedelta(days=30)
    assert shop.dispatch() == [], "nobody tries it"
    assert shop.services.reconciler.orphaned(shop.now + timedelta(minutes=2)).after.shards == ()
    [task] = tasks.waiting(engine)
    assert (task.kind, task.subject, task.detail["by"]) == ("channel_paused", "email", "Eva")
    with reading(engine) as connection:
        [shown], _ = of_case(connection, "O-1/1")
    assert shown.reason is not None
    assert "email was paused by Eva since" in shown.reason
    assert "wrong logo" in shown.reason
    assert shown.try_at is None, "it ends by a person alone"
    [email, _] = channels.all_channels(engine, shop.now)
    assert (email.state, email.by, email.reason, email.waiting) == ("paused", "Eva", "wrong logo", 1)
    assert email.oldest_due == at(0)

    resumed = resume(engine, "email", by="Ben", at=shop.now)
    assert (resumed.changed, resumed.after.shards) == (True, (0, 1))
    assert tasks.waiting(engine) == []
    assert [message.channel for message in shop.dispatch()] == ["email"]
    assert not resume(engine, "email", by="Ben", at=shop.now).changed
    assert channels.all_channels(engine, shop.now)[0].oldest_due is None


def test_what_is_due_and_has_no_channel_yet_is_behind_too(shop: Shop) -> None:
    shop.start()
    shop.run("UPDATE messages SET channel = NULL")
    assert overview(shop.services.engine, at(1), 1.0).unrouted_due == at(0)
    assert overview(shop.services.engine, at(-1), 1.0).unrouted_due is None
    shop.dispatch()
    assert overview(shop.services.engine, at(1), 1.0).unrouted_due is None


def test_a_message_with_a_second_channel_takes_it_after_a_while(shop: Shop) -> None:
    shop.start(customer=BOTH)
    stop(shop)
    assert shop.dispatch() == []
    shop.now += FALLBACK
    assert [message.channel for message in shop.dispatch()] == ["sms"]


def test_a_pause_with_an_end_ends_by_itself(shop: Shop) -> None:
    shop.start()
    stop(shop, until=NOW + timedelta(hours=1))
    assert shop.dispatch() == []
    assert shop.services.reconciler.expire(shop.now).shards == ()
    assert channels.all_channels(shop.services.engine)[0].until == NOW + timedelta(hours=1)
    shop.run("UPDATE channels SET until = :past", past=_stored(NOW - timedelta(seconds=1)))
    assert shop.services.reconciler.expire(shop.now).shards == (0, 1)
    assert tasks.waiting(shop.services.engine) == []
    assert len(shop.dispatch()) == 1


def test_a_person_takes_over_what_failed_and_lets_go_on_what_the_engine_paused(shop: Shop) -> None:
    """One task at a time, with the words of whoever paused it last."""
    engine = shop.services.engine
    failed = ChannelState(paused=True, since=NOW, reason="wrong key", account_errors=3, probe_at=NOW)
    with writing(engine) as connection:
        channels.keep(connection, "sms", ChannelState(), failed, shop.now)
    assert [task.detail["why"] for task in tasks.waiting(engine)] == ["wrong key"]
    assert stop(shop, "sms").before == failed
    assert [task.detail["why"] for task in tasks.waiting(engine)] == ["wrong logo"]
    channels.back(engine, ["sms"], shop.now)
    assert channels.all_channels(engine)[1].state == "paused", "a worker that starts lets nothing go on"
    assert resume(engine, "sms", by="Ben", at=shop.now).changed
    with writing(engine) as connection:
        channels.keep(connection, "sms", ChannelState(), failed, shop.now)
    assert resume(engine, "sms", by="Ben", at=shop.now).before == failed
    assert tasks.waiting(engine) == []


def test_what_is_no_channel_or_has_no_end_ahead_is_refused(shop: Shop) -> None:
    with pytest.raises(RefusedError, match='channel: "fax" is none; there are email and sms'):
        stop(shop, "fax")
    with pytest.raises(RefusedError, match='channel: "fax"'):
        resume(shop.services.engine, "fax", by="Ben", at=shop.now)
    with pytest.raises(RefusedError, match="until: a pause must end in the future"):
        stop(shop, until=NOW)
    assert shop.rows("SELECT * FROM channels") == []


def test_who_resumes_and_who_sends_lock_in_the_same_order(shop: Shop) -> None:
    """Who claims a message locks it, then its channel: whoever resumes the channel waits for that."""
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one lock for all
    shop.start()
    stop(shop)
    shop.dispatch()
    with ThreadPoolExecutor(1) as pool, engine.connect() as claiming, engine.connect() as looking:
        claiming.execute(text("SELECT id FROM messages FOR NO KEY UPDATE"))
        resumed = pool.submit(resume, engine, "email", by="Ben", at=shop.now)
        waits = text(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while looking.execute(waits).first() is None:
            looking.rollback()
        claiming.execute(text("SELECT name FROM channels FOR UPDATE"))
        claiming.rollback()
        assert resumed.result().changed


def test_no_table_is_read_from_end_to_end(shop: Shop) -> None:
    shop.start()
    with asked(shop.services.engine) as statements:
        stop(shop, until=NOW + timedelta(hours=1))
        channels.all_channels(shop.services.engine, shop.now)
        resume(shop.services.engine, "email", by="Ben", at=shop.now)
    whole = read_whole(shop.services.engine, statements)
    assert {each for tables in whole.values() for each in tables} <= {"channels", "tasks"}


def _stored(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_the_dispatchers_page_says_what_waits_and_for_what(shop: Shop) -> None:
    """In words that hold nothing personal, since a history keeps them."""
    shop.start()
    stop(shop)
    dispatch = shop.services.dispatch
    words = dispatch.in_words(dispatch.shard_of("customer/ann"), shop.now + timedelta(hours=1))
    assert "Messages that wait: 1, of which due: 1." in words
    assert f"due since {at(0):%Y-%m-%d}" in words
    assert "**email is paused**, a person paused it" in words
    assert "Eva" not in words
    assert "wrong logo" not in words


def test_a_channel_that_is_back_waits_for_nobody_who_holds_a_message(shop: Shop) -> None:
    """It is locked after messages: who waited for one with the channel locked could wait for ever.

    On SQLite nobody holds one while another writes.
    """
    for name in ("ann", "ben"):
        shop.start(f"O-{name}", customer={"id": name})
    later = NOW + timedelta(hours=1)
    shop.run("UPDATE messages SET try_at = '9999-01-01T00:00:00.000000Z'")
    engine = shop.services.engine
    broken = ChannelState(paused=True, since=NOW, reason="key", account_errors=3, probe_at=NOW)
    with writing(engine) as connection:
        channels.keep(connection, "email", ChannelState(), broken, later)
    with engine.connect() as holder:
        if engine.dialect.name == "postgresql":
            held = "SELECT 1 FROM messages WHERE person = 'customer/ann' FOR UPDATE"
            holder.execute(text(held))
        with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = '2s'"))
            before = channels.state_of(connection, "email", lock=True)
            channels.keep(connection, "email", before, ChannelState(), later)
    free = {row["person"] for row in shop.rows("SELECT person FROM messages WHERE try_at IS NULL")}
    assert "customer/ben" in free
