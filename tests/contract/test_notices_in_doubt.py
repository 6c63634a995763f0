"""What the law wants told, of which nobody knows whether it went: by the next way, or by a person."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from backorder.ports import LookedUp, Sent
from backorder.storage.engine import writing
from backorder.storage.tables import messages
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop

POLICY = """
name = "quiet"
[updates]
gather = "0s"
"""
BOTH = {"email": "ann@example.com", "phone": "+4915123456789", "sms_consent": True}
IN_BERLIN = BOTH | {"time_zone": "Europe/Berlin"}
ACCEPTED = Sent(outcome="accepted", provider_id="x")
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
ABSENT = LookedUp(sighting="absent", reason="not known there")


@pytest.fixture
def desk(shop: Shop) -> Desk:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, POLICY)
    shop.purchase()
    return Desk(shop)


def planned(desk: Desk, **values: object) -> None:
    """What is planned is as it would be otherwise."""
    with writing(desk.shop.services.engine) as connection:
        connection.execute(update(messages).where(messages.c.state == "planned").values(values))


def look_up_in_vain(desk: Desk) -> list[str]:
    """The provider does not know it, once it has settled."""
    desk.wait(desk.shop.services.dispatch.delays.settling)
    return desk.look_up(ABSENT)


def test_a_mail_that_nobody_knows_wakes_nobody_by_text(desk: Desk) -> None:
    """Ten in the evening in Berlin: the line asks anew by the other way, a text, in the morning."""
    shop = desk.shop
    shop.now = at(1, hour=21)
    shop.start(policy="quiet", customer=IN_BERLIN | {"region": "US"}, ship_by=day(5))
    planned(desk, not_before=shop.now)
    mail = desk.claimed()
    assert (desk.message()["kind"], mail.outgoing.channel) == ("consent_request", "email")
    desk.record_outcome(mail, UNKNOWN)
    assert look_up_in_vain(desk) == ["message_unknown"]
    planned(desk, not_before=shop.now)
    assert desk.take() is None
    anew = desk.message(-1)
    assert (anew["kind"], anew["state"]) == ("consent_request", "planned")
    assert anew["reason"] == "It is night where the customer is."
    shop.now = at(2, hour=7)
    text = desk.claimed()
    assert (text.message, text.outgoing.channel) == (anew["id"], "sms")


def test_a_mail_in_place_of_a_text_that_nobody_knows_waits_for_no_morning(desk: Desk) -> None:
    """A new number is asked by a text; where one to it is in doubt, a mail goes, which disturbs nobody."""
    shop = desk.shop
    shop.now = at(1, hour=12)
    shop.start("O-1", policy="quiet", customer=IN_BERLIN)
    planned(desk, kind="consent_request", channel="sms", fallback_at=shop.now)
    text = desk.claimed()
    assert text.outgoing.channel == "sms"
    desk.record_outcome(text, UNKNOWN)
    shop.now = at(1, hour=21)
    shop.start("O-2", policy="quiet", customer=IN_BERLIN)
    planned(desk, kind="consent_request", channel="sms", fallback_at=shop.now)
    assert desk.claimed().outgoing.channel == "email"
