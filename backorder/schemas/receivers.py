"""Receivers of events, as somebody asks for one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from backorder.domain.line.published_events import PREFIX, PUBLISHED_EVENTS
from backorder.domain.receiver_urls import receiver_url
from backorder.domain.texts import shown
from backorder.fields import Flag, Label, LineName
from backorder.schemas.incoming import Incoming


class WantedReceiver(Incoming):
    """A receiver. url: where it is called. types: of the events that it gets, none for all.

    acknowledges: what waits for the order system waits until this one has taken the event.
    """

    id: LineName
    url: Annotated[str, Field(min_length=1, max_length=2000, json_schema_extra={"format": "uri"})]
    types: Annotated[tuple[Label, ...], Field(max_length=100)] = ()
    acknowledges: Flag = True

    @field_validator("url", mode="after")
    @classmethod
    def _called(cls, url: str) -> str:
        try:
            return receiver_url(url)
        except ValueError as error:
            raise ValueError(f"{shown(url)} {error}") from None

    @field_validator("types", mode="after")
    @classmethod
    def _known(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        known = {PREFIX + name for name in PUBLISHED_EVENTS}
        if unknown := [each for each in types if each not in known]:
            raise ValueError(f"{shown(unknown[0])} is no event; there are {', '.join(sorted(known))}")
        return tuple(sorted(set(types)))
