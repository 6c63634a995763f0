"""The compiled templates of one language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from backorder.domain.means_of_payment import bare, spelt
from backorder.domain.notifications import COMMERCIAL_KINDS, Kind
from backorder.messaging import formats, gsm, sms
from backorder.messaging.colours import Tint
from backorder.messaging.dlt import LONGEST
from backorder.messaging.legal_words import missing_words
from backorder.messaging.message_content import MessageContent, Rendered
from backorder.messaging.ship_windows import PartView, Window
from backorder.messaging.template_files import ReadFile, on_disk
from backorder.messaging.template_variables import (
    AlternativeChoice,
    Line,
    Names,
    ShopView,
    line_of,
    variables,
)

if TYPE_CHECKING:
    from babel import Locale


_EMAIL = ("subject", "tag", "headline", "intro", "details", "next", "you", "action", "small")
_SMS, _CALL = "sms", "call"
AUTOMATIC = "automatic"
SHORT, _OTHER = "dlt", "other"
_HELD = "\N{NO-BREAK SPACE}"
_BREAKS = re.compile(r"[ \t\r\n\f\v]+")
_NUMBERED = re.compile(r">[^<>{]*(?:\d|&amp;|\b[Ee]-[Mm]ail)[^<>{]*<(?!/textarea|/title)")
"""Text between two tags that names a number, a mail or this & that: most names none, and what follows takes
its time. A style sheet, with its braces, is none, and neither is what somebody typed, nor a title."""
_PIECES = re.compile(r"(\d) × (?=\S)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2}(?:\.|er)?) (de )?(?=[^\s\d<>]{2,12}(?:(?: de)? \d{4}\b|\s?–| (?:und|y|et|e) )[^<>]*<)"
)  # 9. Mai 2026, 16 de mayo de 2026, 16 de mayo y
_COUNTED = re.compile(
    r"(?<![^\s>(])((?:\d{1,2}:)?\d{1,3}) (?=(?:[^\W\d_]{3,}|[\u0900-\u0963]{2,})[^<>]*<)"
)  # vowel signs are no letters to re
_SHARE = re.compile(r"(?<![^\s>(])(\d{1,3}) (of|von|de|sur) (?=\d{1,3}(?!\d)[^<>]*<)")  # 1 de 3
_ALONE = re.compile(r"(?<=[^\W\d_]) (?=\d{1,2}\xa0?[:,]\s[^<>]*<)")  # Faltan | 2: el envío
_YEAR = re.compile(r"(?<= de) (?=\d{4}\b[^<>]*<)")  # 16 de mayo | de 2026
_MONTH_FIRST = re.compile(
    r"(?<=[^\s\d<>]) (?=\d{1,2}"
    r"(?:(?:\s?–\s?(?:[^\s\d<>]+ )?\d{1,2})?, \d{4}\b|\sand [^\s\d<>]+ \d{1,2},)[^<>]*<)"
)  # May 9, 2026, May 9 and
_YEAR_OF_DAY = re.compile(
    rf"(?<!\d)(\d{{1,2}}(?:\.|er)?{_HELD}[^\s\d<>]{{2,12}}|{_HELD}\d{{1,2}},) (?=\d{{4}}\b[^<>]*<)"
)  # 9. Mai | 2026, May 9, | 2026
_PAIR = re.compile(r"(?<![^\s>])([^\s<>&]{1,12}) &amp; (?=[^\s<>&]{1,12}[\s<])")  # Lumen & Oak
_AND = re.compile(r"(?<=[^\s>]) (?=&amp;\s)")
_PHONE = re.compile(r"\+\d+(?: \d+)+(?=[^<>]*<)")
_MAIL = re.compile(r"\b([Ee])-([Mm]ail)(-?)(?=[^<>]*<)")  # E-Mail-Adresse


class Language:
    """Templates found in `paths`, the first that has a file wins. Compiled when first used.

    name: of the language, like pt, whose plurals count. read: how a file is read.
    """

    def __init__(self, name: str, paths: tuple[Path, ...], read: ReadFile) -> None:
        self.name = name
        self._paths = paths
        self._read = read
        self._html = _Medium(name, paths, "html", read)
        self._text = _Medium(name, paths, "txt", read)

    def render(self, content: MessageContent, locale: Locale) -> Rendered:
        """The message in words, its values in the forms of a Babel locale."""
        names = Names()
        values: dict[str, object] = {**variables(content, locale, names)}
        values["language"] = str(locale).replace("_", "-")
        values["direction"] = locale.text_direction
        text = self._text.blocks(content.kind.value, values, (*_EMAIL, _SMS))
        rich = self._html.blocks(content.kind.value, values, _EMAIL)
        return Rendered(
            subject=_flow(text["subject"]),
            html=unbroken(
                self._html.layout({**values, **{name: Markup(words) for name, words in rich.items()}})  # noqa: S704
            ),
            text=self._text.layout({**values, **text}).strip() + "\n",
            sms=sms.fit(
                text[_SMS],
                names.all,
                self._text.says("item"),
                unicode=self.is_unicode,
            ),
        )

    def lacks(self, content: MessageContent, rendered: Rendered, locale: Locale) -> tuple[str, ...]:
        """The parts that the law wants said and that a message in words lacks."""
        lines = tuple(line_of(item, locale, Names()) for item in content.items)
        return missing_words(content, rendered, lines, self._text.phrases, unicode=self.is_unicode)

    def spoken(self, content: MessageContent, locale: Locale) -> str:
        """What is read out on a call instead of the letter."""
        values: dict[str, object] = {**variables(content, locale, Names())}
        return _flow(self._text.blocks(content.kind.value, values, (_CALL,))[_CALL])

    def automatic(
        self, name: str, shop: ShopView, *, on: str = "", links: str = "", products: Sequence[str] = ()
    ) -> str:
        """What is texted back by itself. on: the day that it names; links: the addresses that it gives;
        products: of which it speaks, where it does not of all.
        """
        names = Names()
        item = ", ".join(map(names.mark, products))
        values: dict[str, object] = {"shop": shop, "on": on, "links": links, "item": item}
        text = self._text.blocks(AUTOMATIC, values, (name,))[name]
        if products:
            return sms.fit(text, names.all, self._text.says("item"), unicode=self.is_unicode)
        return _flow(text) if self.is_unicode else gsm.plain(text)

    def short(self, kind: Kind, words: dict[str, object], names: Names | None = None) -> str:
        """The text of a kind for where texts are registered. words: what it is about, and its links.

        A kind that has no text of its own there says that there is news.
        """
        values = {"unsubscribe": "", "link": "", **words}
        if kind not in COMMERCIAL_KINDS:
            values["unsubscribe"] = ""
        said = self._text.blocks(SHORT, values, (kind.value, _OTHER))
        text = said[kind.value] or said[_OTHER]
        marks = names.all if names else ()
        item, unicode = self._text.says("item"), self.is_unicode
        return sms.fit(text, marks, item, unicode=unicode, most=LONGEST)

    def items(self, count: str) -> str:
        """What stands for the product in a short text about several."""
        return self._text.blocks(SHORT, {"count": count}, ("items",))["items"]

    @property
    def is_unicode(self) -> bool:
        """Whether its texts keep letters that GSM-7 does not have."""
        return self._text.says("sms_alphabet") == "unicode"

    def sources(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Name and content of each file that a message of this kind may show."""
        files = (
            f"{kind.value}.jinja",
            "words.jinja",
            f"{SHORT}.jinja",
            "layout.html",
            "layout.txt",
            "draw.html",
            "draw.txt",
        )
        for path in self._paths:
            for file in files:
                content = self._read(path / file)
                if content is not None:
                    yield f"{path.name}/{file}", content


