"""Ed25519: what evidence is signed with, and how a signature is checked."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from backorder.errors import RefusedError, SetupError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "Ed25519"
_PURPOSE = b"backorder: evidence"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """A key by which signatures are checked. raw: its 32 bytes. id: 16 letters made of them."""

    raw: bytes

    @property
    def id(self) -> str:
        """The beginning of the SHA-256 of its bytes, in hex."""
        return sha256(self.raw).hexdigest()[:16]

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """Whether a signature is of these bytes, by this key."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    def as_jwk(self) -> dict[str, str]:
        """The key as RFC 8037 writes it."""
        return {"kty": "OKP", "crv": ALGORITHM, "kid": self.id, "use": "sig", "x": _text(self.raw)}


class SigningKey:
    """The shop's own key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(raw=key.public_key().public_bytes_raw())

    def sign(self, signed: bytes) -> bytes:
        """The signature of some bytes: 64 bytes."""
        return self._key.sign(signed)


def signing_key(file: str, secret: str) -> SigningKey:
    """The key of a PEM file; without one a key that is made of the shop's secret. Raises SetupError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not file:
        if not secret:
            raise SetupError(
                "BACKORDER_SECRET is not set: evidence is signed with it, or BACKORDER_EVIDENCE_KEY"
            )
        seed = hmac.new(secret.encode(), _PURPOSE, sha256).digest()
        return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))
    how = "make one with `openssl genpkey -algorithm ed25519`"
    try:
        key = load_pem_private_key(Path(file).read_bytes(), password=None)
    except OSError as error:
        raise SetupError(f"BACKORDER_EVIDENCE_KEY={file}: {(error.strerror or str(error)).lower()}") from None
    except (TypeError, ValueError):
        raise SetupError(f"BACKORDER_EVIDENCE_KEY={file}: this is no private key in PEM; {how}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"BACKORDER_EVIDENCE_KEY={file}: this key is not {ALGORITHM}; {how}")
    return SigningKey(key)


def as_jwks(keys: Sequence[PublicKey]) -> dict[str, object]:
    """Keys as a JSON Web Key Set (RFC 7517)."""
    return {"keys": [each.as_jwk() for each in keys]}


def keys_of(published: Mapping[str, Sequence[Mapping[str, str]]]) -> Mapping[str, PublicKey]:
    """The keys of a JSON Web Key Set, by their IDs. Raises RefusedError for what is none."""
    found = {}
    try:
        for each in published["keys"]:
            if each["kty"] == "OKP" and each["crv"] == ALGORITHM:
                key = PublicKey(raw=_bytes(each["x"]))
                found[key.id] = key
    except (KeyError, TypeError, ValueError):
        raise RefusedError(["keys: this is no JSON Web Key Set with keys of Ed25519"]) from None
    return found


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != 32:
        raise ValueError("not 32 bytes")
    return raw
