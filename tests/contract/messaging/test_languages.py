"""Every language says what English says: the same kinds, blocks, phrases and facts, in its own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest
from jinja2 import Environment, nodes

import backorder.messaging
from backorder.domain.line.refusals import Refusal
from backorder.domain.notifications import Facts, Kind, Part, Why
from backorder.messaging import formats, gsm
from backorder.messaging.automatic_texts import AutomaticText, automatic_text
from backorder.messaging.examples import example
from backorder.messaging.message_content import MessageContent, Rendered, Shop
from backorder.messaging.page import reader
from backorder.messaging.render import render
from backorder.messaging.template_variables import short
from tests.contract.messaging.french_marks import held, unspaced
from tests.contract.messaging.situations import SHOP, SITUATIONS, content
from tests.support.rendering import WRONG, Reader
from web.customer_page.contact_choices import MANY_ADDRESSES, NO_NUMBER, TEXTS_STOPPED
from web.customer_page.line_choices import LEFT

TEMPLATES = Path(backorder.messaging.__file__).parent / "templates"
LANGUAGES = sorted({path.name for path in TEMPLATES.iterdir() if path.is_dir()} - {"en", "shared"})
PAGES = ("page.jinja", "supplier_page.jinja")
GRAMMAR = frozenset({"count", "open", "line", "left", "undated", "length", "first", "last"})
"""What only picks a form or walks through a list; a language uses it as it needs."""
HINDI = "hi"
"""The one script here that GSM-7 does not have."""
ENGLISH = re.compile(
    r"\b(the|and|you|your|we|this|that|with|from|have|has|ships?|order|date|items?|bank transfer)\b",
    re.IGNORECASE,
)
SHARED = {"pt": {"item"}, "fr": {"date"}}
"""Words that a language has in common with English."""


@cache
def parsed(path: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def constants(tree: nodes.Template) -> set[str]:
    assigned = (node.target for node in tree.body if isinstance(node, nodes.Assign))
    return {target.name for target in assigned if isinstance(target, nodes.Name)}


def blocks(tree: nodes.Template) -> Mapping[str, nodes.Block]:
    return {block.name: block for block in tree.find_all(nodes.Block)}


class Phrases:
    """The macros of words.jinja or page.jinja, and what each of them shows."""

    def __init__(self, *trees: nodes.Template) -> None:
        self.macros = {macro.name: macro for tree in trees for macro in tree.find_all(nodes.Macro)}
        self._shown: dict[str, frozenset[str]] = {}

    def shown(self, node: nodes.Node) -> frozenset[str]:
        """The facts and shapes that a node shows and the values that it tells apart, its phrases included."""
        return frozenset(self._used(node)) - GRAMMAR

    def _used(self, node: nodes.Node) -> Iterator[str]:
        for part in node.find_all((nodes.Getattr, nodes.Call, nodes.Filter, nodes.Compare)):
            if isinstance(part, nodes.Compare):
                told_apart = (each.value for each in part.find_all(nodes.Const))
                yield from (f"={value}" for value in told_apart if isinstance(value, str) and value != "1")
            elif isinstance(part, nodes.Call):
                yield from self._said(_phrase(part.node))
            elif isinstance(part, nodes.Getattr):
                drawn = isinstance(part.node, nodes.Name) and part.node.name == "draw"
                yield from () if _phrase(part) else (f"draw.{part.attr}" if drawn else part.attr,)
            elif isinstance(part, nodes.Filter) and part.name in ("map", "selectattr"):
                given = (*part.args, *(each.value for each in part.kwargs))
                yield from (each.value for each in given if isinstance(each, nodes.Const))

    def _said(self, name: str) -> frozenset[str]:
        if name in self.macros and name not in self._shown:
            self._shown[name] = frozenset()
            self._shown[name] = self.shown(self.macros[name])
        return self._shown.get(name, frozenset())


def _phrase(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "say":
        return node.attr
    return node.name if isinstance(node, nodes.Name) else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_block_phrase_and_fact_of_english_is_there(language: str) -> None:
    english, other = TEMPLATES / "en", TEMPLATES / language
    files = {path.name for path in english.iterdir()} - {"dlt.jinja"}
    found = {path.name for path in other.iterdir()}
    assert found - {"dlt.jinja"} == files  # the texts to India are in its languages
    files |= found & {"dlt.jinja"}
    theirs, mine = parsed(english / "words.jinja"), parsed(other / "words.jinja")
    assert constants(theirs) <= constants(mine)
    wanted, own = Phrases(theirs), Phrases(mine)
    for name, macro in wanted.macros.items():
        assert name in own.macros, f"words.jinja lacks {name}"
        arguments = [argument.name for argument in own.macros[name].args]
        assert arguments == [argument.name for argument in macro.args], name
    for file in sorted(files - {"words.jinja", *PAGES}):
        ours, model = blocks(parsed(other / file)), blocks(parsed(english / file))
        assert set(ours) == set(model), file
        for name, block in model.items():
            says, owes = own.shown(ours[name]), wanted.shown(block)
            assert says == owes, (file, name, "missing", owes - says, "too much", says - owes)


@pytest.mark.parametrize("file", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_pages_is_there(language: str, file: str) -> None:
    """On pages: one macro a word, which shows and tells apart what the English one does."""
    trees = {name: parsed(TEMPLATES / name / file) for name in ("en", language)}
    english, other = (Phrases(parsed(TEMPLATES / name / "words.jinja"), tree) for name, tree in trees.items())
    for name, macro in Phrases(trees["en"]).macros.items():
        assert name in Phrases(trees[language]).macros, f"{file} lacks {name}"
        arguments = [argument.name for argument in other.macros[name].args]
        assert arguments == [argument.name for argument in macro.args], name
        assert other.shown(other.macros[name]) == english.shown(macro), name
    words = " ".join(data.data for data in trees[language].find_all(nodes.TemplateData))
    left = {found[0].lower() for found in ENGLISH.finditer(words)} - SHARED.get(language, set())
    assert not left


def test_every_reason_why_something_is_not_done_has_words_of_its_own() -> None:
    """On the customers’ page; the other languages tell apart what English does."""
    macro = Phrases(parsed(TEMPLATES / "en" / "page.jinja")).macros["why_not"]
    told_apart = {each.value for test in macro.find_all(nodes.Compare) for each in test.find_all(nodes.Const)}
    assert told_apart == {*(each.value for each in Refusal), LEFT, NO_NUMBER, TEXTS_STOPPED, MANY_ADDRESSES}


# --- what is said

NAMES = re.compile(
    r"Fell & Fjord|(Kestrel|Heron|Merlin 3) tent|Gannet[\w -]*|https?://\S+|Our van|14 Quay Street"
)
HALTED = re.compile(r"[\u0900-\u097f]\.(\s|$)|।{2}")
"""A full stop where Hindi has a danda."""


def situations(kind: Kind) -> Iterator[MessageContent]:
    """Situations of one and of three by turns, with a page and without; then some of them together."""
    found = [*SITUATIONS[kind].values()]
    found = found[:: len(found) // 17 + 1]
    for turn, facts in enumerate(found):
        said = replace(facts, quantity=facts.quantity or (1, 3)[turn % 2])
        sent = content(kind, said, business=turn % 5 == 4)
        yield replace(sent, digits=turn % 4 == 1) if turn % 3 else replace(sent, link="")
    yield content(kind, *(replace(facts, quantity=facts.quantity or 1) for facts in (found * 4)[:4]))


@cache
def in_english(kind: Kind) -> tuple[tuple[MessageContent, Mapping[str, str]], ...]:
    return tuple((sent, parts_of(render(sent))) for sent in situations(kind))


def parts_of(rendered: Rendered) -> Mapping[str, str]:
    page = Reader(rendered.html)
    html = f"{page.text} {' '.join(page.links)}"
    return {"subject": rendered.subject, "text": rendered.text, "html": html, "sms": rendered.sms}


def facts_in(words: str, sent: MessageContent, locale: str) -> set[str]:
    """Which dates, sums, codes and names of a letter its words show."""
    forms = formats.known(locale, locale, sent.region)
    words = squeezed(words)
    found = set()
    for item in sent.items:
        for fact, shapes in shapes_of(item.facts, forms):
            if any(shows(words, form) for shape in shapes for form in {squeezed(shape), gsm.plain(shape)}):
                found.add(fact)
    others = {"link": sent.link, "opt-out": sent.unsubscribe, "order": sent.items[0].order}
    return found | {fact for fact, shape in others.items() if shape and shape in words}


def shows(words: str, shape: str) -> bool:
    """Whether words hold a shape, and not as the end or the beginning of a longer number."""
    at = words.find(shape) if shape else -1
    while at >= 0:
        before, after = words[:at][-1:], words[at + len(shape) :][:1]
        if before not in tuple("0123456789,.") and not after.isdigit():
            return True
        at = words.find(shape, at + 1)
    return False


def squeezed(words: str) -> str:
    return " ".join(words.replace("\u2009", "").replace("–", "-").split())


def shapes_of(facts: Facts, forms: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each fact and the ways it may be written."""
    for day in days_of(facts):
        yield day.isoformat(), (formats.day(day, forms), formats.brief_day(day, forms))
    for likely, by in ((facts.likely, facts.by), *((part.likely, part.by) for part in facts.parts)):
        if likely and by and likely < by:
            yield from ((day.isoformat(), (formats.span(likely, by, forms),)) for day in (likely, by))
    others = (*facts.alternatives, *((facts.chosen,) if facts.chosen else ()))
    for money in (facts.refund, facts.shipping, *(other.price for other in others)):
        if money:
            yield f"{money.amount}", (formats.money(money, forms),)
    yield from (("name", (other.name[:14],)) for other in others)
    for shape in (facts.code, facts.tracking, facts.carrier, facts.ticket, facts.purchase_order):
        yield shape, (shape,)
    if facts.percent is not None:
        yield "percent", (formats.percent(facts.percent, forms),)


