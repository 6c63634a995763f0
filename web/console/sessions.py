"""Who is signed in: a cookie that only this shop can make, and that names a key without holding it.

Nothing of a session is kept. It ends after its time, with its key, and with the shop's secret.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from dataclasses import dataclass
from hashlib import sha256

COOKIE, COOKIE_BEFORE = "backorder_console", "backorder_console_form"
"""Of somebody who is signed in, and of the form that asks for a key: a link from elsewhere shows that form to
everybody, and must sign nobody out."""
LONGEST_S = 12 * 3600.0
"""How long somebody stays signed in."""
_MOST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInSession:
    """One sign-in in one browser. key: the ID of the key that was shown, "" before one was.

    begun: machine time, in seconds since 1970. nonce: what tells it from every other one.
    """

    key: str
    begun: int
    nonce: str


class Sessions:
    """Makes and opens sessions. secret: the shop's."""

    def __init__(self, secret: str) -> None:
        self._secret = hmac.new(secret.encode(), b"backorder: sessions of the console", sha256).digest()

    def begin(self, key: str = "") -> SignInSession:
        """A new session."""
        return SignInSession(key=key, begun=int(time.time()), nonce=secrets.token_urlsafe(18))

    def cookie(self, session: SignInSession) -> str:
        """What the browser keeps of a session."""
        said = f"{session.key}.{session.begun:x}.{session.nonce}"
        return f"{said}.{self._seal('session', said)}"

    def opened(self, cookie: str) -> SignInSession | None:
        """The session of a cookie; None for one that nobody here has made, or whose time is over."""
        said, _, seal = cookie.rpartition(".")
        if len(cookie) > _MOST or not hmac.compare_digest(
            self._seal("session", said).encode(), seal.encode()
        ):
            return None
        key, begun, nonce = said.split(".")
        age = time.time() - int(begun, 16)
        return SignInSession(key=key, begun=int(begun, 16), nonce=nonce) if age < LONGEST_S else None

    def token(self, session: SignInSession) -> str:
        """What every form of a session's pages carries, and no other page knows."""
        return self._seal("form", session.nonce)

    def is_token(self, session: SignInSession, token: str) -> bool:
        """Whether a form came from one of the session's pages."""
        return hmac.compare_digest(self.token(session).encode(), token.encode())

    def receipt(self, session: SignInSession, done: str, request: str = "") -> str:
        """What the address of a page says of what was just done on it. request: its ID, "" for none."""
        said = f"{done}~{request}"
        return f"{said}~{self._seal('receipt', session.nonce, said)}"

    def done(self, session: SignInSession, receipt: str) -> tuple[str, str] | None:
        """What a receipt says was done, and its request; None for one of another session, or of nobody."""
        said, _, seal = receipt.rpartition("~")
        wanted = self._seal("receipt", session.nonce, said)
        if not hmac.compare_digest(wanted.encode(), seal.encode()):
            return None
        done, _, request = said.partition("~")
        return done, request

    def _seal(self, *parts: str) -> str:
        """What only whoever holds the secret can make of some texts: 32 characters."""
        whole = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (each.encode() for each in parts))
        return base64.urlsafe_b64encode(hmac.new(self._secret, whole, sha256).digest()[:24]).decode()
