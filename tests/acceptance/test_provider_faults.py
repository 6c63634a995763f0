"""Providers that misbehave over real HTTP: once it is over nothing is lost, nothing doubled, nobody stuck."""

from __future__ import annotations

import logging
import socket
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from temporalio.testing import WorkflowEnvironment

from backorder.domain.clock import Clock
from backorder.messaging.sendgrid_sender import SendGridSender
from backorder.queries.case_view import case
from backorder.queries.views import CaseView
from backorder.services.delays import Delays
from backorder.services.services import machine_now
from tests.support.databases import NewDatabase
from tests.support.histories import history
from tests.support.live_shop import LiveShop, open_shop
from tests.support.providers import Answer, Behaviour, Drip, Drop, Request, SendGridFake
from tests.support.waiting import until

SOON = timedelta(seconds=0.8)
QUICK = Delays(lease=timedelta(seconds=3), settling=SOON, probe=SOON, first_rest=SOON)
TROUBLES: tuple[Behaviour, ...] = (
    SendGridFake.fault(401, "The provided authorization grant is invalid", None),
    Answer(429, headers={"Retry-After": "0"}),
    Answer(503),
    Drop(),
    Drop(taken=True),
    Drip(),
    Answer(302, headers={"Location": "http://127.0.0.1:1/"}),
)


class Trouble:
    """One trouble for each customer's first mail, and for the first time that somebody asks about it."""

    def __init__(self, fake: SendGridFake) -> None:
        self.met: dict[str, Behaviour] = {}
        self._asked: set[str] = set()
        self._fake = fake

    def __call__(self, request: Request) -> Behaviour | None:
        """See Fake.trouble."""
        address = self._fake.addressee(request)
        if self._fake.is_send(request):
            known = address in self.met
            kind = self.met.setdefault(address, TROUBLES[len(self.met) % len(TROUBLES)])
            return None if known else kind
        known = not address or address in self._asked
        self._asked.add(address)
        return None if known else Answer(200, b"<html>")


async def test_after_every_kind_of_trouble_each_customer_was_told_once(shop: LiveShop) -> None:
    shop.services.dispatch.delays = replace(QUICK, settling=timedelta(seconds=4))
    with SendGridFake() as fake:
        sender = SendGridSender(fake.api_key, "shop@example.com", "The LiveShop", fake.url, timeout=0.5)
        shop.senders = {"email": sender, "sms": sender}
        shop.send_timeout = 0.6
        numbers, trouble = count(), Trouble(fake)
        fake.trouble = trouble
        sku = await shop.furnish()
        await shop.expect(sku, 14, shop.day(20))
        async with shop.working():
            lines = [
                await shop.start(
                    sku,
                    order=f"o{n}",
                    customer={"id": shop.name(f"c{n}"), "email": f"c{n}@example.com"},
                )
                for n in range(14)
            ]

            async def nothing_is_left() -> bool:
                await shop.sweep(f"sweep-{next(numbers)}")
                pending = "SELECT id FROM messages WHERE state NOT IN ('sent', 'withdrawn')"
                return all(shop.told(line) for line in lines) and not shop.rows(pending)

            await until("everybody was told, and nothing is on its way", nothing_is_left, 150)
            histories = [len(await history(shop.handle(line))) for line in lines]
        told = Counter(map(fake.addressee, fake.accepted))
        assert {address: told[address] for address in trouble.met} == dict.fromkeys(trouble.met, 1)
        assert len(told) == len(lines)
        assert max(histories) < 60, histories
        for line in lines:
            known = case(shop.services.database, line, shop.now())
            assert isinstance(known, CaseView)
            assert known.promise is not None
            assert known.promise.by == known.forecast.by
            assert known.needs == ()
        assert shop.rows("SELECT * FROM messages WHERE state = 'failed'") == []
        assert shop.rows("SELECT * FROM tasks WHERE kind = 'channel_paused' AND done_at IS NULL") == []
        assert shop.rows("SELECT * FROM channels WHERE paused") == []


async def test_a_mute_provider_makes_no_line_run_hot_and_a_person_is_told(
    live: WorkflowEnvironment, new_database: NewDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    """It takes the connection and never answers; the supplier falls silent; the promised day passes."""
    clock = Clock(epoch=machine_now(), rate=86_400.0)
    async with open_shop(live, new_database("sqlite"), clock=clock) as shop:
        shop.services.dispatch.delays = replace(QUICK, settling=timedelta(seconds=0.1))
        with socket.create_server(("127.0.0.1", 0)) as mute, caplog.at_level(logging.INFO):
            url = f"http://127.0.0.1:{mute.getsockname()[1]}"
            sender = SendGridSender("SG.key", "shop@example.com", "The LiveShop", url, timeout=0.3)
            shop.senders = {"email": sender, "sms": sender}
            shop.send_timeout = 0.4
            sku = await shop.furnish()
            await shop.expect(sku, 1, shop.day(4))
            begin = shop.now()
            async with shop.working():
                line = await shop.start(sku)
                await until("the promised day is long over", lambda: shop.now() > begin + timedelta(days=12))
                await until(
                    "a person is asked",
                    lambda: "undelivered" in case(shop.services.database, line, shop.now()).needs,
                    150,
                )
                events = len(await history(shop.handle(line)))
            days = (shop.now() - begin) / timedelta(days=1)
            assert events < 60 + 15 * days
            assert shop.row(line).seq < 20 + 3 * days
            shown = case(shop.services.database, line, shop.now()).messages
            assert len(shown) > 1
            waiting = [each for each in shown if each.state == "unknown"]
            assert waiting
            assert all(each.reason and each.try_at for each in waiting)
            assert "did not go (email, unknown)" in caplog.text
            assert "ann@example.com" not in caplog.text