def days_of(facts: Facts) -> Iterator[date]:
    told = (facts.likely, facts.by, facts.previous_by, facts.since, facts.refund_by, facts.refund_sent_on)
    rest = (facts.valid_until, facts.until, facts.answer_by, facts.ends_on, facts.due)
    asked = (facts.ask_until, facts.last_day)
    parts = (day for part in facts.parts for day in (part.likely, part.by))
    yield from (day for day in (*told, *rest, *asked, *parts) if day)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_facts_are_said_in_each_part(language: str) -> None:
    for sent, english in (each for kind in Kind for each in in_english(kind)):
        other = render(replace(sent, locale=language))
        parts = parts_of(other)
        for part, words in parts.items():
            # Paragraph by paragraph: a date in the wrong sentence is no better than none.
            said = [facts_in(each, sent, language) for each in words.split("\n\n")]
            wanted = [facts_in(each, sent, "en") for each in english[part].split("\n\n")]
            assert said == wanted, (sent.kind, part, words)
        _assert_written(language, parts)
        assert len(other.subject) < 120, other.subject
        assert gsm.ALPHABET.issuperset(other.sms) != (language == HINDI), other.sms
        # The law wants every part of a question in the text, for each line.
        each = len(sent.items) if sent.kind is Kind.CONSENT_REQUEST else 1
        assert gsm.segments(other.sms) <= each * (5 if language == HINDI else 3), other.sms


