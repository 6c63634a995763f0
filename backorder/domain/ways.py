"""By which channels a customer can be reached. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def preferred(channels: Sequence[str], *, legal: bool) -> tuple[str, ...]:
    """The channels of a policy in the order for a message; a legal notice goes by mail first, at any hour."""
    return tuple(sorted(channels, key=lambda channel: channel != "email")) if legal else tuple(channels)


def usable(
    channels: Iterable[str], *, email: bool, phone: bool, sms_consent: bool, contact: str
) -> tuple[str, ...]:
    """The channels of a policy that reach a customer, in its order. A text needs consent.

    email, phone: whether an address is known. contact: `none` for who wants to be written to by nobody.
    """
    if contact == "none":
        return ()
    reaches = {"email": email, "sms": phone and sms_consent}
    return tuple(channel for channel in channels if reaches.get(channel))
