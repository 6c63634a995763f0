"""Messages into words: a subject, HTML and plain text for email, and a text for SMS.

A locale is a folder of templates named like `en` or `pt_BR`; nothing in the code names one. Each kind of
message is one file of blocks in prose, used for both parts of an email; `words.jinja` holds the phrases
that kinds share; the look is language-neutral, in `shared/`. `templates/README.md` tells how to add one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateNotFound

from backorder.domain.notifications import LEGAL_KINDS, Kind
from backorder.messaging import formats
from backorder.messaging.gsm import segments
from backorder.messaging.language import AUTOMATIC, SHORT, Language
from backorder.messaging.message_content import ContentItem, MessageContent, Rendered, Shop
from backorder.messaging.template_files import as_of_now
from backorder.messaging.template_variables import Names, shop_view, variables, web

if TYPE_CHECKING:
    from babel import Locale

__all__ = [
    "ContentItem",
    "MessageContent",
    "Rendered",
    "Renderer",
    "Shop",
    "render",
    "segments",
    "template_version",
]

BUILT_IN = Path(__file__).parent / "templates"
LAST_RESORT = "en"
SHARED = "shared"


class Renderer:
    """Puts messages into words from folders of templates. Safe to share between threads.

    folders: a shop's own template folders, each with one folder a locale; they are looked at before the
        built-in one, file by file. Templates are read once, at the beginning: an edit counts from the next
        start, so that no message has the words of two, and what was looked at is what goes. They are compiled
        when first used.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = (*folders, BUILT_IN)
        self._read = as_of_now(self._folders)
        self._language = cache(partial(Language, read=self._read))
        self._find = lru_cache(maxsize=1024)(self._look_up)
        self._version = lru_cache(maxsize=1024)(self._digest)

    def render(self, content: MessageContent) -> Rendered:
        """The message in words.

        Raises ValueError for a message without items, jinja2.TemplateError where a template is at fault.
        """
        if not content.items:
            raise ValueError("a message speaks for at least one order line")
        language, locale = self._find(content.kind.value, content.locale, content.region)
        rendered = language.render(content, locale)
        # A short text is nothing without its link.
        short = content.registered and web(content.link)
        return replace(rendered, sms=self._short(content)) if short else rendered

    def lacks(self, content: MessageContent, rendered: Rendered) -> tuple[str, ...]:
        """The parts that the law wants said and that a message in words lacks; none but of legal ones."""
        if content.kind not in LEGAL_KINDS:
            return ()
        language, locale = self._find(content.kind.value, content.locale, content.region)
        return language.lacks(content, rendered, locale)

    def spoken(self, content: MessageContent, locale: str) -> tuple[str, str]:
        """What is read out on a call, in a locale or the nearest that has words: the language, the words."""
        language, forms = self._find(content.kind.value, locale, content.region)
        return language.name, language.spoken(content, forms)

    def _short(self, content: MessageContent) -> str:
        language, locale = self._find(SHORT, content.locale, content.region)
        names = Names()
        values = variables(content, locale, names)
        if not values["one"]:
            values["item"] = language.items(str(values["count"]))
        else:
            values["item"] = names.mark(content.items[0].product)
        return language.short(content.kind, values, names)

    def short_text(self, kind: Kind, shop: Shop, locale: str, **words: str) -> str:
        """The short text of a kind, with words put in as they are. words: item, link, unsubscribe."""
        language, _ = self._find(SHORT, locale)
        return language.short(kind, {"shop": shop_view(shop), **words})

    def writes_unicode(self, locale: str) -> bool:
        """Whether a locale's short texts keep letters that GSM-7 does not have."""
        return self._find(SHORT, locale)[0].is_unicode

    def automatic(
        self,
        name: str,
        shop: Shop,
        locale: str,
        *,
        on: date | None = None,
        links: Sequence[str] = (),
        products: Sequence[str] = (),
    ) -> str:
        """What is texted back by itself: a block of automatic.jinja, in the first language that has it.

        on: a day that it names. links: that it gives. products: of which it speaks, where it does not of all.
        """
        language, forms = self._find(AUTOMATIC, locale)
        day = formats.brief_day(on, forms) if on else ""
        return language.automatic(name, shop_view(shop), on=day, links=" ".join(links), products=products)

    def template_version(self, kind: Kind, locale: str) -> str:
        """Twelve hex digits that change whenever a template that this kind can show changes."""
        return self._version(kind, locale)

    def _look_up(self, file: str, locale: str, region: str = "") -> tuple[Language, Locale]:
        """The first of the locale's languages that has the file (never two in one message), and formats."""
        for name in (*formats.chain(locale), LAST_RESORT):
            if any(self._read(folder / name / f"{file}.jinja") is not None for folder in self._folders):
                paths = (f / n for n in (*formats.chain(name), SHARED) for f in self._folders)
                own = name.split("_")[0]
                language = self._language(own, tuple(paths))
                return language, formats.known(own, locale, region)
        raise TemplateNotFound(f"{LAST_RESORT}/{file}.jinja")

    def _digest(self, kind: Kind, locale: str) -> str:
        language, _ = self._find(kind.value, locale)
        digest = hashlib.sha256()
        for name, content in language.sources(kind):
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:12]


@cache
def renderer(templates: Path | None) -> Renderer:
    """The one that reads a shop's own templates first. templates: its folder of them, None for none."""
    return Renderer((templates,) if templates else ())


def render(content: MessageContent) -> Rendered:
    """The message in words, from its shop's templates. Raises as Renderer.render does."""
    return renderer(content.shop.templates).render(content)


def lacks(content: MessageContent, rendered: Rendered) -> tuple[str, ...]:
    """The parts that the law wants said and that a message in words lacks. See `Renderer.lacks`."""
    return renderer(content.shop.templates).lacks(content, rendered)


def spoken(content: MessageContent, locale: str) -> tuple[str, str]:
    """What is read out on a call, from its shop's templates. See `Renderer.spoken`."""
    return renderer(content.shop.templates).spoken(content, locale)


def automatic(
    name: str,
    shop: Shop,
    locale: str,
    *,
    on: date | None = None,
    links: Sequence[str] = (),
    products: Sequence[str] = (),
) -> str:
    """What is texted back by itself, from the shop's templates. See `Renderer.automatic`."""
    found = renderer(shop.templates)
    return found.automatic(name, shop, locale, on=on, links=links, products=products)


def template_version(kind: Kind, locale: str, templates: Path | None = None) -> str:
    """Twelve hex digits that change with the templates of a kind in a locale. templates: a shop's own."""
    return renderer(templates).template_version(kind, locale)


def short_text(kind: Kind, shop: Shop, locale: str, **words: str) -> str:
    """The short text of a kind, from the shop's templates. words: item, link, unsubscribe."""
    return renderer(shop.templates).short_text(kind, shop, locale, **words)


def writes_unicode(locale: str, templates: Path | None = None) -> bool:
    """Whether a locale's short texts keep letters that GSM-7 does not have. templates: a shop's own."""
    return renderer(templates).writes_unicode(locale)
