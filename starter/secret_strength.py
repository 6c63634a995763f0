"""Which secrets keep nobody out: of the links that customers get, and of what is signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from backorder.settings import Settings, variable

SHORTEST_SECRET = 24
_KNOWN_SECRETS = ("secret", "changeme", "change-me", "password", "backorder", "development", "default")


def fault_of_secret(secret: str) -> str | None:
    """Why a secret keeps nobody out, in words that go on from its name; None for a good one."""
    if not secret:
        return "is not set: links could be made up by anybody"
    plain = secret.lower().strip()
    if any(plain == each or plain.replace(each, "").strip("-_.0123456789") == "" for each in _KNOWN_SECRETS):
        return "is one that everybody knows"
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 8:
        return f"is easily guessed: {SHORTEST_SECRET} characters by chance are the least"
    if _is_a_sequence(secret):
        return "is easily guessed: it repeats itself, or counts up or down"
    return None


def _is_a_sequence(secret: str) -> bool:
    """Whether most characters follow from the one before, or the second half from the first.

    Of 32 hexadecimal digits by chance two such steps are to be expected, and half of them never.
    """
    if secret in (secret + secret)[1:-1]:
        return True
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(secret))
    return max(steps.values()) * 2 >= len(secret)


def faults_of_secrets(settings: Settings) -> Sequence[str]:
    """Why the secret, or a former one that links are still read with, keeps nobody out, and what to do."""
    found = []
    if fault := fault_of_secret(settings.secret):
        name = variable("secret")
        found.append(f"{name} {fault}; set {name} to something like the output of `openssl rand -hex 32`")
    former = filter(None, (each.strip() for each in settings.former_secrets.split(",")))
    faults = filter(None, map(fault_of_secret, former))
    return [*found, *(f"one of {variable('former_secrets')} {fault}; take it out" for fault in faults)]
