"""Why nothing, or no promotion, goes to an address any more, and what a text of one word asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Cause(StrEnum):
    """Every reason for which an address is on the suppression list."""

    HARD_BOUNCE = "hard_bounce"
    UNUSABLE = "unusable"
    STOP = "stop"
    WITHHELD = "withheld"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    BY_HAND = "by_hand"


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """What holds for a cause. label: how a person reads it. covers: every message, or promotions alone.

    opts_out: it is the customer's own word, which ends their consent to promotions by that channel.
    """

    label: str
    covers: Literal["all", "marketing"] = "all"
    opts_out: bool = False


SUPPRESSIONS: Mapping[str, Suppression] = {
    Cause.HARD_BOUNCE: Suppression(label="the address does not exist"),
    Cause.UNUSABLE: Suppression(label="the number takes no texts"),
    Cause.STOP: Suppression(label="the customer said STOP", opts_out=True),
    Cause.WITHHELD: Suppression(label="the provider sends nothing there any more"),
    Cause.COMPLAINT: Suppression(label="the customer called a mail spam", covers="marketing", opts_out=True),
    Cause.UNSUBSCRIBE: Suppression(
        label="the customer wants no promotions", covers="marketing", opts_out=True
    ),
    Cause.BY_HAND: Suppression(label="somebody put it on the list"),
}
"""Every cause, one row each."""


def covered(causes: Iterable[str], *, commercial: bool) -> bool:
    """Whether an address on the list for some causes gets no message. An unknown cause covers all."""
    return any(
        commercial or each not in SUPPRESSIONS or SUPPRESSIONS[each].covers == "all" for each in causes
    )
