"""What people decide and write down."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from backorder.fields import (
    Actor,
    Id,
    Instant,
    Label,
    LocaleName,
    Priority,
    Reason,
    Words,
)
from backorder.kinds import NotBlank
from backorder.schemas.incoming import Incoming

NO_REASON = "no reason was given"
"""What stands where people read why, and nobody said it."""


class NoteText(Incoming):
    """What a person wrote down about a line or a task. actor: who."""

    request_id: Id
    text: Annotated[Words, NotBlank("is empty: write down a few words"), AfterValidator(str.strip)]
    actor: Actor = "agent"


class Prioritising(Incoming):
    """A line moves in its queue. value: its priority from now on; higher goes first, 0 is usual."""

    value: Priority
    reason: Reason
    by: Actor


class ChannelPause(Incoming):
    """Nothing goes out by a channel until a person lets it go on, or until then."""

    by: Actor
    reason: Reason = NO_REASON
    until: Instant | None = None


class MessageResend(Incoming):
    """A message is to be said once more. actor: who asks."""

    request_id: Id
    actor: Actor
    reason: Label = ""


class MessageTakenBack(Incoming):
    """A message is not to go. actor: who says so."""

    actor: Actor
    reason: Reason = NO_REASON


class Preview(Incoming):
    """How messages are to be shown."""

    locale: LocaleName


class Decision(Incoming):
    """Who decides: about a date that waits, or that a channel goes on."""

    by: Actor
