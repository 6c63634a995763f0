"""What SendGrid and Twilio send to a server of ours, signed as they sign it."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backorder.messaging.sendgrid_events import SIGNATURE, TIMESTAMP

SENDGRID, STATUS, INBOUND = (
    "/webhooks/sendgrid/events",
    "/webhooks/twilio/status",
    "/webhooks/twilio/inbound",
)
FORM = {"content-type": "application/x-www-form-urlencoded"}


class SendGridHook:
    """SendGrid's event webhook. key: what it signs with, as its settings page shows it."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key = base64.b64encode(public).decode()

    def post(self, *entries: Any) -> httpx.Response:
        """Send some events."""
        return self.send(json.dumps(entries).encode())

    def send(self, body: bytes, at: datetime | None = None, **headers: str | None) -> httpx.Response:
        """Send these bytes. headers: signature or timestamp in place of the right ones; None for none."""
        when = str(int((at or datetime.now(UTC)).timestamp()))
        signed = self._key.sign(when.encode() + body, ec.ECDSA(SHA256()))
        right = {"signature": base64.b64encode(signed).decode(), "timestamp": when} | headers
        names = {"signature": SIGNATURE, "timestamp": TIMESTAMP}
        sent = {names[name]: value for name, value in right.items() if value is not None}
        return self._client.post(SENDGRID, content=body, headers=as_sent(sent))


def as_sent(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers byte by byte, also those that no client would send."""
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def event(name: str, send: str = "", **more: Any) -> dict[str, Any]:
    """One of SendGrid's events, about a send of ours."""
    at = int(datetime.now(UTC).timestamp())
    found = {"email": "ann@example.com", "event": name, "timestamp": at, "sg_event_id": f"{name}-{send}"}
    return found | ({"send_id": send} if send else {}) | more


class TwilioHook:
    """Twilio's webhooks. url: the address of ours that it was given; token: what it signs with."""

    def __init__(self, client: httpx.Client, url: str, token: str) -> None:
        self._client = client
        self._url = url
        self._token = token

    def status(self, send: str, status: str, **more: str) -> httpx.Response:
        """Tell what became of a text."""
        fields = {"MessageSid": f"SM-{send}", "MessageStatus": status, "To": "+4915123456789"} | more
        return self.send(f"{STATUS}?send_id={send}", list(fields.items()))

    def text(
        self, body: str, sid: str = "SM1", number: str = "+4915123456789", **more: str
    ) -> httpx.Response:
        """Hand in a text that somebody sent."""
        fields = {
            "MessageSid": sid,
            "From": number,
            "To": "+15005550006",
            "Body": body,
            "MediaUrl": "",
        } | more
        return self.send(INBOUND, list(fields.items()))

    def send(
        self,
        path: str,
        fields: Sequence[tuple[str, str]],
        *,
        signature: str | None = "",
        headers: Mapping[str, str] = FORM,
        body: bytes | None = None,
    ) -> httpx.Response:
        """Send a form. signature: in the place of the right one; None for none. body: in the form's place."""
        right = self.sign(path, fields) if signature == "" else signature
        sent = dict(headers) | ({"X-Twilio-Signature": right} if right is not None else {})
        content = urlencode(fields).encode() if body is None else body
        return self._client.post(path, content=content, headers=as_sent(sent))

    def sign(self, path: str, fields: Sequence[tuple[str, str]], port: str = "") -> str:
        """The signature of a form, by Twilio's own description of it."""
        told = f"{self._url}{port}{path}"
        for name in sorted({name for name, _ in fields}):
            for value in sorted({value for key, value in fields if key == name}):
                told += name + value
        return base64.b64encode(hmac.digest(self._token.encode(), told.encode(), "sha1")).decode()
