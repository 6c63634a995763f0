"""What a worker that starts anew finds: what waits for a provider goes on waiting."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from backorder.ports import Claimed, Doubtful, Sent
from backorder.services.services import open_services
from backorder.settings import Settings
from tests.support.sending import Desk
from tests.support.shop import Shop


@pytest.mark.parametrize(
    "sent",
    [
        Sent(outcome="transient", code="429", reason="busy", retry_after=600.0),
        Sent(outcome="unknown", code="503", reason="no answer", retry_after=600.0),
    ],
)
def test_what_a_provider_asked_to_wait_for_stands_when_the_worker_starts_anew(
    shop: Shop, sent: Sent, settings: Settings
) -> None:
    shop.start()
    desk = Desk(shop)
    desk.record_outcome(desk.claimed(), sent)
    with closing(open_services(settings)) as services:
        anew = Desk(Shop(services, shop.now), desk.now)
        assert anew.take() is None
        assert anew.pause() == timedelta(minutes=10)
        anew.wait(timedelta(minutes=10) - timedelta(seconds=1))
        assert anew.take() is None
        anew.wait(timedelta(seconds=1))
        assert isinstance(anew.take(), Claimed if sent.code == "429" else Doubtful)
