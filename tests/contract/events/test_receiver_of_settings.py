"""The receiver that the settings name: kept by each worker that starts, and gone with the setting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.webhook_signature import secret_of
from backorder.errors import RefusedError, RejectedError, SetupError
from backorder.settings import read_settings
from backorder.storage.engine import reading
from backorder.storage.receivers import receivers_in
from tests.support.event_sending import EventDesk
from tests.support.receivers import Receiver
from tests.support.shop import Shop

URL, SECRET, OTHER = "http://127.0.0.1:9/events", secret_of(b"s" * 32), secret_of(b"o" * 32)


def keep(desk: EventDesk, url: str = URL, secret: str = SECRET) -> list[Any]:
    """A worker starts. Returns the receivers."""
    desk.receivers.keep_from_settings(url, secret, at=desk.shop.now, now=desk.now)
    with reading(desk.shop.services.engine) as connection:
        return receivers_in(connection)


def test_it_is_kept_changed_and_removed_with_the_settings(desk: EventDesk) -> None:
    [found] = keep(desk)
    assert (found.id, found.url, found.types, found.secrets(desk.now)) == ("settings", URL, (), (SECRET,))
    assert keep(desk) == [found], "the same again changes nothing"
    [moved] = keep(desk, URL + "/2")
    assert (moved.url, moved.secrets(desk.now)) == (URL + "/2", (SECRET,))
    [rotated] = keep(desk, URL, OTHER)
    assert rotated.secrets(desk.now) == (OTHER, SECRET)
    assert rotated.secrets(desk.now + timedelta(hours=24)) == (OTHER,)
    assert keep(desk, "", "") == []
    [again] = keep(desk)
    assert again.secrets(desk.now) == (SECRET,)


def test_a_worker_without_the_setting_drops_nothing_that_was_not_delivered(
    shop: Shop, desk: EventDesk, caplog: pytest.LogCaptureFixture
) -> None:
    keep(desk)
    shop.start("O-1")
    shop.cancel()
    desk.batch()
    waiting = desk.states("settings")
    assert set(waiting) == {"pending"}
    [found] = keep(desk, "", "")
    assert desk.states("settings") == waiting
    assert (found.url, found.secret, found.by_settings) == (URL, SECRET, False)
    assert f"has not taken {len(waiting)} events yet" in caplog.text
    assert keep(desk, "", "") == [found], "it is a person's by now"
    [again] = keep(desk)
    assert again.by_settings, "a worker with the setting has it back"
    keep(desk, "", "")
    desk.receivers.remove("settings", at=shop.now, now=desk.now)
    assert set(desk.states("settings")) == {"dropped"}


@pytest.mark.parametrize(("url", "secret"), [(URL + "/2", SECRET), (URL + "/2", OTHER), (URL, OTHER)])
def test_the_next_address_takes_over_what_the_one_before_had_not_taken(
    shop: Shop, desk: EventDesk, url: str, secret: str
) -> None:
    """The shop's order system has moved: its events go where it is now, and wait for nobody to tidy up."""
    keep(desk)
    shop.start("O-1")
    shop.cancel()
    desk.batch()
    waiting = desk.states("settings")
    keep(desk, "", "")
    [found] = keep(desk, url, secret)
    assert (found.url, found.secret, found.by_settings) == (url, secret, True)
    assert desk.states("settings") == waiting
    with Receiver() as receiver:
        keep(desk, receiver.url, secret)
        desk.wait(timedelta(hours=1))
        assert desk.deliver() == len(waiting)
        assert len(receiver.calls) == len(waiting)
    assert set(desk.states("settings")) == {"delivered"}


def test_one_that_an_earlier_version_let_go_is_known_by_its_secret(shop: Shop, desk: EventDesk) -> None:
    keep(desk)
    shop.start("O-1")
    desk.batch()
    keep(desk, "", "")
    shop.run("UPDATE receivers SET let_go_at = NULL")
    [found] = keep(desk, URL + "/2")
    assert (found.url, found.by_settings) == (URL + "/2", True)


