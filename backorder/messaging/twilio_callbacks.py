"""Twilio's webhooks: their signature over the called address and the form, and what they mean."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Literal
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from backorder.domain.texts import without_live_links
from backorder.messaging.provider_reports import Brought, brought, id_of, plain
from backorder.messaging.twilio_codes import Codes
from backorder.messaging.twilio_sender import SEND_ID
from backorder.messaging.twilio_statuses import report_of

STATUS_PATH, INBOUND_PATH = "/webhooks/twilio/status", "/webhooks/twilio/inbound"
SIGNATURE = "X-Twilio-Signature"
FORM = "application/x-www-form-urlencoded"
LARGEST = 256 * 1024
"""Bytes of a call, at most; a text has 1,600 letters."""
MOST_FIELDS = 500
_PORTS = {"https": 443, "http": 80}

LONGEST_SID = 64
TakenFor = Literal["stop", "start", "help", ""]
OPT_OUTS: Mapping[str, TakenFor] = {"STOP": "stop", "START": "start", "HELP": "help"}
"""What Twilio took a text for, and answered, where it looks after opting out itself."""
_XML = '<?xml version="1.0" encoding="UTF-8"?>'

Form = Sequence[tuple[str, str]]
"""A form's fields in their order, blank and repeated ones too."""


def form(body: bytes, content_type: str) -> Form:
    """The fields of a call, all of which are signed. Raises ValueError for what is no form."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise ValueError(f"this is no {FORM}")
    return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")


def verified(token: str, url: str, fields: Form, signature: str | None) -> bool:
    """Whether Twilio signed this form for this address. Never raises.

    url: as it was given to Twilio, with its query. Twilio signs it with the port in it or without.
    """
    if not token or not signature:
        return False
    told = "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    found = False
    for written in _with_and_without_port(url):
        mine = base64.b64encode(hmac.digest(token.encode(), f"{written}{told}".encode(), "sha1"))
        found |= hmac.compare_digest(mine, signature.encode())
    return found


def _with_and_without_port(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return (url,)
    if port is None:
        return url, parts._replace(netloc=f"{parts.netloc}:{_PORTS.get(parts.scheme, 80)}").geturl()
    return url, parts._replace(netloc=parts.netloc.removesuffix(f":{port}")).geturl()


def status(fields: Form, query: str, codes: Codes, now: datetime) -> Brought:
    """What a status callback brings. query: of the address that was called, which names the send.

    Raises ValueError for a call that is about none.
    """
    form = dict(reversed(fields))
    sid, event = id_of(form.get("MessageSid") or form.get("SmsSid")), plain(form.get("MessageStatus"), 32)
    if not sid:
        raise ValueError("this is about no text: MessageSid is missing")
    ours = id_of(dict(parse_qsl(query, max_num_fields=MOST_FIELDS)).get(SEND_ID, ""))
    code, address = plain(form.get("ErrorCode"), 16), plain(form.get("To"), 64)
    return brought([report_of(sid, event, code, codes, at=now, send=ours, address=address)])


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundText:
    """A text that came in. sender: as the carrier writes the number. fields: all of the call, as JSON.

    taken_for: what Twilio took it for and has answered itself, as it is set up to; "" for nothing.
    """

    sid: str
    sender: str
    body: str
    taken_for: TakenFor
    fields: str


def inbound(fields: Form) -> InboundText:
    """A text that came in. Raises ValueError for a call that is about none."""
    form = dict(reversed(fields))
    sid, sender = id_of(form.get("MessageSid") or form.get("SmsSid")), plain(form.get("From"), 64)
    if not sid or not sender or len(sid) > LONGEST_SID:
        raise ValueError("this is about no text: MessageSid and From are missing")
    body = _storable(form.get("Body", ""))
    taken_for = OPT_OUTS.get(form.get("OptOutType", "").strip().upper(), "")
    kept = dumps([[_storable(name), _storable(value)] for name, value in fields], ensure_ascii=False)
    return InboundText(
        sid=sid,
        sender=sender,
        body=body,
        taken_for=taken_for,
        fields=kept,
    )


def _storable(text: str) -> str:
    """The text as it came, but for what no database can hold, and for links that open a customer's page."""
    return without_live_links(text.replace("\0", "\ufffd"))


def reply(text: str | None) -> str:
    """Twilio's markup for an answer; None for none."""
    return f"{_XML}<Response><Message>{escape(text)}</Message></Response>" if text else f"{_XML}<Response/>"
