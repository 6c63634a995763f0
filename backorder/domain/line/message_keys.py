"""Keys of what is said once more: that of what was said first, with the number of the attempt."""

from __future__ import annotations

import re

_ATTEMPT = re.compile(r"#(?:resend|contact)-(\d+)$")


def attempt_key(key: str, attempt: int) -> str:
    """The key of a resend: that of what is said again, with the number of the attempt, from 2."""
    return f"{original_key(key)}#resend-{attempt}"


def new_address_key(key: str, attempt: int) -> str:
    """The key of what goes once more because the customer has a new address."""
    return f"{original_key(key)}#contact-{attempt}"


def is_to_new_address(key: str) -> bool:
    """Whether a key stands for saying once more, to a new address, what was said."""
    return is_resend(key) and "#contact-" in key


def original_key(key: str) -> str:
    """The key of what is said, whichever attempt it is."""
    return _ATTEMPT.sub("", key)


def attempt_of(key: str) -> int:
    """Which attempt a key stands for: 1 for what was said first."""
    found = _ATTEMPT.search(key) if "#" in key else None
    return int(found[1]) if found else 1


def is_resend(key: str) -> bool:
    """Whether a key stands for saying once more what was said."""
    return attempt_of(key) > 1
