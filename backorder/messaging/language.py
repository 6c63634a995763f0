"""The compiled templates of one language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from backorder.domain.messages import Kind
from backorder.messaging import sms
from backorder.messaging.letter import Letter, Rendered
from backorder.messaging.view import Line, variables

_EMAIL = ("subject", "tag", "headline", "intro", "details", "next", "you", "action", "small")
_SMS = "sms"


class Language:
    """Templates found in `paths`, the first that has a file wins. Compiled when first used."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        self._html = _Medium(paths, "html")
        self._text = _Medium(paths, "txt")

    def render(self, letter: Letter, locale: Any) -> Rendered:
        """The letter in words, its values in the forms of a Babel locale."""
        values = variables(letter, locale)
        values["language"] = str(locale).replace("_", "-")
        values["direction"] = locale.text_direction
        text = self._text.blocks(letter.kind, values, (*_EMAIL, _SMS))
        rich = self._html.blocks(letter.kind, values, _EMAIL)
        lines: tuple[Line, ...] = values["lines"]
        return Rendered(
            subject=_flow(text["subject"]),
            html=self._html.layout({**values, **{name: Markup(words) for name, words in rich.items()}}),  # noqa: S704
            text=self._text.layout({**values, **text}).strip() + "\n",
            sms=sms.fit(
                text[_SMS],
                [line.product for line in lines],
                self._text.says("item"),
                unicode=self._text.says("sms_alphabet") == "unicode",
            ),
        )

    def sources(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Name and content of each file that a message of this kind may show."""
        files = (f"{kind.value}.jinja", "words.jinja", "layout.html", "layout.txt", "draw.html", "draw.txt")
        for path in self._paths:
            for file in files:
                if (path / file).is_file():
                    yield f"{path.name}/{file}", (path / file).read_bytes()


class _Medium:
    """One of the two environments: prose is the same in both, `draw` and `layout` differ."""

    def __init__(self, paths: tuple[Path, ...], suffix: str) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=_Loader(paths, suffix),
            autoescape=suffix == "html",
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.filters["flow"] = _flow
        self._environment.globals["draw"] = self._environment.get_template("draw").module
        self._words = self._environment.get_template("words").module
        self._environment.globals["say"] = self._words
        self._layout = self._environment.get_template("layout")

    def blocks(self, kind: Kind, values: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
        """The named blocks of a kind's template in words; "" for one that it leaves out."""
        template = self._environment.get_template(kind.value)
        context = template.new_context(values)
        written = template.blocks
        return {name: "".join(written[name](context)).strip() if name in written else "" for name in names}

    def layout(self, values: dict[str, Any]) -> str:
        return self._layout.render(values)

    def says(self, name: str) -> str:
        """A constant of words.jinja, "" if it has none of that name."""
        return str(getattr(self._words, name, ""))


class _Loader(BaseLoader):
    """`layout` is layout.html or layout.txt by medium; everything else is the same .jinja for both."""

    def __init__(self, paths: tuple[Path, ...], suffix: str) -> None:
        self._paths = paths
        self._suffix = suffix

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        for path in self._paths:
            for file in (path / f"{template}.{self._suffix}", path / f"{template}.jinja"):
                if file.parent == path and file.is_file():
                    return file.read_text(encoding="utf-8"), str(file), None
        raise TemplateNotFound(template)


def _flow(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())
