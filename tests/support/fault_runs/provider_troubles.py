"""Providers in trouble: the first tries of each person, drawn by lot and the same with every seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random

from tests.support.fault_runs.world import World, until
from tests.support.providers import (
    Answer,
    Behaviour,
    Drip,
    Fake,
    Hang,
    Late,
    Request,
    SendGridFake,
    TwilioFake,
)

WRONG_KEY = "SG.another-key"
PENDING = "SELECT id FROM messages WHERE state IN ('planned', 'claimed', 'unknown')"
PAUSED = "SELECT name FROM channels WHERE paused ORDER BY name"


class FirstTries:
    """The first so many requests of each person meet trouble. look_ups: and the first look-up does."""

    def __init__(
        self, fake: Fake, seed: int, kinds: Sequence[Behaviour], times: int, *, look_ups: bool = False
    ) -> None:
        self._fake = fake
        self._seed = seed
        self._kinds = kinds
        self._times = times
        self._look_ups = look_ups
        self._met = Counter[tuple[str, bool]]()

    @property
    def people(self) -> int:
        """How many people met it."""
        return len({who for who, sends in tuple(self._met) if sends})

    def __call__(self, request: Request) -> Behaviour | None:
        """See Fake.trouble."""
        who, sends = self._fake.addressee(request), self._fake.is_send(request)
        self._met[who, sends] += 1
        met = self._met[who, sends]
        if not sends:
            return Answer(503) if self._look_ups and who and met == 1 else None
        return None if met > self._times else Random(f"{self._seed}/{who}/{met}").choice(self._kinds)


def _fakes(world: World) -> tuple[SendGridFake, TwilioFake]:
    return world.mail, world.texts


async def _until_told(world: World, make: Callable[[Fake], FirstTries]) -> None:
    """Trouble at both providers until the story is over, everybody has met it, and all of it is settled."""
    troubles = [make(fake) for fake in _fakes(world)]
    for fake, trouble in zip(_fakes(world), troubles, strict=True):
        fake.trouble = trouble
    await world.stage.told.wait()
    people = world.rows("SELECT count(DISTINCT customer) FROM backorders")[0][0]
    await until("everybody has met it", lambda: sum(each.people for each in troubles) == people)
    await until("nothing is on its way", lambda: not world.rows(PENDING))


async def accepts_late(world: World) -> None:
    """It takes the message long after nobody waits for the answer any more."""
    await _until_told(world, lambda fake: FirstTries(fake, world.seed, [Late(2.0)], 2))


async def accepts_long_after(world: World) -> None:
    """It takes the message after it was looked up: doubles are what this has to show."""
    await _until_told(world, lambda fake: FirstTries(fake, world.seed, [Late(4.0)], 1))


async def fails_and_hangs(world: World) -> None:
    """503 and 500, or no answer at all; its log too fails now and then."""
    kinds: list[Behaviour] = [Answer(503), Answer(500), Hang(lost=True)]
    await _until_told(world, lambda fake: FirstTries(fake, world.seed, kinds, 2, look_ups=True))


async def drips(world: World) -> None:
    """It takes the message, and answers with one byte a second."""
    await _until_told(world, lambda fake: FirstTries(fake, world.seed, [Drip(1.0)], 1))


async def is_too_busy(world: World) -> None:
    """429 to everybody, again and again, with and without saying for how long."""
    asked, unasked = Answer(429, headers={"Retry-After": "1"}), Answer(429)

    def kinds(fake: Fake) -> list[Behaviour]:
        return [asked] if fake is world.texts else [asked, unasked]

    await _until_told(world, lambda fake: FirstTries(fake, world.seed, kinds(fake), 3))


async def refuses_the_key(world: World) -> None:
    """The key is wrong for a while: one task a channel, no message lost, and all goes on by itself."""
    mail, texts = _fakes(world)
    right = mail.api_key, texts.auth_token
    mail.api_key, texts.auth_token = WRONG_KEY, WRONG_KEY
    channels = ["email", "sms"]
    await until("both channels are paused", lambda: [row.name for row in world.rows(PAUSED)] == channels)
    await world.stage.told.wait()
    mail.trouble = lambda request: mail.fault(403, "access forbidden", None)
    texts.trouble = lambda request: texts.fault(403, 20003)
    asked = len(mail.requests), len(texts.requests)
    for fake, before in zip(_fakes(world), asked, strict=True):
        await until("somebody tries again", lambda fake=fake, before=before: len(fake.requests) > before + 1)
    tasks = world.rows("SELECT kind, subject, done_at FROM tasks WHERE kind = 'channel_paused'")
    if sorted(row.subject for row in tasks if row.done_at is None) != channels:
        world.wrong.append(f"tasks for {channels} are {[tuple(row) for row in tasks]}")
    if gone := world.rows("SELECT id FROM messages WHERE state = 'failed'"):
        world.wrong.append(f"{len(gone)} messages failed for good")
    mail.trouble, texts.trouble = None, None
    mail.api_key, texts.auth_token = right
    open_task = "SELECT id FROM tasks WHERE kind = 'channel_paused' AND done_at IS NULL"
    await until("the tasks have ended", lambda: not world.rows(open_task))


def over(world: World) -> None:
    """Nothing is in trouble any more, and nobody is kept waiting."""
    for fake in _fakes(world):
        fake.trouble = None
        fake.release()


async def in_the_middle(
    world: World, act: Callable[[], Awaitable[object]], *, pause: float = 0.5, grace_period: float = 20.0
) -> None:
    """Do something while a provider is at work on a message, as often as the world is hit.

    pause: seconds that it takes for each message. grace_period: seconds after which it is done anyway.
    """
    for fake in _fakes(world):
        fake.trouble = lambda request, fake=fake: Late(pause) if fake.is_send(request) else None
    for _ in range(world.blows):
        before = _sent(world)
        with suppress(TimeoutError):
            await until("a message is on its way", lambda before=before: _sent(world) > before, grace_period)
        await act()


def _sent(world: World) -> int:
    return sum(fake.is_send(each) for fake in _fakes(world) for each in tuple(fake.requests))
