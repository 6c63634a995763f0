"""Keys of programs, as somebody asks for one."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from backorder.domain.api_keys import PUBLIC, READS_EVENTS, ROLES
from backorder.domain.texts import shown
from backorder.fields import Flag, Instant, Label, ShortLabel
from backorder.schemas.incoming import Incoming


class NewApiKey(Incoming):
    """A key for a program. networks: from which it is taken, like 10.0.0.0/8. expires_at: machine time."""

    name: ShortLabel
    roles: Annotated[tuple[Label, ...], Field(min_length=1, max_length=10)]
    networks: Annotated[tuple[Label, ...], Field(max_length=50)] = ()
    expires_at: Instant | None = None
    acknowledges: Flag = False

    @field_validator("name", mode="after")
    @classmethod
    def _says_whose(cls, name: str) -> str:
        if not name:
            raise ValueError("is empty: say whose key it is")
        return name

    @field_validator("roles", mode="after")
    @classmethod
    def _known(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [each for each in roles if each not in ROLES]:
            raise ValueError(f"{shown(unknown[0])} is unknown; known are {', '.join(ROLES)}")
        if PUBLIC in roles and len(set(roles)) > 1:
            raise ValueError(f"{PUBLIC} stands alone: such a key may be public, and the others are secret")
        return tuple(dict.fromkeys(roles))

    @field_validator("networks", mode="after")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for each in networks:
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(f"{shown(each)} is no network; write it like 10.0.0.0/8") from None
        return networks

    @field_validator("acknowledges", mode="after")
    @classmethod
    def _reads(cls, acknowledges: bool, info: ValidationInfo) -> bool:
        roles = info.data.get("roles")
        if acknowledges and roles is not None and not set(roles) & set(READS_EVENTS):
            raise ValueError(f"is for a key that reads the events: its role is {' or '.join(READS_EVENTS)}")
        return acknowledges
