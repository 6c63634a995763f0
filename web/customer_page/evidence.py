"""What an answer by page leaves as its evidence: when, with what, and roughly from where."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from ipaddress import ip_address, ip_network

from starlette.requests import Request

from backorder.domain.line.revocable_cancellations import LINK_EVIDENCE

_LONGEST = 300


def evidence_of(request: Request, send: str, at: datetime) -> str:
    """The evidence of an answer, in a line. send: of the link; at: machine time."""
    agent = request.headers.get("user-agent", "")
    plain = "".join(c for c in agent if unicodedata.category(c)[0] != "C")[:_LONGEST]
    place = shortened(request.client.host if request.client else "")
    when = at.isoformat(timespec="seconds")
    return f"{LINK_EVIDENCE}{send}; {when}; {place or 'address unknown'}; {plain}"


def shortened(address: str) -> str:
    """An IP address without the part that names one connection: 24 bits, or 48 of IPv6. "" for none."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))
