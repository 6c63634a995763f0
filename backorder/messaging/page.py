"""The customers' pages in words: the same languages, folders and phrases as their messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2.environment import TemplateModule

from backorder.messaging import formats
from backorder.messaging.language import environment
from backorder.messaging.letter import Shop
from backorder.messaging.template_variables import shop_view

_BUILT_IN = Path(__file__).parent / "templates"
_LAST_RESORT = "en"
_LOOK = "shared"
_WORDS = "page"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: its language's templates, and the Babel locale of days and money."""

    pages: _Language
    locale: Any

    @property
    def words(self) -> TemplateModule:
        """The words of the page, by their names."""
        return self.pages.words

    def page(self, template: str, shop: Shop, values: Mapping[str, Any]) -> str:
        """A page in HTML. Raises jinja2.TemplateError where a template is at fault."""
        usual = {
            "shop": shop_view(shop),
            "language": str(self.locale).replace("_", "-"),
            "direction": self.locale.text_direction,
        }
        return self.pages.render(template, {**usual, **values})


@lru_cache(maxsize=256)
def reader(locale: str, region: str = "") -> Reader:
    """How somebody with a locale reads; in English where its language has no words for pages."""
    for name in (*formats.chain(locale), _LAST_RESORT):
        if (_BUILT_IN / name / f"{_WORDS}.jinja").is_file():
            paths = tuple(path for n in (*formats.chain(name), _LOOK) if (path := _BUILT_IN / n).is_dir())
            own = name.split("_")[0]
            return Reader(_language(own, paths), formats.known(own, locale, region))
    raise AssertionError("there are English words")


def spoken(accepted: str) -> str:
    """The first language of an Accept-Language header that pages have words in; English without one."""
    for each in accepted.split(",")[:20]:
        name = each.partition(";")[0].strip().replace("-", "_")
        for known in formats.chain(name):
            if (_BUILT_IN / known / f"{_WORDS}.jinja").is_file():
                return name
    return _LAST_RESORT


class _Language:
    """The templates of one language."""

    def __init__(self, name: str, paths: Sequence[Path]) -> None:
        self._environment = environment(name, tuple(paths), "html")
        self.words = self._environment.get_template(_WORDS).module
        self._environment.globals["page"] = self.words

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """A page."""
        return self._environment.get_template(template).render(values)


@cache
def _language(name: str, paths: tuple[Path, ...]) -> _Language:
    return _Language(name, paths)
