"""What a customer's text says, and which question it answers. Pure.

A digit of any script, or a plain word as the whole text, is an answer; a sentence is for a person. In doubt
whether somebody wants no more texts, they want none (47 CFR 64.1200(a)(10)).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Literal

from backorder.domain.notifications import DIGIT_KINDS, Facts, Kind
from backorder.domain.opt_out_sentences import (
    LIKE_STOP,
    NEARLY,
    NO_OPT_OUT,
    NOT_NEAR_STOP,
    OPT_OUT_PATTERNS,
    ORDER_WITHIN,
)
from backorder.domain.text_words import (
    CARRIERS,
    COURTESY,
    HELP,
    KEEP,
    OPT_IN,
    OPT_OUT,
    OPT_OUT_OR_ORDER,
    OPT_OUT_WITHIN,
    REFUND,
)

Meaning = Literal["stop", "start", "help", "keep", "cancel", "reaction", "unclear"]
CHOICES: tuple[Literal["keep", "cancel"], ...] = ("keep", "cancel")
"""What the digits of a question stand for, from 1 on."""
READ_BY_THEN = timedelta(minutes=2)
"""Machine time since a question was accepted within which a text can hardly answer it."""
_QUOTED = 12
"""Letters of ours in quotation marks by which a phone's reaction is known."""
_UNSEEN = frozenset("\ufe0f\ufe0e\u20e3")
_AROUND, _NOT_AROUND = frozenset(" `<>"), frozenset("%‰&@/\\")
_HINDI = {0x093C: None, 0x0901: 0x0902}
"""A dot below that many leave out, and a nasal sign that is written in two ways."""
_SLIPS_WORDS = 3
"""Words of a text, at most, in which a slip is taken for what was meant."""
_PHONES_WORDS = 7
"""Words that a phone puts around what it quotes, at most, like "Removed an exclamation mark from"."""
_REACTS = ("reacted", "removed", "reagi", "reaccion", "प्रतिक्रिया")
"""How words begin of which a phone writes one beside what was tapped on: "Hat mit 1️⃣ auf … reagiert"."""
_TAPPED = re.compile("[0-9]\ufe0f?\u20e3")
"""A keycap: with such words it is the sign that was tapped, and without them a digit that somebody typed."""
_DOUBLE = frozenset('“”„‟«»‹›"「」『』')
_QUOTES = re.compile('[“”„‟«»‹›"‘’‚「」『』]')


def _whole_words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


@cache
def _asked_within() -> re.Pattern[str]:
    """Compiled where a text is read: most processes read none, and it takes half a second."""
    return _whole_words(*map(re.escape, OPT_OUT_WITHIN), *OPT_OUT_PATTERNS)