def _assert_written(language: str, parts: Mapping[str, str]) -> None:
    """Whole words of the language alone, in its own typography."""
    for part, words in parts.items():
        bare = NAMES.sub("N", words)
        assert words.strip(), part
        if (part, language) != ("sms", "fr"):
            assert not (found := WRONG.search(words)), (part, words, found)
        left = {found[0].lower() for found in ENGLISH.finditer(bare)} - SHARED.get(language, set())
        assert not left, (part, left, words)
        if language == "fr" and part != "html":
            mark = unspaced(held(bare) if part == "sms" else bare)
            assert not mark, (part, mark, words)
        if language == HINDI:
            assert not (found := HALTED.search(bare)), (part, found, words)
        if language == "es":
            assert bare.count("?") == bare.count("¿"), (part, words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_of_each_kind_costs_little(language: str) -> None:
    """One text; two where more must be said, three at most in a script that GSM-7 does not have."""
    for kind in Kind:
        sms = render(example(kind, SHOP, today=date(2026, 11, 27), locale=language)).sms
        longer = kind in (Kind.ALTERNATIVES, Kind.CONSENT_REQUEST, Kind.PART_SHIPPED)
        assert gsm.segments(sms) <= (3 if language == HINDI else 2 if longer else 1), sms


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_texted_back_by_itself_is_said_in_every_language(language: str) -> None:
    for shop in (SHOP, Shop(name="")):
        for name in get_args(AutomaticText):
            text = automatic_text(name, shop, language, on=date(2026, 9, 23))
            assert text != automatic_text(name, shop, "en", on=date(2026, 9, 23))
            assert not {found[0] for found in ENGLISH.finditer(NAMES.sub("N", text))} - {"item"}, text
            assert gsm.segments(text) <= (3 if language == HINDI else 1), text
            link = "https://fellfjord.test/b/Zk3vQ9rT1mXw8yHc2LpNbA"
            text = automatic_text(name, shop, language, on=date(2026, 9, 23), links=[link, link])
            assert text.count(link) == (0 if name in ("help", "stopped") else 2), text


def test_a_name_is_never_cut_within_a_letter() -> None:
    name = "किताबों की क्षमता वाली अलमारी, ओक, पीतल के हैंडल"
    for limit in range(4, len(name)):
        cut = short(name, limit)
        assert len(cut) <= limit
        after = name[len(cut) - 1 :][:1]
        assert unicodedata.category(after or " ")[0] != "M", cut
        assert not cut.endswith("\u094d…"), cut


def test_hindi_speaks_of_several_in_the_plural_and_of_units_as_units() -> None:
    """The names of products are Latin: only what follows tells whether one or several are meant."""
    one = re.compile(
        r"\b[2-9]\d? × (?:(?! का )[^।,:\n])*?((भेजा|दिया) जाएगा|(कर|भेज) दिया है|करना पड़ा|मिलना (है|था)"
        r"|(?<!जितना )होना चाहिए|रखा (है|था)|हुआ है|माँगा था|पूरा )"
    )
    foreign = re.compile(r"ऑर्डर पर (है|रहे|:)|देय|\b\d+ – \d+ \w+[^,।]* तक,|\.$")
    for kind in Kind:
        for name, facts in SITUATIONS[kind].items():
            words = render(replace(content(kind, replace(facts, quantity=facts.quantity or 2)), locale=HINDI))
            for text in (words.subject, words.text, words.sms):
                assert not one.search(text), (kind, name, text)
                assert not foreign.search(text), (kind, name, text)
    for here, right in ((1, "है"), (2, "हैं")):
        later = Part(quantity=1, likely=None, by=date(2027, 4, 2))
        parts = (Part(quantity=here, likely=None, by=None), later)
        facts = Facts(quantity=here + 1, parts=parts, set_aside=here, why=Why.UNSENT)
        words = render(replace(content(Kind.STILL_WAITING, facts), locale=HINDI))
        said = re.findall(r"रख[ाे] (हैं?)(?!\w)", f"{words.text} {words.sms}".replace("\N{NO-BREAK SPACE}", " "))
        assert set(said) == {right}, (here, words.text)
    page = reader(HINDI).words
    for count, end in ((1, "रवाना हुआ।"), (2, "रवाना हुए।")):
        sent = SimpleNamespace(on="3 मार्च 2026", quantity=str(count), count=count, carrier="DHL")
        assert str(page.parcel(sent, True)).endswith(end)


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_one_unit_that_is_here_is_spoken_of_as_one(language: str) -> None:
    each = SimpleNamespace(line=SimpleNamespace(quantity="3"))
    one, two = (str(reader(language).words.send_now_what(each, units)) for units in ("1", "2"))
    assert one.replace("1", "2") != two


def test_a_short_number_stays_whole_and_a_long_one_may_break() -> None:
    """A line begins with no comma of its own; none is wider than a phone."""
    number = reader("en").words.order_number
    assert number("A-77") == 'Order <span class="number">A-77</span>'
    assert number("A-77" * 5) == f'Order <span class="number long">{"A-77" * 5}</span>'


def test_a_last_day_is_named_where_its_end_is() -> None:
    """Not as "then", after other days were named; and what would ship after it is expected, not promised."""
    promises = {
        "en": r"(They|It|tent) ships? ",
        "de": r"(erfolgt z|: Versand \d)",
        "es": r"(saldrá e|: env[ií]o \d)",
    }
    promises |= {"fr": r"expédition \d", "hi": r"दिए जाएँगे।|(\d|बीच) भेजेंगे", "pt": r"(será feito e|: envio \d)"}
    for language in ("en", "de", "es", "fr", "hi", "pt"):
        facts = SITUATIONS[Kind.LAST_DAY_REMINDER]
        sent = replace(content(Kind.LAST_DAY_REMINDER, facts["window"]), locale=language)
        assert not re.search(promises[language], render(sent).text + render(sent).sms), language
        for sent in (
            replace(content(Kind.LAST_DAY_REMINDER, each), locale=language) for each in facts.values()
        ):
            last, words = sent.items[0].facts.last_day, render(sent)
            if last:
                shown = formats.day(last, formats.known(language, language, sent.region))
                assert words.text.count(shown) >= 3, (language, words.text)


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_store_credit_is_said_in_words_and_waits_for_no_bank(language: str) -> None:
    """Nor does what was cancelled after it had come back so, or a gift card or cash."""
    refunded = SITUATIONS[Kind.REFUNDED]["store credit"]
    cancelled = SITUATIONS[Kind.CANCELLED]["customer sent"]
    banks = r"(?i)bank|banco|banque|बैंक"
    raw = r"STORE_CREDIT|storeCredit|GIFT_CARD|CASH" + ("" if language == "en" else r"|card\b|cash\b")
    for means, waits in (
        ("STORE_CREDIT", False),
        ("card, STORE_CREDIT", True),
        ("GIFT_CARD", False),
        ("storeCredit, CASH", False),
        ("", True),
    ):
        for kind, facts in ((Kind.REFUNDED, refunded), (Kind.CANCELLED, cancelled)):
            said = render(replace(content(kind, replace(facts, means=means)), locale=language))
            for words in (said.text, said.sms) if kind is Kind.REFUNDED else (said.text,):
                assert not re.search(raw, words), words
                assert bool(re.search(banks, words)) is waits, words


@pytest.mark.parametrize(
    ("means", "said"),
    [
        ("CARD", "card"),
        ("storeCredit", "store credit"),
        ("PayPal", "PayPal"),
        ("PayPal_Balance", "PayPal Balance"),
        ("SEPA_TRANSFER", "SEPA transfer"),
        ("UPI_COLLECT", "UPI collect"),
        ("sofort_banking", "sofort banking"),
    ],
)
def test_a_programs_own_name_of_a_way_to_pay_is_written_as_people_write_it(means: str, said: str) -> None:
    found = replace(SITUATIONS[Kind.REFUNDED]["by"], means=means)
    assert f" by {said}." in render(content(Kind.REFUNDED, found)).sms
