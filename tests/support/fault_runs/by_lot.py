"""Providers that do by lot all that they can do wrong: to each request, and now and then to everybody."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from random import Random

from tests.support.fault_runs.world import World
from tests.support.providers import Answer, Behaviour, Drip, Drop, Fake, Hang, Late, Request

LATE_S = 1.5
"""Seconds after which a provider takes what nobody waits for any more: longer than the worker's time-out."""
_NO_JSON = b"<html><h1>It works!</h1>"
SENDS: Sequence[tuple[int, Behaviour | None]] = (
    (60, None),
    (6, Drop(taken=True)),
    (3, Drop(taken=True, partly=True)),
    (3, Drop()),
    (6, Late(LATE_S)),
    (4, Answer(429)),
    (3, Answer(503)),
    (3, Answer(500, taken=True)),
    (3, Hang(lost=True)),
    (3, Drip(1.0)),
    (6, Answer(200, _NO_JSON, taken=True)),
)
"""What becomes of a text that is handed over, with its weight. None: what usually does."""
LOOK_UPS: Sequence[tuple[int, Behaviour | None]] = (
    (76, None),
    (6, Answer(503)),
    (6, Answer(200, _NO_JSON)),
    (6, Drop()),
    (3, Answer(429)),
    (3, Hang(lost=True)),
)
"""The same of a look-up."""
CALM_S, TROUBLED_S = (4.0, 12.0), (2.0, 6.0)
"""How long there is no trouble for everybody, and how long there is: at least, at most."""


class ByLot:
    """A lot for each request; with the same seed it is the same for a person's first one, second one, …"""

    def __init__(self, fake: Fake, seed: int) -> None:
        self._everybody: Behaviour | None = None
        self._fake = fake
        self._seed = seed
        self._asked = Counter[tuple[str, bool]]()

    def __call__(self, request: Request) -> Behaviour | None:
        """See Fake.trouble."""
        if self._everybody is not None:
            return self._everybody
        who, sends = self._fake.addressee(request), self._fake.is_send(request)
        if not who:
            return None  # a second step of a look-up
        self._asked[who, sends] += 1
        lots = SENDS if sends else LOOK_UPS
        weights, kinds = [weight for weight, _ in lots], [kind for _, kind in lots]
        return Random(f"{self._seed}/{who}/{sends}/{self._asked[who, sends]}").choices(kinds, weights)[0]

    @contextmanager
    def to_everybody(self, behaviour: Behaviour) -> Iterator[None]:
        """Do the same with all requests meanwhile."""
        self._everybody = behaviour
        try:
            yield
        finally:
            self._everybody = None


@asynccontextmanager
async def misbehaving(world: World) -> AsyncIterator[None]:
    """Both providers misbehave meanwhile, each by lots of its own."""
    async with asyncio.TaskGroup() as tasks:
        both = [
            tasks.create_task(_weather(fake, ByLot(fake, world.seed), Random(f"{world.seed}/{number}")))
            for number, fake in enumerate((world.mail, world.texts))
        ]
        try:
            yield
        finally:
            for each in both:
                each.cancel()


async def _weather(fake: Fake, lots: ByLot, random: Random) -> None:
    """Now and then too busy for everybody, deaf, or sure that the key is wrong."""
    fake.trouble = lots
    kinds = (Answer(429), Answer(429, headers={"Retry-After": "2"}), Answer(401), Answer(403), None)
    while True:
        await asyncio.sleep(random.uniform(*CALM_S))
        kind, length = random.choice(kinds), random.uniform(*TROUBLED_S)
        with fake.refusing() if kind is None else lots.to_everybody(kind):
            await asyncio.sleep(length)