def test_one_that_was_let_go_and_that_a_person_put_since_is_theirs(shop: Shop, desk: EventDesk) -> None:
    keep(desk)
    shop.start("O-1")
    desk.batch()
    keep(desk, "", "")
    desk.put("settings", URL + "/3")
    [found] = keep(desk, URL + "/2", OTHER)
    assert (found.url, found.by_settings) == (URL + "/3", False)


def test_one_that_is_gone_leaves_the_settings_to_the_next(shop: Shop, desk: EventDesk) -> None:
    """It is taken out because it takes nothing; what was given up months ago does not keep it."""
    keep(desk)
    shop.start("O-1")
    shop.cancel()
    desk.batch()
    shop.run("UPDATE deliveries SET state = 'dead', attempts = 9")
    assert keep(desk, "", "") == []
    assert set(desk.states("settings")) == {"dropped"}
    [found] = keep(desk, URL + "/2", OTHER)
    assert (found.url, found.by_settings) == (URL + "/2", True)


def test_that_it_is_removed_is_said(desk: EventDesk, caplog: pytest.LogCaptureFixture) -> None:
    keep(desk)
    keep(desk, "", "")
    assert "receiver settings is removed" in caplog.text


def test_nobody_changes_it_beside_the_settings(desk: EventDesk) -> None:
    keep(desk)
    with pytest.raises(RejectedError, match="BACKORDER_EVENTS_URL"):
        desk.put("settings", URL)
    with pytest.raises(RejectedError, match="BACKORDER_EVENTS_SECRET"):
        desk.receivers.rotate("settings", now=desk.now)
    with pytest.raises(RejectedError, match="BACKORDER_EVENTS_URL"):
        desk.receivers.remove("settings", at=desk.shop.now, now=desk.now)


def test_a_receiver_that_somebody_made_under_its_id_stays(desk: EventDesk) -> None:
    made = desk.put("settings", URL)
    [found] = keep(desk, URL + "/2")
    assert (found.url, found.secret) == (URL, made.secret)
    assert [each.id for each in keep(desk, "", "")] == ["settings"]


def test_there_are_only_so_many(desk: EventDesk) -> None:
    for number in range(20):
        desk.put(f"r{number}", URL)
    with pytest.raises(RefusedError, match="20 receivers"):
        desk.put("one-more", URL)
    desk.put("r3", URL + "/2")
    desk.receivers.remove("r3", at=desk.shop.now, now=desk.now)
    desk.put("one-more", URL)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"EVENTS_URL": URL}, "BACKORDER_EVENTS_SECRET"),
        ({"EVENTS_SECRET": SECRET}, "BACKORDER_EVENTS_URL"),
        ({"EVENTS_URL": "shop.example", "EVENTS_SECRET": SECRET}, "BACKORDER_EVENTS_URL: .* no web address"),
        ({"EVENTS_URL": URL, "EVENTS_SECRET": "secret"}, "BACKORDER_EVENTS_SECRET: must be whsec_"),
        ({"RECEIVERS_PRIVATE": "perhaps"}, "BACKORDER_RECEIVERS_PRIVATE: must be 1 or 0"),
    ],
)
def test_what_is_wrong_with_the_settings_is_named(given: dict[str, str], words: str) -> None:
    with pytest.raises(SetupError, match=words) as refused:
        read_settings({f"BACKORDER_{name}": value for name, value in given.items()})
    assert SECRET not in str(refused.value)


def test_the_settings_are_read() -> None:
    given = {"EVENTS_URL": URL, "EVENTS_SECRET": SECRET, "RECEIVERS_PRIVATE": "1"}
    found = read_settings({f"BACKORDER_{name}": value for name, value in given.items()})
    assert (found.events_url, found.events_secret, found.receivers_private) == (URL, SECRET, True)
    assert SECRET not in repr(found)
