"""How kinds of messages read, and which texts are to be registered: by examples, from the settings alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from backorder.domain.notifications import COMMERCIAL_KINDS, SUPPLIER_KINDS, Kind
from backorder.domain.text_answers import asks_for_digit
from backorder.errors import RefusedError
from backorder.services.check_templates import check_templates
from backorder.services.services import shop_of
from backorder.settings import Settings

if TYPE_CHECKING:
    from backorder.messaging.dlt import Registered
    from backorder.messaging.message_content import Rendered

T = TypeVar("T")
_TO_INDIA = "+91"
NO_PAGES = "set BACKORDER_PUBLIC_URL: links begin with it, and it is what is whitelisted"
"""What is said where texts are to be registered and nobody said where the pages are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailPreview:
    """An email. subject: one line. text: its plain part. html: the other one."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SmsPreview:
    """A text message. text: the words, in one line. segments: the number of SMS that it costs."""

    text: str
    segments: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MessagePreview:
    """A kind of message, by an example. kind: the name of it. email: as it reads there. sms: as a text
    message; None for kinds that go to suppliers, who are written to by email alone.
    """

    kind: str
    email: EmailPreview
    sms: SmsPreview | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TagView:
    """What a tag of a text stands for. tag: as it is registered. stands_for: what is put in, in words.

    reason: why the text has more than two tags; None for the first two.
    """

    tag: str
    stands_for: str
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TextToRegister:
    """A text to register, word for word. kind: the kind of message. language: en or hi. category: service
    implicit or promotional, as the registers call it.

    type: text, or unicode where it is no GSM-7 text. text: the words, with a tag for each thing that varies.
    variables: what each tag stands for, in the order of the text.
    """

    kind: str
    language: str
    category: str
    type: str
    text: str
    variables: tuple[TagView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TextsToRegister:
    """The texts to India. whitelist: the address to whitelist, with which every link begins.

    texts: each of them, by language and kind.
    """

    whitelist: str
    texts: tuple[TextToRegister, ...]


def rendered_example(settings: Settings, kind: Kind, locale: str, *, india: bool = False) -> Rendered:
    """A kind of message in words, from its example. india: the text as it goes to a number there.

    Raises RefusedError where there are no texts to India, and SetupError where the shop's own templates
    cannot be rendered, with each fault and its line.
    """
    from backorder.messaging.customer_links import OPT_OUT, PAGE, SUPPLIER
    from backorder.messaging.examples import TOKEN, example
    from backorder.messaging.render import render

    today, shop = datetime.now(UTC).astimezone(ZoneInfo(settings.time_zone)).date(), shop_of(settings)
    sent, pages = example(kind, shop, today=today, locale=locale), settings.pages_at
    digits = asks_for_digit(kind, [each.facts for each in sent.items], _TO_INDIA if india else "")
    sent = replace(sent, digits=shop.two_way and digits)
    if india and not pages:
        raise RefusedError(
            ["india: set BACKORDER_PUBLIC_URL: these texts are short, and lead to a page there"]
        )
    if pages:
        purpose = SUPPLIER if kind in SUPPLIER_KINDS else PAGE
        registered = india and kind not in SUPPLIER_KINDS
        sent = replace(sent, link=f"{pages}/{purpose}/{TOKEN}", registered=registered)
        if kind in COMMERCIAL_KINDS:
            sent = replace(sent, unsubscribe=f"{pages}/{OPT_OUT}/{TOKEN}")
    return _of_templates(settings, lambda: render(sent))


def view_of(kind: Kind, rendered: Rendered) -> MessagePreview:
    """A kind of message, as programs read it."""
    from backorder.messaging.gsm import segments

    text = None if kind in SUPPLIER_KINDS else SmsPreview(text=rendered.sms, segments=segments(rendered.sms))
    email = EmailPreview(subject=rendered.subject, text=rendered.text, html=rendered.html)
    return MessagePreview(kind=kind.value, email=email, sms=text)


def texts_to_register(settings: Settings, locale: str | None = None) -> TextsToRegister:
    """The texts to India; needs `pages_at`. locale: of one language alone. Raises SetupError as above."""
    from backorder.messaging.dlt import languages, to_register

    shop, base = shop_of(settings), settings.pages_at
    chosen = [each for each in languages() if locale in (None, each)]
    found = _of_templates(
        settings, lambda: [each for language in chosen for each in to_register(shop, base, language)]
    )
    return TextsToRegister(whitelist=base, texts=tuple(map(_to_register, found)))


def _to_register(text: Registered) -> TextToRegister:
    return TextToRegister(
        kind=text.kind.value,
        language=text.language,
        category=text.category,
        type="unicode" if text.unicode else "text",
        text=text.text,
        variables=tuple(
            TagView(tag=each.tag, stands_for=each.stands_for, reason=each.reason or None)
            for each in text.variables
        ),
    )


def _of_templates(settings: Settings, render: Callable[[], T]) -> T:
    from backorder.messaging.own_templates import FAULTS

    try:
        return render()
    except FAULTS:
        check_templates(settings)  # says where, in the shop's own
        raise
