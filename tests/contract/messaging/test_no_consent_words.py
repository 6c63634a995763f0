"""An ending for want of consent: its words are true of who was asked, and of whom no notice ever reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.line.commands import Tell
from backorder.domain.line.events import MessageFailed
from backorder.domain.notifications import Facts, Kind
from backorder.messaging.render import render
from tests.contract.messaging.situations import content
from tests.support.days import day
from tests.support.lines import arrives, at, policy
from tests.support.world import World, begun

T = 20
"""The legal date of the lines here, in days from their start."""
SAYS = {
    "en": ("in time", "agreement", "sorry", "asked"),
    "de": ("rechtzeitig", "Zustimmung", "leid", "gefragt"),
    "es": ("a tiempo", "conformidad", "sentimos", "preguntamos"),
    "fr": ("à temps", "accord", "désolés", "demandé"),
    "hi": ("समय पर", "सहमति", "खेद", "पूछा"),
    "pt": ("a tempo", "concordância", "desculpas", "erguntamos"),
}
"""What each language says: late, why it ended, an apology; and what it must not claim."""


def us(*arrivals: Any, **fields: Any) -> World:
    return begun(policy(every=90), *arrivals, pack="us-ftc-435", law=T, region="US", **fields)


def never_sent() -> World:
    world = us(arrives(1, T + 10))
    world.down = True
    world.until(at(T + 1, 9))
    world.down = False
    return world


def bounced() -> World:
    world = us(arrives(1, T + 10)).until(at(1))
    key = world.last(Kind.CONSENT_REQUEST).key
    world.react(MessageFailed(at=at(3), day=day(3), key=key, reason="it bounced", revision=1))
    return world


def imported_late() -> World:
    return us(arrives(1, T + 40), start=at(T + 5), opened=T + 5)


def asked() -> World:
    return us(arrives(1, T + 40))


ENDED = {each.__name__: each for each in (never_sent, bounced, imported_late, asked)}


def ending(world: World) -> Facts:
    """What the message about the ending says."""
    world.until(world.now + timedelta(days=T + 40))
    assert [each.by for each in world.state.cancellations] == ["no_consent"]
    return next(
        each.facts
        for _, made in world.decisions
        for each in made.commands
        if isinstance(each, Tell) and each.kind is Kind.CANCELLED
    )


@pytest.mark.parametrize("how", ENDED)
@pytest.mark.parametrize("language", SAYS)
def test_nobody_reads_that_they_were_asked_who_may_not_have_been(language: str, how: str) -> None:
    facts = ending(ENDED[how]())
    *says, never = SAYS[language]
    for count in (1, 3):
        sent = replace(content(Kind.CANCELLED, replace(facts, quantity=count)), locale=language)
        assert all(each in render(sent).text for each in says)
        assert never not in render(sent).text
