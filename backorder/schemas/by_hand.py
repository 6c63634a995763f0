"""What people do by hand about messages, channels and tasks; who they are is known otherwise."""

from __future__ import annotations

from typing import Annotated

from backorder.fields import Instant, Label, Reason, Words
from backorder.kinds import NotBlank
from backorder.schemas.incoming import Incoming
from backorder.schemas.people import NO_REASON


class WhyOnly(Incoming):
    """Why, in words."""

    reason: Reason = NO_REASON


class ResendRequest(Incoming):
    """A message is to be said once more."""

    reason: Label = ""


class PauseRequest(Incoming):
    """Nothing goes out by a channel until somebody lets it go on, or until then."""

    reason: Reason = NO_REASON
    until: Instant | None = None


class TaskDone(Incoming):
    """What was done, in words."""

    note: Annotated[Words, NotBlank("say in a few words what was done")]
