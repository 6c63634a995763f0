"""The pages of customers and suppliers in words: in the languages, folders and phrases of their messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from backorder.messaging import formats
from backorder.messaging.language import environment, merged, unbroken
from backorder.messaging.message_content import Shop
from backorder.messaging.template_variables import shop_view

if TYPE_CHECKING:
    from babel import Locale


_BUILT_IN = Path(__file__).parent / "templates"
_LAST_RESORT = "en"
_SHARED = "shared"
PAGE, SUPPLIER = "page", "supplier_page"
"""The files with the words of pages: the frame of all of them is in the first."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: its language's templates, and the Babel locale of days and money."""

    pages: _Language
    locale: Locale

    @property
    def words(self) -> SimpleNamespace:
        """The words of the page, by their names."""
        return self.pages.words

    @property
    def supplier_words(self) -> SimpleNamespace:
        """The words of the supplier's page, by their names."""
        return self.pages.supplier_words

    def page(self, template: str, shop: Shop, values: Mapping[str, object]) -> str:
        """A page in HTML. Raises jinja2.TemplateError where a template is at fault."""
        usual = {
            "shop": shop_view(shop),
            "language": str(self.locale).replace("_", "-"),
            "direction": self.locale.text_direction,
        }
        return self.pages.render(template, {**usual, **values})


@lru_cache(maxsize=256)
def reader(locale: str, region: str = "", templates: Path | None = None, words: str = PAGE) -> Reader:
    """How somebody with a locale reads; in English where its language has no words for pages.

    templates: a shop's own, which are looked at first. words: the file that a language must have.
    """
    folders = _folders(templates)
    for name in (*formats.chain(locale), _LAST_RESORT):
        if _has_words(folders, name, words):
            paths = (f / n for n in (*formats.chain(name), _SHARED) for f in folders)
            own = name.split("_")[0]
            found = tuple(path for path in paths if path.is_dir())
            return Reader(_language(own, found), formats.known(own, locale, region))
    raise AssertionError("there are English words")


def spoken(accepted: str, templates: Path | None = None, words: str = PAGE) -> str:
    """The first language of an Accept-Language header that pages have words in; English without one."""
    folders = _folders(templates)
    for each in accepted.split(",")[:20]:
        name = each.partition(";")[0].strip().replace("-", "_")
        if any(_has_words(folders, known, words) for known in formats.chain(name)):
            return name
    return _LAST_RESORT


def _folders(templates: Path | None) -> tuple[Path, ...]:
    return (templates, _BUILT_IN) if templates else (_BUILT_IN,)


def _has_words(folders: Sequence[Path], name: str, words: str) -> bool:
    return all(
        any((folder / name / f"{file}.jinja").is_file() for folder in folders) for file in {PAGE, words}
    )


class _Language:
    """The templates of one language."""

    def __init__(self, name: str, paths: Sequence[Path]) -> None:
        self._environment = environment(name, tuple(paths), "html")
        self.words = merged(self._environment, paths, PAGE)
        self._environment.globals["page"] = self.words
        self.supplier_words = merged(self._environment, paths, SUPPLIER)
        self._environment.globals["supplier"] = self.supplier_words

    def render(self, template: str, values: Mapping[str, object]) -> str:
        """A page."""
        return unbroken(self._environment.get_template(template).render(values))


@cache
def _language(name: str, paths: tuple[Path, ...]) -> _Language:
    return _Language(name, paths)
