"""A shop's own templates, looked at before anybody is written to with them: each fault with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import get_args

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from backorder.domain.notifications import COMMERCIAL_KINDS, KINDS, LEGAL_KINDS, SUPPLIER_KINDS, Kind, Why
from backorder.messaging import formats
from backorder.messaging.automatic_texts import AutomaticText
from backorder.messaging.customer_links import OPT_OUT, PAGE, SUPPLIER
from backorder.messaging.examples import TOKEN, example
from backorder.messaging.language import AUTOMATIC, SHORT, environment
from backorder.messaging.legal_words import PHRASES
from backorder.messaging.message_content import MessageContent, Shop
from backorder.messaging.render import BUILT_IN, LAST_RESORT, SHARED, Renderer
from backorder.messaging.template_variables import Line, Names, ShopView, variables

MOST = 20
"""Faults that are told at once, at most."""
_PAGES = ("page", "supplier_page")
_WORDS = "words"
_FILES = (*KINDS, _WORDS, *_PAGES, AUTOMATIC, SHORT)
_SHAPES = frozenset({"say", "draw", "page", "supplier", "colon", "letter_spacing", "self", "caller", "loop"})
_PASSED = frozenset({"language", "direction", "item", "unsubscribe", "link", "links", "on"})
_FIELDS: Mapping[str, frozenset[str]] = {
    "line": frozenset(each.name for each in fields(Line)),
    "shop": frozenset(each.name for each in fields(ShopView)),
}
"""What the variables have whose fields are known before anything is rendered."""
FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a template at fault raises."""
_CLASS = re.compile(r"'[\w.]+\.(\w+) object'")
_AUTOMATIC: tuple[AutomaticText, ...] = get_args(AutomaticText)
_TODAY = date(2026, 11, 27)


def faults_of(shop: Shop) -> list[str]:
    """What is wrong with a shop's own templates, with file and line; nothing where it has none."""
    folder = shop.templates
    if folder is None:
        return []
    if not folder.is_dir():
        return [f"{folder}: there is no such folder"]
    found = list(dict.fromkeys(islice(_in_files(folder), MOST + 1)))
    found = found or list(dict.fromkeys(islice(_in_words(shop, folder), MOST + 1)))
    return found if len(found) <= MOST else [*found[:MOST], "and more like these"]


# --- what can be seen without rendering


def _in_files(folder: Path) -> Iterator[str]:
    for place in sorted(each for each in folder.iterdir() if not each.name.startswith(".")):
        if place.is_file():
            if place.suffix in (".jinja", ".html", ".txt"):
                yield f"{place}: templates stand in a folder of their locale, such as {folder / 'de'}"
        elif place.name != SHARED and not _is_locale(place.name):
            yield f"{place}: this is no locale; name the folder like de or pt_BR, or {SHARED} for the look"
        else:
            for file in sorted(each for each in place.iterdir() if each.is_file()):
                yield from _in_file(file)


def _is_locale(name: str) -> bool:
    from babel import Locale, UnknownLocaleError

    try:
        return bool(formats.chain(name)) and bool(Locale.parse(name.split("_")[0]))
    except (UnknownLocaleError, ValueError):
        return False


def _in_file(file: Path) -> Iterator[str]:
    if file.name.startswith(".") or file.suffix == ".md":
        return
    known = _known_files(file.parent.name)
    if file.name not in known:
        yield f"{file}: there is no template of that name{_meant(file.name, known)}"
        return
    try:
        tree = _language().parse(file.read_text(encoding="utf-8"))
        unknown = [*_unknown_names(file, tree)]
    except TemplateSyntaxError as error:
        yield f"{file}, line {error.lineno}: {error.message}"
    except UnicodeDecodeError as error:
        yield f"{file}: is not UTF-8 ({error.reason} at byte {error.start})"
    else:
        yield from unknown
        yield from _legal_phrases(file, tree)


@cache
def _language() -> Environment:
    """One that knows every filter of templates."""
    return environment(LAST_RESORT, (BUILT_IN / LAST_RESORT, BUILT_IN / SHARED), "html")


def _known_files(place: str) -> list[str]:
    looks = [each.name for each in (BUILT_IN / SHARED).iterdir()]
    return looks if place == SHARED else [*(f"{name}.jinja" for name in _FILES), "layout.html", "layout.txt"]


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _unknown_names(file: Path, tree: nodes.Template) -> Iterator[str]:
    """Variables that no template has, and fields that its variables lack. The look is laid out from more."""
    if file.suffix != ".jinja":
        return
    known = _SHAPES | _PASSED | set(_usual())
    made = {each.name for each in tree.find_all(nodes.Name) if each.ctx != "load"}
    for name in sorted(find_undeclared_variables(tree) - known - made):
        lines = [each.lineno for each in tree.find_all(nodes.Name) if each.name == name]
        where = f", line {min(lines)}" if lines else ""
        yield f"{file}{where}: there is no variable {name}{_meant(name, known)}"
    for each in tree.find_all(nodes.Getattr):
        if isinstance(each.node, nodes.Name) and each.attr not in _FIELDS.get(each.node.name, {each.attr}):
            near = _meant(each.attr, _FIELDS[each.node.name])
            yield f"{file}, line {each.lineno}: {each.node.name} has no {each.attr}{near}"


def _usual() -> Mapping[str, object]:
    content = example(Kind.CONFIRMED, Shop(name=""), today=_TODAY)
    return variables(content, formats.known("en", "en"), Names())


