"""How the demo shows things: a mark and a colour for each."""

from __future__ import annotations

from datetime import date

from rich.markup import escape
from rich.text import Text

from starter.demo.watch import News

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


def is_shown(news: News) -> bool:
    """Whether it is worth a line."""
    return news.who != "event" or news.what in EVENTS


def sentence(news: News) -> str:
    """The news in one line of plain text: who, and what."""
    if news.who == "message":
        return f"{news.channel:<5} {news.words}"
    if news.who == "event":
        data = {name: _readable(str(value)) for name, value in news.data.items()}
        return f"Backorder {EVENTS[news.what].format(**data)}"
    return f"{news.who}: {news.words}"


def _readable(value: str) -> str:
    """Days as people write them."""
    try:
        return f"{date.fromisoformat(value):%-d %b %Y}"
    except ValueError:
        return value


def in_plain(news: News) -> str:
    """The news as a line of a log."""
    sign = mark(news.what)[0] if news.who == "message" else "·" if news.who == "event" else "◆"
    return f"{news.at:%Y-%m-%d %H:%M}  {sign} {news.line:<7} {sentence(news)}"


def in_colour(news: News) -> tuple[Text, Text, Text]:
    """The mark, the line and the words of a piece of news."""
    if news.who == "message":
        sign, colour = mark(news.what)
        words = Text.from_markup(f"[bright_black]{news.channel:<5}[/] {escape(news.words)}")
        return Text(sign, f"bold {colour}"), Text(news.line), words
    if news.who == "event":
        return Text("·", "white"), Text(news.line), Text(sentence(news), "italic bright_black")
    colour = WORLD.get(news.who, SUPPLIER)
    words = Text.from_markup(f"[bold {colour}]{escape(news.who)}[/] {escape(news.words)}")
    return Text("◆", colour), Text(news.line), words