class _Medium:
    """One of the two environments: prose is the same in both, `draw` and `layout` differ."""

    def __init__(self, name: str, paths: tuple[Path, ...], suffix: str, read: ReadFile) -> None:
        self._environment = environment(name, paths, suffix, read)
        self.phrases = cast(SimpleNamespace, self._environment.globals["say"])
        self._layout = self._environment.get_template("layout")

    def blocks(self, file: str, values: dict[str, object], names: tuple[str, ...]) -> dict[str, str]:
        """The named blocks of a template in words; "" for one that it leaves out."""
        template = self._environment.get_template(file)
        context = template.new_context(values)
        written = template.blocks
        return {name: "".join(written[name](context)).strip() if name in written else "" for name in names}

    def layout(self, values: dict[str, object]) -> str:
        return self._layout.render(values)

    def says(self, name: str) -> str:
        """A constant of words.jinja, "" if it has none of that name."""
        return str(getattr(self.phrases, name, ""))


def unbroken(html: str) -> str:
    """HTML in which no line ends within 2 × lamp, Lumen & Oak, 3 pieces, 1 of 3, a phone number, an e-mail,
    between a day and its month or a month and its year, nor before a number that a colon or a comma follows.

    Days and numbers in attributes and in a field for words stay as they are: a form gives back what it was
    given.
    """
    return _NUMBERED.sub(lambda found: _unbroken(found[0]), html)


def _unbroken(html: str) -> str:
    """See `unbroken`. html: what stands from the end of one tag to the beginning of the next."""
    html = _PIECES.sub(f"\\1{_HELD}×{_HELD}", html)
    html = _DAY_FIRST.sub(lambda found: f"{found[1]}{_HELD}{f'de{_HELD}' if found[2] else ''}", html)
    html = _SHARE.sub(f"\\1{_HELD}\\2{_HELD}", html)
    html = _COUNTED.sub(f"\\1{_HELD}", html)
    html = _YEAR.sub(_HELD, html)
    html = _MONTH_FIRST.sub(_HELD, html)
    html = _YEAR_OF_DAY.sub(f"\\1{_HELD}", html)
    html = _ALONE.sub(_HELD, html)
    html = _AND.sub(_HELD, _PAIR.sub(f"\\1{_HELD}&amp;{_HELD}", html))
    html = _MAIL.sub(lambda found: found[0].replace("-", "\N{NON-BREAKING HYPHEN}"), html)
    return _PHONE.sub(lambda found: found[0].replace(" ", _HELD), html)


