"""Where events may be sent: what an address of a receiver has to look like. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 2000
_FORM = "write it like https://shop.example/events"


def receiver_url(text: str) -> str:
    """The address in the form in which it is called. Raises ValueError in words."""
    text = text.strip()
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if not text.isprintable() or " " in text:
        raise ValueError(f"holds what no address holds; {_FORM}")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"is no web address; {_FORM}") from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise ValueError(f"is no web address; {_FORM}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a password: what is sent is signed with the receiver's secret")
    if parts.fragment:
        raise ValueError("must not end with a # part, which is never sent")
    name = f"[{host}]" if ":" in host else _ascii(host)
    place = f"{name}:{port}" if port is not None else name
    path = _quoted(parts.path or "/")
    return f"{parts.scheme}://{place}{path}" + (f"?{_quoted(parts.query)}" if parts.query else "")


def host_and_port(url: str) -> tuple[str, int]:
    """The name and the port that an address leads to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise ValueError(f"names no machine; {_FORM}") from None


def _quoted(text: str) -> str:
    """Letters beyond ASCII as the web writes them; what is encoded already stays."""
    return "".join(
        each if each.isascii() else "".join(f"%{byte:02X}" for byte in each.encode()) for each in text
    )