def _legal_phrases(file: Path, tree: nodes.Template) -> Iterator[str]:
    """The law's own phrases of a language that is built in are no shop's to change."""
    built_in = any(
        (BUILT_IN / name / f"{_WORDS}.jinja").is_file() for name in formats.chain(file.parent.name)
    )
    if file.stem != _WORDS or not built_in:
        return
    for each in tree.find_all(nodes.Macro):
        if each.name in PHRASES:
            yield (
                f"{file}, line {each.lineno}: {each.name} says what the law wants said of a delay, "
                "and stays as it is; take it out"
            )


# --- what shows when they are put into words


def _in_words(shop: Shop, folder: Path) -> Iterator[str]:
    own = sorted(each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    built_in = sorted(each.name for each in BUILT_IN.iterdir() if each.is_dir() and each.name != SHARED)
    renderer = Renderer((folder,))
    for locale in built_in if SHARED in own else own:
        yield from _lacking_phrases(folder, locale)
        for kind in Kind:
            for content in _contents(kind, shop, locale):
                yield from _rendered(renderer, content, folder)
        for name in _AUTOMATIC:
            try:
                renderer.automatic(name, shop, locale)
            except FAULTS as error:
                yield _where(error, folder, f"{folder / locale / AUTOMATIC}.jinja")
        if (file := folder / locale / f"{SHORT}.jinja").is_file():
            yield from _short_texts(renderer, shop, file)


def _short_texts(renderer: Renderer, shop: Shop, file: Path) -> Iterator[str]:
    """Of the texts to India: each kind about one line, and one about several."""
    locale, folder = file.parent.name, file.parent.parent
    sent = example(Kind.CONFIRMED, shop, today=_TODAY, locale=locale)
    several = replace(sent, items=(sent.items[0],) * 2, registered=True)
    short = partial(renderer.short_text, shop=shop, locale=locale, item="", link="", unsubscribe="")
    texts: list[Callable[[], object]] = [partial(renderer.render, several)]
    texts += [partial(short, each) for each in Kind if each not in SUPPLIER_KINDS]
    for write in texts:
        try:
            write()
        except FAULTS as error:
            yield _where(error, folder, str(file))


def _lacking_phrases(folder: Path, locale: str) -> Iterator[str]:
    """Words that English has for pages, and a language of the shop's own lacks."""
    names = [*formats.chain(locale)]
    for page in (f"{each}.jinja" for each in _PAGES):
        if any((BUILT_IN / name / page).is_file() for name in names):
            continue
        file = next((f for name in names if (f := folder / name / page).is_file()), None)
        if file is None:
            continue
        wanted, there = (_macros(each) for each in (BUILT_IN / LAST_RESORT / page, file))
        for name in sorted(wanted - there):
            yield f"{file}: it lacks the macro {name}, which the English one has"


def _macros(file: Path) -> set[str]:
    tree = _language().parse(file.read_text(encoding="utf-8"))
    return {each.name for each in tree.find_all(nodes.Macro)}


def _contents(kind: Kind, shop: Shop, locale: str) -> Iterator[MessageContent]:
    """Messages of a kind, for one line and for several, with a page and without."""
    usual = example(kind, shop, today=_TODAY, locale=locale)
    one = usual.items[0]
    singles = [replace(one, facts=replace(one.facts, quantity=1))]
    if kind in LEGAL_KINDS:
        asked = replace(one.facts, silence="nothing", answer_by=None, ends_on=None)
        singles += [replace(one, facts=asked), replace(one, facts=replace(one.facts, refundable=False))]
        agreed = replace(one.facts, silence="agreed", ends_on=None)
        undated = replace(one.facts, likely=None, by=None, why=Why.NO_SUPPLY)
        until = replace(one.facts, ask_until=_TODAY + timedelta(days=40))
        singles += [replace(one, facts=each) for each in (agreed, undated, until)]
    purpose = SUPPLIER if kind in SUPPLIER_KINDS else PAGE
    page, way_out = (f"https://shop.example/{each}/{TOKEN}" for each in (purpose, OPT_OUT))
    for items in ((one,), *((each,) for each in singles), (one, *singles)):
        content = replace(usual, items=items)
        yield content
        yield replace(content, link=page, unsubscribe=way_out if kind in COMMERCIAL_KINDS else "")


def _rendered(renderer: Renderer, content: MessageContent, folder: Path) -> Iterator[str]:
    file = folder / content.locale / f"{content.kind.value}.jinja"
    try:
        rendered = renderer.render(content)
        parts = renderer.lacks(content, rendered)
    except FAULTS as error:
        yield _where(error, folder, str(file))
        return
    for part in parts:
        yield f"{file}: its mail or its text does not say {part}, and the law wants that in both"
    if content.unsubscribe and not all(
        content.unsubscribe in each for each in (rendered.html, rendered.text, rendered.sms)
    ):
        yield f"{file}: a promotion must show {{{{ unsubscribe }}}}, the way out of promotions"


def _where(error: Exception, folder: Path, usual: str) -> str:
    """An error in a template's words, with the last place in the shop's own templates that led to it."""
    place, trace = usual, error.__traceback__
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None and str(template.filename).startswith(str(folder)):
            place = f"{template.filename}, line {template.get_corresponding_lineno(trace.tb_lineno)}"
        trace = trace.tb_next
    if isinstance(error, TemplateSyntaxError):
        place = f"{error.filename}, line {error.lineno}"
    what = error.message if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    return f"{place}: {_CLASS.sub(lambda found: found[1].lower(), what or '')}"
