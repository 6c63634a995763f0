"""An address that nothing is to go to any more, or again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import TypeAdapter, WithJsonSchema, field_validator
from pydantic_core.core_schema import ValidationInfo

from backorder.fields import EMAIL_LETTERS, Actor, Email, Label, phone_of
from backorder.kinds import text
from backorder.schemas.incoming import Incoming

Address = Annotated[
    str, WithJsonSchema(text("An email address, or a phone number in E.164.", most=EMAIL_LETTERS, least=1))
]
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


class Suppressed(Incoming):
    """Nothing, or no promotion (covers: marketing), is to go to an address any more. by: who says so."""

    channel: Literal["email", "sms"]
    address: Address
    covers: Literal["all", "marketing"] = "all"
    by: Actor
    reason: Label = ""

    @field_validator("address", mode="after")
    @classmethod
    def _reached_there(cls, address: str, info: ValidationInfo) -> str:
        return address_of(info.data.get("channel"), address)


class SuppressionLifted(Incoming):
    """What went wrong with an address is over. by: who says so."""

    channel: Literal["email", "sms"]
    address: Address
    by: Actor

    @field_validator("address", mode="after")
    @classmethod
    def _reached_there(cls, address: str, info: ValidationInfo) -> str:
        return address_of(info.data.get("channel"), address)


def address_of(channel: str | None, address: str) -> str:
    """An email address or a number, as the channel has it. Raises ValueError."""
    if channel == "sms":
        found = phone_of(address, None)
        if found is None:
            raise ValueError("is no phone number; write it like +441632960961")
        return found
    return _EMAIL.validate_python(address) if channel == "email" else address
