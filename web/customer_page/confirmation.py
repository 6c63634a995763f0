"""The second step of a choice: nobody and nothing takes it without having seen what will happen.

What the first step hands out says what was chosen, when, and which cookie went with it; it is sealed, so that
nothing of it has to be kept.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from backorder.messaging.customer_links import CustomerLinks

COOKIE = "backorder_step"
NONCE = "nonce"
SOONEST_S = 2.0
"""Seconds that a person needs at least to read what will happen; machines that press buttons are quicker."""
LATEST_S = 3600.0
SAID_S = 600.0
"""Seconds for which the page says of a choice that it was made, however often it is loaded."""
CHOSEN = ("do", "line", "shown", "quantity", "until", "sku", "price", "value", "agreed", "text")
"""The fields that say what was chosen."""


class Confirmed(Enum):
    """What a second step comes to."""

    TAKEN = "taken"
    TOO_QUICK = "too_quick"
    TOO_LATE = "too_late"
    NO_COOKIE = "no_cookie"
    WRONG_ORDER = "wrong_order"
    FORGED = "forged"


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A choice that was made a moment ago. done: what it came to. request: its ID."""

    done: str
    request: str
    _line: str

    def is_about(self, line: str) -> bool:
        """Whether it is about that line."""
        return self._line == _print(line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """What the first step hands out. fields: for the form of the second one. cookie: to be set."""

    fields: tuple[tuple[str, str], ...]
    cookie: str


class Confirmations:
    """Hands out and checks second steps. send: of the link by which the page was opened.

    names: the fields that say what was chosen.
    """

    def __init__(self, links: CustomerLinks, send: str, names: Sequence[str] = CHOSEN) -> None:
        self._links = links
        self._send = send
        self._names = names

    def hand_out(self, form: Mapping[str, str], cookie: str) -> Handed:
        """What a choice needs for its second step. cookie: that of an earlier one, "" for none."""
        kept = cookie if 16 <= len(cookie) <= 64 else secrets.token_urlsafe(18)
        chosen = self._chosen(form)
        stamp = f"{int(time.time() * 1000):x}.{secrets.token_hex(8)}.{_print(kept)}"
        nonce = f"{stamp}.{self._seal(stamp, chosen)}"
        fields = tuple((name, value) for name, value in chosen.items() if name != "do")
        return Handed(fields=(*fields, (NONCE, nonce)), cookie=kept)

    def check(self, form: Mapping[str, str], cookie: str, *orders: str) -> Confirmed:
        """What a second step comes to. orders: numbers of which the end of one stands in for a cookie."""
        stamp, _, seal = form.get(NONCE, "").rpartition(".")
        chosen = self._chosen(form)
        if not hmac.compare_digest(seal.encode(), self._seal(stamp, chosen).encode()):
            return Confirmed.FORGED
        begun, _, printed = stamp.split(".")
        waited = time.time() - int(begun, 16) / 1000
        if waited > LATEST_S:
            return Confirmed.TOO_LATE
        if waited < SOONEST_S:
            return Confirmed.TOO_QUICK
        if cookie and hmac.compare_digest(_print(cookie), printed):
            return Confirmed.TAKEN
        typed = form.get("four", "").strip()
        if not typed:
            return Confirmed.NO_COOKIE
        return Confirmed.TAKEN if _end(typed) in map(_end, orders) else Confirmed.WRONG_ORDER

    def name_of(self, form: Mapping[str, str]) -> str:
        """The ID of what a second step asks for: pressed twice, it is asked for once."""
        return f"page-{sha256(form.get(NONCE, '').encode()).hexdigest()[:24]}"

    def receipt(self, done: str, form: Mapping[str, str]) -> str:
        """What the address of the page says of a choice once it is made."""
        what = f"{done}.{int(time.time() * 1000):x}.{self.name_of(form)}.{_print(form.get('line', ''))}"
        return f"{what}.{self._links.seal('receipt', self._send, what)}"

    def made(self, receipt: str) -> Made | None:
        """What a receipt is about; None for one that nobody here has written for this link, or long ago."""
        what, _, seal = receipt.rpartition(".")
        if not hmac.compare_digest(seal.encode(), self._links.seal("receipt", self._send, what).encode()):
            return None
        done, at, request, line = what.split(".")
        is_old = time.time() - int(at, 16) / 1000 > SAID_S
        return None if is_old else Made(done=done, request=request, _line=line)

    def _chosen(self, form: Mapping[str, str]) -> dict[str, str]:
        return {name: form[name] for name in self._names if form.get(name)}

    def _seal(self, stamp: str, chosen: Mapping[str, str]) -> str:
        return self._links.seal("second step", self._send, stamp, *(f"{k}={v}" for k, v in chosen.items()))


def _print(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()[:24]


def _end(order: str) -> str:
    """The last four characters of an order's number, as people type them."""
    return "".join(order.split())[-4:].casefold()
