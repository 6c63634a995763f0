"""Signing as Standard Webhooks wants it (https://www.standardwebhooks.com): symmetric, version 1."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, by the specification."""
OLD_SECRET = timedelta(hours=24)
"""How long the secret of before signs too."""


def secret_of(random: bytes) -> str:
    """A secret as its holder gets it."""
    return PREFIX + base64.b64encode(random).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret, with or without its prefix. Raises ValueError, in words, for what is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"must be {PREFIX} and {SHORTEST} to {LONGEST} random bytes in base64")
    return key


def signatures(secrets: Iterable[str], id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret. timestamp: seconds since 1970."""
    signed = f"{id}.{timestamp}.".encode() + body
    made = (hmac.new(key_of(secret), signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(each).decode()}" for each in made)
