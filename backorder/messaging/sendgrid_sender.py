"""Email through SendGrid's v3 API, with the official SDK."""

from __future__ import annotations

import errno
import json
import re
import socket
import ssl
import urllib.error
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request

from python_http_client.client import Client
from python_http_client.exceptions import HTTPError, NotFoundError
from sendgrid import SendGridAPIClient

from backorder.messaging import outcomes
from backorder.messaging.sdk_logging import silence
from backorder.ports import LookedUp, Outgoing, Sent

SEND_ID = "send_id"
"""The custom argument that carries a send's own ID; the event webhook shows it at top level."""

_NAME = "SendGrid"
_SETTINGS = frozenset({"from", "reply_to"})  # fields of a mail that are settings, the same in every one
_NOT_CONNECTED = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH})
_CLOCKS = timedelta(minutes=10)
"""How far SendGrid's clock and ours may be apart."""
_LOOKED_AT = 20
"""Mails to one address with one subject, the newest first, that a look-up opens."""
_FIELD = re.compile(r"[A-Za-z_][\w.\[\]-]{0,79}")

silence("python_http_client.client")


class SendGridSender:
    """Hands emails to SendGrid, one request each; safe to share between threads.

    base_url: another host than SendGrid's global one (the EU's, a test's). timeout: seconds that a single
    step on the network may take; not much longer than that in all, for the answers are short. reply_to: the
    mailbox for replies, the sender's if not given.
    """

    def __init__(
        self,
        api_key: str,
        sender_email: str,
        sender_name: str,
        base_url: str | None = None,
        timeout: float = 10.0,
        *,
        reply_to: str = "",
    ) -> None:
        """Raises ValueError for settings with which no email can go."""
        if not api_key or not sender_email:
            raise ValueError("SendGrid needs an API key and a sender's address")
        if any(ord(c) < 32 for c in api_key + sender_email + sender_name + reply_to):
            raise ValueError("SendGrid's settings must not contain control characters")
        if timeout <= 0:
            raise ValueError("the timeout must be positive")
        self._from = {"email": sender_email, "name": sender_name}
        self._reply_to = {"reply_to": {"email": reply_to}} if reply_to else {}
        self._sdk = SendGridAPIClient(api_key, host=(base_url or "https://api.sendgrid.com").rstrip("/"))
        made = self._sdk.client
        self._sdk.client = _OneRequest(
            host=made.host, request_headers=made.request_headers, version=3, timeout=timeout
        )

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand one email over, once. What the outcomes mean: backorder.ports.Sent and outcomes."""
        if refusal := outcomes.unsendable(outgoing, "email"):
            return refusal
        try:
            response = self._sdk.send(self._mail(outgoing))
        except HTTPError as error:
            return _answered(error)
        except urllib.error.URLError as error:
            return (
                outcomes.unreached(_NAME) if _never_left(error.reason) else outcomes.unclear(_NAME, "broken")
            )
        except (OSError, HTTPException) as error:
            return outcomes.unclear(_NAME, "timeout" if isinstance(error, TimeoutError) else "broken")
        return Sent(outcome="accepted", provider_id=response.headers.get("X-Message-Id") or "")

    def find(self, outgoing: Outgoing, since: datetime) -> LookedUp:
        """Look an email up in the Email Logs: those to its address, then our own argument in each."""
        try:
            for known in self._logged(outgoing, since):
                if self._send_id(known) == outgoing.id:
                    return LookedUp(sighting="found", provider_id=known)
        except HTTPError as error:
            return outcomes.unasked(_NAME, str(error.status_code))
        except (OSError, HTTPException) as error:
            late = isinstance(getattr(error, "reason", error), TimeoutError)
            return outcomes.unasked(_NAME, "timeout" if late else "broken")
        except (ValueError, LookupError, TypeError, AttributeError):
            return outcomes.unasked(_NAME, "garbled")
        return outcomes.absent(_NAME)

    def _logged(self, outgoing: Outgoing, since: datetime) -> list[str]:
        """IDs at SendGrid of what may be the email, the newest first."""
        begin = (since - _CLOCKS).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        address = outgoing.to.replace("\\", "\\\\").replace('"', '\\"')
        query = f'to_email = "{address}" AND sg_message_id_created_at > TIMESTAMP "{begin}"'
        answer = self._sdk.client.logs.post(request_body={"query": query, "limit": 1000})
        logged = json.loads(answer.body)["messages"]
        same = [each for each in logged if each.get("subject", outgoing.subject) == outgoing.subject]
        same.sort(key=lambda each: str(each.get("sg_message_id_created_at", "")), reverse=True)
        return [str(each["sg_message_id"]) for each in same[:_LOOKED_AT]]

    def _send_id(self, known: str) -> str:
        """Our argument in an email, "" in one without, or that is not there any more."""
        try:
            found = json.loads(self._sdk.client.logs._(known).get().body)
        except NotFoundError:
            return ""
        return str((found.get("custom_args") or {}).get(SEND_ID, ""))

    def _mail(self, outgoing: Outgoing) -> dict[str, object]:
        return {
            "personalizations": [{"to": [{"email": outgoing.to}], "custom_args": {SEND_ID: outgoing.id}}],
            "from": self._from,
            **self._reply_to,
            "subject": outgoing.subject,
            "content": [
                {"type": kind, "value": value}
                for kind, value in (("text/plain", outgoing.text), ("text/html", outgoing.html))
                if value
            ],
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
            },
            **({"headers": self._opt_out(outgoing)} if outgoing.commercial else {}),
        }

    def _opt_out(self, outgoing: Outgoing) -> dict[str, str]:
        if not outgoing.unsubscribe_url:
            return {"List-Unsubscribe": f"<mailto:{self._from['email']}?subject=unsubscribe>"}
        return {
            "List-Unsubscribe": f"<{outgoing.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }


def _answered(error: HTTPError) -> Sent:
    """The outcome for an answer that is not 2xx."""
    status = int(error.status_code)
    if status == 429:
        return outcomes.busy(_NAME, "429", outcomes.wait_asked(error.headers))
    if status >= 500 or status == 408:
        return outcomes.unclear(_NAME, str(status), outcomes.wait_asked(error.headers))
    if status < 400 or status in outcomes.OF_THE_SHOP:
        return outcomes.paused(_NAME, str(status))
    field = _faulty_field(error.body)
    if (setting := field.partition(".")[0]) in _SETTINGS:
        return outcomes.paused(_NAME, f"{status}, {setting}")
    return outcomes.refused(_NAME, str(status), f"see {field}" if field else "")


def _faulty_field(body: bytes) -> str:
    """The field that SendGrid names. Its message is left out: it may quote an address."""
    try:
        field = str(json.loads(body)["errors"][0]["field"])
    except (ValueError, LookupError, TypeError):
        return ""
    return field if _FIELD.fullmatch(field) else ""


def _never_left(reason: object) -> bool:
    """Whether the connection failed before a byte of the request was sent."""
    if isinstance(reason, socket.gaierror | ssl.SSLCertVerificationError):
        return True
    return isinstance(reason, OSError) and reason.errno in _NOT_CONNECTED


class _NoRedirect(HTTPRedirectHandler):
    handler_order = 100  # before urllib's own, which would turn the POST into a GET and take the key along

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)


class _OneRequest(Client):  # type: ignore[misc]
    """The SDK's client without redirects: a redirected POST would count as accepted and send nothing."""

    def _build_client(self, name: str | None = None) -> _OneRequest:
        return _OneRequest(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            timeout=self.timeout,
        )

    def _make_request(self, opener: OpenerDirector, request: Request, timeout: float | None = None) -> Any:
        opener.add_handler(_NoRedirect())
        return super()._make_request(opener, request, timeout)
