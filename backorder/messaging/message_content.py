"""A message before and after it is put into words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from backorder.domain.calendar import ONE_DAY
from backorder.domain.notifications import Facts, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """Who writes. url: the shop's own page, or "". postal_address: one line or several.

    logo: the address of a picture (https), or "". colour: #rrggbb for bars, buttons and links, or "".
    two_way: texts of the shop can be answered. phone: at which a person answers, or "". grievance_officer:
    name, designation and contact of the person who answers for complaints, or "". templates: the folder of
    its own templates, which win over the built-in ones; None for none. returns_url: the page that says how to
    send goods back, or "".
    """

    name: str
    url: str = ""
    postal_address: str = ""
    logo: str = ""
    colour: str = ""
    two_way: bool = False
    phone: str = ""
    grievance_officer: str = ""
    templates: Path | None = None
    returns_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentItem:
    """One order line that the message speaks for. order and product are words for the reader.

    sent_back: some of its order had left, and all of that is sent back.
    """

    order: str
    product: str
    facts: Facts
    sent_back: bool = False

    def unanswered(self) -> ContentItem:
        """The units that an answer left out: what is asked of them, and what their silence means."""
        facts = self.facts
        if facts.silence == "cancelled" and facts.answer_by is not None:
            facts = facts.replace(ends_on=facts.answer_by + ONE_DAY)
        units = facts.replace(quantity=facts.unanswered, unanswered=0, remaining=0, part_of_line=True)
        return replace(self, facts=units)


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageContent:
    """One message to one person, before it is put into words.

    locale: like en_GB or en-GB; one without templates is served in English. region: where the reader lives
        (ISO 3166, like DE or US-CA), for the form of dates and money where the locale names no country.
    name: of the customer or supplier, may be "". link: their page (http or https), may be "".
    items: at least one. unsubscribe: where offers are turned off (http or https), for promotions only.
    business: the reader is no consumer, whose law is not theirs. digits: as a text it may ask for a digit.
    registered: as a text it must be one that was registered word for word (India).
    """

    kind: Kind
    locale: str
    shop: Shop
    name: str
    link: str
    items: tuple[ContentItem, ...]
    unsubscribe: str = ""
    region: str = ""
    business: bool = False
    digits: bool = False
    registered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A message in words. subject: one line. html and text: the two parts of an email. sms: one line."""

    subject: str
    html: str
    text: str
    sms: str
