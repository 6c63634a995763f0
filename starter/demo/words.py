"""How the demo shows things: a mark and a colour for each."""

from __future__ import annotations

from datetime import date

from rich.markup import escape
from rich.text import Text

from starter.demo.observer import FeedEntry

STATUS = {
    "waiting": "yellow",
    "allocated": "cyan",
    "closing": "blue",
    "fulfilled": "green",
    "cancelled": "red",
    "substituted": "magenta",
}
MESSAGES = {
    "confirmed": ("✉", "cyan"),
    "still_waiting": ("✉", "bright_black"),
    "delayed": ("▲", "yellow"),
    "earlier": ("▼", "green"),
    "apology": ("▲", "red"),
    "alternatives": ("⇄", "magenta"),
    "coupon": ("★", "magenta"),
    "part_shipped": ("▷", "green"),
    "shipped": ("▶", "green"),
    "cancelled": ("✕", "red"),
    "refunded": ("↩", "cyan"),
    "substituted": ("⇄", "green"),
    "confirm_date": ("?", "bright_magenta"),
    "late": ("!", "bright_magenta"),
}
WORLD = {"Warehouse": "blue", "Customer": "bright_cyan", "Order system": "bright_black", "Engine": "red"}
SUPPLIER = "bright_magenta"
EVENTS = {
    "ending_due": "announces to the order system that this line ends on {on}",
    "escalated": "calls a person: {reason}",
    "coupon_issued": "issues a coupon of {percent} %, valid until {valid_until}",
}
"""Events for the order system that are worth a line; the others show in what it does next."""
SHORT = {
    "ending_due": "its ending is announced",
    "escalated": "a person is called",
    "coupon_issued": "a coupon is issued",
}


def mark(kind: str) -> tuple[str, str]:
    """The mark of a kind of message, and its colour."""
    return MESSAGES.get(kind, ("✉", "white"))


def is_shown(entry: FeedEntry) -> bool:
    """Whether it is worth a line."""
    return entry.who != "event" or entry.what in EVENTS


def sentence(entry: FeedEntry) -> str:
    """The news in one line of plain text: who, and what."""
    if entry.who == "message":
        return f"{entry.channel:<5} {entry.words}"
    if entry.who == "event":
        data = {name: _readable(str(value)) for name, value in entry.data.items()}
        return f"Backorder {EVENTS[entry.what].format(**data)}"
    return f"{entry.who}: {entry.words}"


def _readable(value: str) -> str:
    """Days as people write them."""
    try:
        return f"{date.fromisoformat(value):%-d %b %Y}"
    except ValueError:
        return value


def in_plain(entry: FeedEntry) -> str:
    """The news as a line of a log."""
    sign = mark(entry.what)[0] if entry.who == "message" else "·" if entry.who == "event" else "◆"
    return f"{entry.at:%Y-%m-%d %H:%M}  {sign} {entry.line:<7} {sentence(entry)}"


def in_colour(entry: FeedEntry) -> tuple[Text, Text, Text]:
    """The mark, the line and the words of a piece of news."""
    if entry.who == "message":
        sign, colour = mark(entry.what)
        words = Text.from_markup(f"[bright_black]{entry.channel:<5}[/] {escape(entry.words)}")
        return Text(sign, f"bold {colour}"), Text(entry.line), words
    if entry.who == "event":
        return Text("·", "white"), Text(entry.line), Text(sentence(entry), "italic bright_black")
    colour = WORLD.get(entry.who, SUPPLIER)
    words = Text.from_markup(f"[bold {colour}]{escape(entry.who)}[/] {escape(entry.words)}")
    return Text("◆", colour), Text(entry.line), words
