"""What waits for the morning goes at once where its way, or the hours that count, are others by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backorder import schemas
from backorder.domain.delivery_reports import Reported
from backorder.domain.suppression import Cause
from backorder.messaging.provider_reports import ProviderReport
from backorder.schemas import parse
from backorder.services.page_contacts import stop_texts
from backorder.services.pause_channel import pause
from backorder.services.record_request import NewRequest
from backorder.services.suppress_address import suppress
from backorder.storage.engine import writing
from backorder.storage.suppressions import SuppressionEntry
from tests.support.days import at
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.text_answers import text_of

POLICY = """
name = "{name}"
[updates]
gather = "0s"
quiet_hours = "{quiet}"
"""
PHONE = "+4915123456789"
TEXTS = {"email": None, "phone": PHONE, "sms_consent": True, "time_zone": "America/New_York"}
NIGHT = at(0, hour=9)
"""Four o'clock in New York."""


def move(shop: Shop, to: str) -> None:
    """Eve moves the order to another policy."""
    asked = parse(schemas.PolicyMove, {"request_id": "M-1", "value": to, "reason": "asked", "by": "Eve"})
    event = asked.event(shop.now, shop.services.calendar.day(shop.now))
    shop.ask("O-1", NewRequest(id=asked.key, kind=asked.kind, event=event, given=asked.content()))
    shop.review("O-1", "M-1")


@pytest.mark.parametrize("change", ["an address", "another policy"])
def test_it_does_not_wait_for_a_morning_that_does_not_count_any_more(shop: Shop, change: str) -> None:
    with writing(shop.services.engine) as connection:
        for name, quiet in (("quiet", "21:00-08:00"), ("awake", "22:00-03:00")):
            shop.services.policies.load(connection, POLICY.format(name=name, quiet=quiet))
    shop.purchase()
    shop.now = NIGHT
    shop.start("O-1", policy="quiet", customer=TEXTS)
    desk = Desk(shop)
    assert desk.take() is None
    if change == "an address":
        shop.services.contacts.change("ann", {"email": "ann@example.com"}, shop.now, by="clerk")
    else:
        move(shop, "awake")
    assert desk.claimed().outgoing.channel == ("email" if change == "an address" else "sms")


def test_it_still_waits_where_it_is_night_for_its_new_way_too(shop: Shop) -> None:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, POLICY.format(name="quiet", quiet="21:00-08:00"))
    shop.purchase()
    shop.now = NIGHT
    shop.start("O-1", policy="quiet", customer=TEXTS)
    desk = Desk(shop)
    assert desk.take() is None
    pause = desk.pause()
    shop.services.contacts.change("ann", {"phone": "+4915123456780"}, shop.now, by="clerk")
    assert desk.take() is None
    assert desk.pause() == pause


@pytest.mark.parametrize(
    ("on_record", "corrected"),
    [
        ({"time_zone": "America/New_York"}, {"time_zone": "Europe/Berlin"}),
        ({"time_zone": None, "region": "US"}, {"region": "DE"}),
    ],
)
def test_whose_zone_is_corrected_waits_for_no_morning_of_the_other(
    shop: Shop, on_record: dict[str, object], corrected: dict[str, object]
) -> None:
    """Its morning can be the night where they are: then the text would wait for a day."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, POLICY.format(name="quiet", quiet="21:00-08:00"))
    shop.purchase()
    shop.now = NIGHT
    shop.start("O-1", policy="quiet", customer=TEXTS | on_record)
    desk = Desk(shop)
    assert desk.take() is None
    assert desk.pause() is not None
    shop.services.contacts.change("ann", corrected, shop.now, by="clerk")
    [looks] = shop.rows("SELECT min(wake_at) AS first FROM dispatchers")
    assert "09:00" in str(looks["first"]), "its dispatcher looks now"
    assert desk.claimed().outgoing.channel == "sms"


def test_whose_zone_is_corrected_to_another_night_waits_for_the_morning_there(shop: Shop) -> None:
    desk = put_off(shop)
    shop.services.contacts.change("ann", {"time_zone": "America/Los_Angeles"}, shop.now, by="clerk")
    assert desk.take() is None
    [waits] = shop.rows("SELECT not_before FROM messages WHERE state = 'planned'")
    assert "16:00" in str(waits["not_before"])


STOPS = ("text", "page", "hand", "provider")


def stop(shop: Shop, way: str) -> None:
    """No text goes to Ann any more: she says so, somebody does, or the provider does."""
    services, engine, now = shop.services, shop.services.engine, datetime.now(UTC)
    if way == "text":
        text = text_of("STOP", number=PHONE)
        services.texts.take(text, at=shop.now, now=now)
    elif way == "page":
        stop_texts(engine, services.policies, PHONE, "a-send", shop.now, now)
    elif way == "hand":
        entry = SuppressionEntry(channel="sms", address=PHONE, cause=Cause.BY_HAND, at=now, by="Eva")
        suppress(engine, services.policies, entry, shop.now)
    else:
        report = ProviderReport(
            id="twilio/SM1/failed/21610",
            provider="Twilio",
            channel="sms",
            event="failed",
            said=Reported.OPTED_OUT,
            at=now,
            address=PHONE,
        )
        services.reports.record([report], at=shop.now, now=now)


def put_off(shop: Shop, **customer: object) -> Desk:
    """A text to Ann that waits for the morning; mails are her second way."""
    with writing(shop.services.engine) as connection:
        policy = POLICY.format(name="quiet", quiet="21:00-08:00") + 'channels = ["sms", "email"]\n'
        shop.services.policies.load(connection, policy)
    shop.purchase()
    shop.now = NIGHT
    shop.start("O-1", policy="quiet", customer=TEXTS | {"email": "ann@example.com"} | customer)
    desk = Desk(shop)
    assert desk.take() is None
    assert desk.pause() is not None
    return desk


@pytest.mark.parametrize("way", STOPS)
def test_who_stops_texts_by_night_has_the_mail_at_once(shop: Shop, way: str) -> None:
    desk = put_off(shop)
    stop(shop, way)
    assert desk.pause() == timedelta(0)
    assert desk.claimed().outgoing.channel == "email"


@pytest.mark.parametrize("way", STOPS)
def test_who_has_no_mailbox_is_a_persons_to_reach_at_once(shop: Shop, way: str) -> None:
    desk = put_off(shop, email=None)
    stop(shop, way)
    assert desk.take() is None
    assert desk.message()["state"] == "failed"
    assert shop.state().needs == ("unreachable",)


@pytest.mark.parametrize("way", STOPS)
def test_what_waits_for_texts_to_be_sent_again_goes_by_mail_at_once_too(shop: Shop, way: str) -> None:
    """Somebody paused them, and the mail would have gone four hours later."""
    desk = put_off(shop)
    shop.now += timedelta(hours=5)
    engine = shop.services.engine
    pause(engine, "sms", by="Eva", reason="", until=None, at=shop.now, now=datetime.now(UTC))
    assert desk.take() is None
    stop(shop, way)
    assert desk.claimed().outgoing.channel == "email"
