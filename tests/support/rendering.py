"""Letters with every kind of fact, and what every rendered one has to be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

from backorder.domain.money import Money
from backorder.domain.notifications import (
    COMMERCIAL_KINDS,
    Alternative,
    Facts,
    Kind,
    Part,
    Why,
)
from backorder.messaging import gsm
from backorder.messaging.render import (
    ContentItem,
    MessageContent,
    Rendered,
    Shop,
    segments,
)

SHOP = Shop(
    name="Fell & Fjord", url="https://fellfjord.test", postal_address="14 Quay Street\nWhitby YO21 1DN"
)
LINK = "https://fellfjord.test/b/Zk3vQ9rT1mXw8yHc2LpNbA"
OPT_OUT = "https://fellfjord.test/u/Zk3vQ9rT1mXw8yHc2LpNbA"
PARCEL = "https://www.royalmail.com/track-your-item#/tracking-results/RB123456785GB"
MERLIN = Alternative(sku="m", name="Merlin 3 tent", price=Money(Decimal("289.00"), "GBP"))
DATED = Facts(
    quantity=3,
    remaining=2,
    likely=date(2026, 5, 12),
    by=date(2026, 5, 19),
    previous_by=date(2026, 4, 28),
    why=Why.SUPPLY_MOVED,
    carrier="Royal Mail",
    tracking="RB123456785GB",
    refund=Money(Decimal("310.00"), "GBP"),
    refund_by=date(2026, 6, 2),
    percent=Decimal(10),
    code="THANKS-7QX2",
    valid_until=date(2026, 8, 1),
    alternatives=(MERLIN,),
    chosen=MERLIN,
    choice="keep",
    until=date(2026, 6, 26),
    answer_by=date(2026, 5, 25),
    ends_on=date(2026, 5, 28),
    reason="policy",
    ticket="C-20417",
    purchase_order="PO-7731",
    po_line="2",
    due=date(2026, 5, 8),
)
DATELESS = replace(
    DATED, likely=None, by=None, previous_by=None, why=Why.NO_SUPPLY, ends_on=None, answer_by=None
)
PARTS = replace(
    DATED,
    quantity=5,
    parts=(
        Part(quantity=3, likely=date(2026, 5, 12), by=date(2026, 5, 19)),
        Part(quantity=2, likely=None, by=None),
    ),
    likely=None,
    by=None,
)
BARE = Facts(quantity=1)
FACTS = {"dated": DATED, "dateless": DATELESS, "parts": PARTS, "bare": BARE}
DATE_KINDS = (
    Kind.CONFIRMED,
    Kind.STILL_WAITING,
    Kind.DELAYED,
    Kind.EARLIER,
    Kind.APOLOGY,
    Kind.CONSENT_REQUEST,
)
WRONG = re.compile(
    r"\bNone\b|\{\{|\}\}|\{%|Undefined|Why\.|Kind\.|Decimal|[\ue000-\uf8ff]|\S {2,}\S| [.,;:](\s|$)"
)

BETWEEN_PARAGRAPHS = re.compile(
    r'<p [^>]*style="margin:\d+(?:px)? 0 (\d+)(?:(?!</p>).)*</p>(?=\s*<p [^>]*style="margin:(\d+))', re.DOTALL
)


def content(
    kind: Kind,
    *facts: Facts,
    link: str = LINK,
    locale: str = "en_GB",
    name: str = "Ada Lovelace",
    product: str = "Kestrel 3 tent",
) -> MessageContent:
    items = tuple(ContentItem(order=f"FF-{n}", product=product, facts=f) for n, f in enumerate(facts, 10482))
    unsubscribe = OPT_OUT if kind in COMMERCIAL_KINDS and link else ""
    return MessageContent(
        kind=kind, locale=locale, shop=SHOP, name=name, link=link, items=items, unsubscribe=unsubscribe
    )


class Reader(HTMLParser):
    """What a reader sees of HTML, and what is in its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        words = "".join(self.words).replace("\u034f\u200c\xa0", "")
        return re.sub(r"[ \t\r\n]+", " ", words.replace("\xa0×\xa0", " × ")).strip()


def check(rendered: Rendered, *, most: int = 2) -> None:
    """What every message must hold to. most: segments of its text."""
    page = Reader(rendered.html)
    assert page.open == []
    gaps = [int(below) + int(above) for below, above in BETWEEN_PARAGRAPHS.findall(rendered.html)]
    assert gaps
    assert max(gaps) <= 28
    for words in (rendered.subject, page.text, *filter(None, rendered.text.splitlines()), rendered.sms):
        assert words
        assert not WRONG.search(words), WRONG.search(words)
    assert not set(rendered.subject) & set("\r\n\t")
    assert len(rendered.subject) < 120
    assert gsm.ALPHABET.issuperset(rendered.sms)
    assert "\n" not in rendered.sms
    assert segments(rendered.sms) <= most
