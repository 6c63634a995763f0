"""An address that nothing is to go to any more, or again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import TypeAdapter, field_validator
from pydantic_core.core_schema import ValidationInfo

from backorder.domain.suppression import Cause
from backorder.domain.texts import fault_of_label, is_blank
from backorder.fields import EMAIL_LETTERS, Actor, Email, Label, phone_of, text_of
from backorder.kinds import Kind, text
from backorder.schemas.incoming import Incoming


def _one_line(value: object) -> str:
    """Whatever the channel is: where that is faulty, the rest is looked at all the same."""
    found = text_of(value)
    if fault := "is empty" if is_blank(found) else fault_of_label(found, most=EMAIL_LETTERS):
        raise ValueError(fault)
    return found


Address = Annotated[
    str,
    Kind(_one_line, text("An email address, or a phone number in E.164.", most=EMAIL_LETTERS, least=1)),
]
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


class Suppressed(Incoming):
    """Nothing is to go to an address any more. covers: all messages, or marketing alone. by: who says so."""

    channel: Literal["email", "sms"]
    address: Address
    covers: Literal["all", "marketing"] = "all"
    by: Actor
    reason: Label = ""

    @property
    def cause(self) -> Cause:
        """For which it is on the list."""
        return Cause.UNSUBSCRIBE if self.covers == "marketing" else Cause.BY_HAND

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