_WRITTEN = {"colon": ":", "letter_spacing": ".08em"}
"""What stands between a label and its value, and between the letters of a label: 0 for letters that join."""


def environment(name: str, paths: tuple[Path, ...], suffix: str, read: ReadFile = on_disk) -> Environment:
    """Where the templates of a language are compiled: `say` has its phrases, `draw` its shapes.

    name: of the language, like pt. suffix: html or txt, of what differs by medium. read: how a file is read.
    """
    found = _Sandbox(
        loader=_Loader(paths, suffix, read),
        autoescape=suffix == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    found.filters |= {"flow": _flow, "tight": _tight, "plural": partial(plural, formats.known(name, name))}
    found.filters |= {"unsplit": _unsplit if suffix == "html" else str, "renamed": _renamed}
    # Words draw, and what is drawn looks as the language writes: its constants are read first.
    constants = merged(found, paths, "words", read)
    found.globals |= {name: getattr(constants, name, usual) for name, usual in _WRITTEN.items()}
    found.globals["draw"] = found.get_template("draw").module
    found.globals["say"] = merged(found, paths, "words", read)
    return found


def merged(found: Environment, paths: Sequence[Path], file: str, read: ReadFile = on_disk) -> SimpleNamespace:
    """The phrases of several files of one name, each from the first folder that has it: a shop may change a
    single one.
    """
    phrases: dict[str, object] = {}
    for at in reversed(range(len(paths))):
        if read(paths[at] / f"{file}.jinja") is not None:
            macros = vars(found.get_template(f"{at}/{file}").make_module())
            phrases |= {name: phrase for name, phrase in macros.items() if name[0] != "_"}
    return SimpleNamespace(**phrases)


_OPEN = frozenset({SimpleNamespace, Line, Window, PartView, AlternativeChoice, ShopView, Tint})


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with a short way to the fields of the views: half of a message's time otherwise."""

    def getattr(self, obj: object, attribute: str) -> object:
        if type(obj) in _OPEN and attribute[0] != "_":
            try:
                return getattr(obj, attribute)
            except AttributeError:
                pass
        return super().getattr(obj, attribute)


class _Loader(BaseLoader):
    """`layout` is layout.html or layout.txt by medium; everything else is the same .jinja for both.

    A name like 0/words asks for the file of one folder, by its number.
    """

    def __init__(self, paths: tuple[Path, ...], suffix: str, read: ReadFile) -> None:
        self._paths = paths
        self._suffix = suffix
        self._read = read

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        at, _, name = template.rpartition("/")
        paths = self._paths[int(at) : int(at) + 1] if at.isdecimal() else () if at else self._paths
        for path in paths:
            for file in (path / f"{name}.{self._suffix}", path / f"{name}.jinja"):
                content = self._read(file) if file.parent == path else None
                if content is not None:
                    return _text(content), str(file), None
        raise TemplateNotFound(template)


def _text(content: bytes) -> str:
    """A file's text, whatever ends its lines."""
    return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _tight(text: str) -> str:
    """Indented lines under their headings: no blank line but one before each heading."""
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(line if line.startswith(" ") else f"\n{line}" for line in lines if line)


def _flow(text: str) -> str:
    """The text on one line. Spaces that must not break stay what they are, and what is HTML stays that."""
    flown = _BREAKS.sub(" ", text).strip()
    return Markup(flown) if isinstance(text, Markup) else flown  # noqa: S704


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """A list of things, each by another name where it has one. names: by the usual ones, in small letters."""
    return ", ".join(names.get(bare(each), spelt(each)) for each in text.split(", "))


def _unsplit(text: str, numbers: Sequence[str] | None = None) -> Markup:
    """A number that no line ends within, at its hyphens neither, and no comma behind it begins one; one that
    may be wider than the page still breaks.

    numbers: those that the text names, where it is more than a number.
    """
    if numbers is None:
        return _held(text)
    words = escape(text)
    for each in filter(None, numbers):
        words = words.replace(escape(each), _held(each))
    return words


def _held(number: str) -> Markup:
    kind = "number" if len(number) <= _FITS else "number long"
    return Markup('<span class="{}">{}</span>').format(kind, number)


_FITS = 16
"""Characters of a number that fit a phone in the largest letters of a mail."""


def plural(locale: Locale, count: int, *, other: str, **forms: str) -> str:
    """The form for a count by the language's own rules: zero, one, two, few, many, other (CLDR)."""
    return forms.get(locale.plural_form(count), other)
