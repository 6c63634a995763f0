"""Who sends events, and a receiver that gets everything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.event_sending import EventDesk
from tests.support.receivers import Receiver
from tests.support.shop import Shop


@pytest.fixture
def desk(shop: Shop) -> EventDesk:
    """Sends events by hand."""
    return EventDesk(shop)


@pytest.fixture
def receiver(desk: EventDesk) -> Iterator[Receiver]:
    """A receiver that gets everything."""
    with Receiver() as receiver:
        desk.put("shop", receiver.url)
        yield receiver
