"""What people do by hand about messages, channels and tasks; who they are is known otherwise."""

from __future__ import annotations

from pydantic import field_validator

from backorder.domain.texts import is_blank
from backorder.fields import Instant, Label, Reason, Words
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

    note: Words

    @field_validator("note", mode="after")
    @classmethod
    def _says_something(cls, note: str) -> str:
        if is_blank(note):
            raise ValueError("say in a few words what was done")
        return note