_NOTHING_ASKED = _whole_words(*NO_OPT_OUT)
_ORDER_WITHIN = _whole_words(*ORDER_WITHIN)
_COURTEOUS = "|".join(map(re.escape, COURTESY))
_COURTESY_AROUND = re.compile(rf"^(?:(?:{_COURTEOUS})\W+)+|(?:\W+(?:{_COURTEOUS}))+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a text says.

    doubt: it may not be meant so, and a person reads it as well. order: it may be meant for the order.
    carriers: they know the word, act on it and answer it themselves.
    """

    meaning: Meaning
    doubt: bool = False
    order: bool = False
    carriers: bool = False


NO_ANSWERS: tuple[str, ...] = ("+91",)
"""Where texts cannot be answered, by the beginning of the number: India's senders have names."""


def asks_for_digit(kind: Kind, items: Sequence[Facts], number: str) -> bool:
    """Whether a text asks for a digit: of several lines only if one answer can be meant for all of them, and
    of no part of a line, since a digit is about all that is open.
    """
    if any(each.part_of_line for each in items):
        return False
    same = len({_terms(each) for each in items}) == 1
    return kind in DIGIT_KINDS and same and not number.startswith(NO_ANSWERS)


def may_ask(lines: Collection[str], waiting: Collection[str]) -> bool:
    """Whether a text about some lines may ask for a digit. waiting: lines whose questions were texted to the
    number and are open.

    While one of another line is, a digit would not say which it answers; a newer text about the same lines
    takes the place of the one before.
    """
    return set(waiting) <= set(lines)


def _terms(facts: Facts) -> tuple[object, ...]:
    """What an answer is about: the choices, the dates, and the deadline."""
    dates = (facts.likely, facts.by, facts.ask_until, facts.parts, facts.last_day)
    return (facts.why, facts.silence, *dates, facts.answer_by, facts.ends_on)


UNCLEAR = Reading(meaning="unclear")


def read(body: str, *, languages: Sequence[str] = (), ours: Iterable[str] = ()) -> Reading:
    """What a text says.

    languages: of the customers with that number, like "de"; English is always understood. ours: what went
    to the number lately, which phones quote when somebody taps on it.
    """
    if _is_reaction(body, ours):
        return _beside_the_quotation(body, languages)
    words = _folded(body)
    if choice := _digit(words):
        return Reading(meaning=choice)
    if words in OPT_OUT | OPT_OUT_OR_ORDER:
        return Reading(meaning="stop", order=words in OPT_OUT_OR_ORDER, carriers=words in CARRIERS)
    if _spelled(words) in OPT_OUT or _COURTESY_AROUND.sub("", words) in OPT_OUT:
        return Reading(meaning="stop")
    if words in OPT_IN:
        return Reading(meaning="start")
    if words in HELP:
        return Reading(meaning="help")
    for language in ("en", *languages):
        if words in KEEP.get(language, ()):
            return Reading(meaning="keep")
        if words in REFUND.get(language, ()):
            return Reading(meaning="cancel")
    asking = _NOTHING_ASKED.sub("", words)
    if _asked_within().search(asking):
        return Reading(meaning="stop", doubt=True, order=bool(_ORDER_WITHIN.search(asking)))
    if _is_nearly_stop(_COURTESY_AROUND.sub("", words)) or _has_slip(asking):
        return Reading(meaning="stop", doubt=True)
    return UNCLEAR


def _is_nearly_stop(word: str) -> bool:
    """Whether the whole text is a slip of "stop": one letter more, less, other or changed with the next."""
    if word in NOT_NEAR_STOP:
        return False
    once = re.sub(r"(\w)\1+", r"\1", word)
    return bool({word, once} & LIKE_STOP) or (word.isalnum() and bool({word, once} & _slips("stop")))


def _has_slip(words: str) -> bool:
    """Whether a text of a few words has a longer one that is written with a slip."""
    said = re.findall(r"\w+", words)
    return len(said) <= _SLIPS_WORDS and any(
        word not in (meant, *NOT_NEAR_STOP) and word in _slips(meant) for word in said for meant in NEARLY
    )


@lru_cache(maxsize=len(NEARLY) + 1)
def _slips(word: str) -> frozenset[str]:
    letters = string.ascii_lowercase + string.digits
    cut = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    more = {a + letter + b for a, b in cut for letter in letters}
    other = {a + letter + b[1:] for a, b in cut if b for letter in letters}
    less = {a + b[1:] for a, b in cut if b}
    changed = {a + b[1] + b[0] + b[2:] for a, b in cut if len(b) > 1}
    return frozenset(more | other | less | changed)


def _folded(body: str) -> str:
    """Lower case, without accents on Latin letters, what nobody sees, and what stands around the words."""
    seen = "".join(
        letter for letter in body if letter not in _UNSEEN and unicodedata.category(letter) != "Cf"
    )
    text = unicodedata.normalize("NFKC", seen).replace("’", "'").casefold()
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not "\u0300" <= letter <= "\u036f"
    )
    words = " ".join(unicodedata.normalize("NFC", bare.translate(_HINDI)).split())
    first, last = 0, len(words)
    while first < last and _is_around(words[first]):
        first += 1
    while first < last and _is_around(words[last - 1]):
        last -= 1
    return words[first:last]


def _is_around(sign: str) -> bool:
    """Whether it is a mark of punctuation, of any script, that may stand before or after a whole text."""
    return sign in _AROUND or (unicodedata.category(sign).startswith("P") and sign not in _NOT_AROUND)


def _spelled(words: str) -> str:
    """A word that is written letter by letter, or drawn out: s.t.o.p, stoppp."""
    runs = re.findall(r"\w+", words)
    word = "".join(runs) if all(len(each) == 1 for each in runs) else words
    return re.sub(r"(\w)\1+$", r"\1", word)


