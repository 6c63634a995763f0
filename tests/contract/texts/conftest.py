"""A shop that texts first, and Twilio to whom it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backorder.storage.engine import writing
from tests.support.providers import TwilioFake
from tests.support.sending import Desk
from tests.support.shop import Shop

_POLICY = """
name = "texts"
[updates]
gather = "0s"
channels = ["sms", "email"]
"""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """Sends messages by hand, by the policy `texts`."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, _POLICY)
    shop.purchase()
    return Desk(shop)


@pytest.fixture
def twilio() -> Iterator[TwilioFake]:
    """Twilio, which takes every text until it is told otherwise."""
    with TwilioFake() as fake:
        yield fake
