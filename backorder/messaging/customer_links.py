"""The links in messages: each send has its own, and only whoever holds the secret can make or open one.

A token is the send's ID in one block of AES, with four bytes that say what the link is for. So a link is
opened without looking through anything, one that is made up opens nothing, and no row holds one: rows say
`/b/...`, and the token is put in when the text is handed over.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from backorder.ports import LookedUp, Outgoing, Sender, Sent

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import ECB

PAGE, OPT_OUT, SUPPLIER = "b", "u", "s"
"""What a link is for: the customer's page, no more promotions, and the supplier's page."""
SHOWN = "..."
"""What stands in place of a token wherever a text is kept."""
TOKEN_LENGTH = 22
IN_WORDS = "." * TOKEN_LENGTH
"""What stands in place of a token while a text is put into words, so that it takes the room that it will."""
_TAGS = {PAGE: b"page", OPT_OUT: b"stop", SUPPLIER: b"supp"}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_SEND = re.compile(r"[0-9a-f]{24}", re.ASCII)


class CustomerLinks:
    """Makes and opens links.

    base: where customers reach the pages, like https://orders.shop.example. secrets: the one that links are
    made with, then those of before, whose links still open.
    """

    def __init__(self, base: str, secrets: Sequence[str]) -> None:
        if not (base and secrets and all(secrets)):
            raise ValueError("links need an address and a secret")
        self.base = base.rstrip("/")
        self._keys = tuple(_key(secret) for secret in secrets)
        self._seal = _derived(secrets[0], b"backorder: what pages hand out")

    def in_words(self, purpose: str) -> str:
        """The address of a link in a text that is put into words."""
        return f"{self.base}/{purpose}/{IN_WORDS}"

    def kept(self, text: str) -> str:
        """A text that was put into words, as rows keep it."""
        for purpose in _TAGS:
            text = text.replace(self.in_words(purpose), f"{self.base}/{purpose}/{SHOWN}")
        return text

    def live(self, text: str, send: str, *, key: int = 0) -> str:
        """A text that was kept, with the tokens of its send put in. key: by which of the secrets."""
        for purpose in _TAGS:
            shown = f"{self.base}/{purpose}/{SHOWN}"
            if shown in text:
                text = text.replace(shown, self.url(purpose, send, key=key))
        return text

    def live_in_turn(self, text: str, sends: Sequence[str]) -> str:
        """A text that was kept, with a link to the page of each of some sends, in turn."""
        shown = f"{self.base}/{PAGE}/{SHOWN}"
        for send in sends:
            text = text.replace(shown, self.url(PAGE, send), 1)
        return text

    def url(self, purpose: str, send: str, *, key: int = 0) -> str:
        """The address of a send's link."""
        return f"{self.base}/{purpose}/{self.token(purpose, send, key=key)}"

    def token(self, purpose: str, send: str, *, key: int = 0) -> str:
        """A send's token: 22 characters. Raises ValueError for what is no ID of a send."""
        if not _SEND.fullmatch(send):
            raise ValueError("only a send has a link")
        sealer = self._keys[key].encryptor()
        return base64.urlsafe_b64encode(sealer.update(bytes.fromhex(send) + _TAGS[purpose]))[:-2].decode()

    def opened(self, purpose: str, token: str) -> str | None:
        """The ID of the send whose link it is; None for a token that nobody here has made."""
        if not _TOKEN.fullmatch(token):
            return None
        block = base64.urlsafe_b64decode(token + "==")
        found = None
        for key in self._keys:
            plain = key.decryptor().update(block)
            if hmac.compare_digest(plain[12:], _TAGS[purpose]) and found is None:
                found = plain[:12].hex()
        # Two texts of one token differ in bits that say nothing; only the one that was sent opens.
        known = found and base64.urlsafe_b64encode(block)[:-2].decode()
        return found if known and hmac.compare_digest(known, token) else None

    def seal(self, *parts: str) -> str:
        """What only whoever holds the secret can make of some texts: 32 characters."""
        whole = b"".join(len(each.encode()).to_bytes(4, "big") + each.encode() for each in parts)
        return base64.urlsafe_b64encode(hmac.new(self._seal, whole, sha256).digest()[:24]).decode()

    @property
    def keys(self) -> range:
        """The numbers of the secrets, that of today first."""
        return range(len(self._keys))


def _key(secret: str) -> Cipher[ECB]:
    """One block is all that is ever sealed, so that no mode has to join any."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    return Cipher(AES(_derived(secret, b"backorder: links of customers")), ECB())  # noqa: S305


def _derived(secret: str, purpose: bytes) -> bytes:
    return hmac.new(secret.encode(), purpose, sha256).digest()


class LinkSender:
    """A way out of the machine that puts the links in, right before a text goes or is looked up."""

    def __init__(self, sender: Sender, links: CustomerLinks) -> None:
        self._sender = sender
        self._links = links

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand one text over, once, with its links."""
        return self._sender.send(self._linked(outgoing, key=0))

    def find(self, outgoing: Outgoing, since: datetime) -> LookedUp:
        """Look a text up by its words as they went, also where the secret has changed since then."""
        for key in self._links.keys:
            looked_up = self._sender.find(self._linked(outgoing, key=key), since)
            if looked_up.sighting != "absent":
                break
        return looked_up

    def _linked(self, outgoing: Outgoing, *, key: int) -> Outgoing:
        links, id = self._links, outgoing.id
        opt_out = (
            links.url(OPT_OUT, id, key=key) if outgoing.commercial and outgoing.channel == "email" else ""
        )
        return replace(
            outgoing,
            html=links.live(outgoing.html, id, key=key),
            text=links.live(outgoing.text, id, key=key),
            unsubscribe_url=opt_out,
        )