def _digit(words: str) -> Literal["keep", "cancel"] | None:
    """The choice whose digit, in any script, is the whole text."""
    if len(words) != 1 or not words.isdecimal():
        return None
    number = unicodedata.decimal(words)
    return CHOICES[number - 1] if 1 <= number <= len(CHOICES) else None


def _is_reaction(body: str, ours: Iterable[str]) -> bool:
    """Whether a phone wrote it: it quotes what we had written."""
    if not _QUOTES.search(body):
        return False
    quoted = [" ".join(part.rstrip("… ").split()) for part in _QUOTES.split(body)[1:]]
    starts = {" ".join(_QUOTES.sub("", text).split())[:_QUOTED] for text in ours}
    return any(part[:_QUOTED] in starts for part in quoted if len(part) >= _QUOTED)


def _beside_the_quotation(body: str, languages: Sequence[str]) -> Reading:
    """What a text says that quotes ours: a phone adds a few words of its own, and people what they want."""
    marks = [place for place, sign in enumerate(body) if sign in _DOUBLE] or [
        place for place, sign in enumerate(body) if _QUOTES.match(sign)
    ]
    beside = f"{body[: marks[0]]} {body[marks[-1] + 1 :]}"
    found = read(beside, languages=languages)
    if found.meaning == "stop":
        return Reading(meaning="stop", doubt=True, order=found.order)
    words = re.findall(r"\w+", _TAPPED.sub("", beside) if _is_by_tapping(beside) else beside)
    by_phone = (
        found.meaning == "unclear" and len(words) <= _PHONES_WORDS and not any(map(str.isdecimal, words))
    )
    return Reading(meaning="reaction") if by_phone else UNCLEAR


def _is_by_tapping(beside: str) -> bool:
    """Whether what stands beside a quotation is a phone's "1️⃣ to", or says that somebody reacted."""
    words = _folded(_TAPPED.sub("", beside)).split()
    return words == ["to"] or any(each.startswith(_REACTS) for each in words)


@dataclass(frozen=True, kw_only=True, slots=True)
class TextQuestion:
    """A question that was texted. id: of its send. accepted_at: when the provider took it, machine time.

    lines: of which it asks, with the revision of the date that each was shown. waiting: those of them that
    still wait for an answer. digits: it named them; otherwise it is answered by its link.
    """

    id: str
    accepted_at: datetime
    lines: tuple[tuple[str, int | None], ...]
    waiting: frozenset[str]
    digits: bool = True

    @property
    def open(self) -> bool:
        """Whether one of its lines still waits for an answer."""
        return bool(self.waiting)

    @property
    def about(self) -> frozenset[str]:
        """The lines of which it asks."""
        return frozenset(line for line, _ in self.lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answering:
    """Which question a text answers. question: None for none. several: more than one is open. by_link: the
    one that it would answer named no digits. closed: what it is about then, and waits for no answer any more:
    the newest that named them, or where nothing waits the newest of all.
    """

    question: TextQuestion | None = None
    several: bool = False
    by_link: bool = False
    closed: TextQuestion | None = None


def answering(questions: Iterable[TextQuestion], received_at: datetime) -> Answering:
    """The question that a digit or word belongs to.

    The only open one to that number: of those about the same lines the newest that was accepted two minutes
    before, else the one before it. Where another line waits for an answer too, nobody knows which is meant.
    Where none is open any more, the newest that was asked: its lines say what the answer still does.
    A text that named no digits is answered by its link, unless one before it about the same lines named them:
    that one is answered then. A digit after it may be meant for an older one that named them and is closed.
    """
    asked = sorted(questions, key=lambda each: (each.accepted_at, each.id), reverse=True)
    candidates = [each for each in asked if each.open] or asked
    if not candidates:
        return Answering()
    newest = candidates[0]
    mine = [each for each in asked if each.about & newest.about]
    read_by_then = (each for each in mine if each.accepted_at <= received_at - READ_BY_THEN)
    found = next(read_by_then, mine[-1])
    waiting = frozenset[str]().union(*(each.waiting for each in candidates))
    if not waiting <= found.about:
        return Answering(several=True)
    of_these = (each for each in mine[mine.index(found) :] if each.about == found.about)
    question = next((each for each in of_these if each.digits), None)
    if question is not None:
        return Answering(question=question)
    closed = next((each for each in asked if each.digits and not each.open), None)
    return Answering(by_link=True, closed=closed or (None if newest.open else newest))
