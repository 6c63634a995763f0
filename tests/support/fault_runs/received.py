"""What people got, by the records of who took it alone: what came twice, too late, or not at all."""

from __future__ import annotations

import re
from calendar import month_abbr
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from tests.support.fault_runs.story import MOVED, STATED, Story, Told
from tests.support.fault_runs.world import World

WAITS, DELAYED, SOONER, CANCELLED, SHIPPED = range(5)
"""What a text says, in the order in which a line may hear it."""
SAYS = (
    (SHIPPED, re.compile(r"on (the|its|their) way")),
    (CANCELLED, re.compile(r"^cancelled: |(is|are) cancelled")),
    (SOONER, re.compile(r"sooner")),
    (DELAYED, re.compile(r"delayed")),
    (WAITS, re.compile(r"ships|backorder|date")),
)
_DAY = re.compile(r"(\d{1,2}) (\w{3})\w* (\d{4})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text that a provider took. says: one of the above, None for something else. by: a date in it."""

    to: str
    words: str
    says: int | None
    by: date | None

    @property
    def about(self) -> str:
        """Its first words, and to whom."""
        return f"{self.to}: {self.words[:70]!r}"


class Received:
    """What the providers of a world, or its stored outbox, took for the lines of its story."""

    def __init__(self, world: World, story: Story) -> None:
        self._world = world
        self._story = story

    @cached_property
    def texts(self) -> dict[str, list[Text]]:
        """By line, in the order in which they were taken."""
        mine: dict[str, list[Text]] = defaultdict(list)
        for text in [*self._mails(), *self._short_ones(), *self._filed()]:
            for line in self._story.cast:
                if line.to == text.to and re.search(rf"\b{line.product}(?!\d)", text.words):
                    mine[line.id].append(text)
        return mine

    def twice(self) -> list[str]:
        """What a person was told again, though nothing had changed meanwhile."""
        return [f"told twice: {text.about}" for texts in self.texts.values() for text in _repeated(texts)]

    def disordered(self) -> list[str]:
        """What came after something that had overtaken it, or cannot be read."""
        return [f"out of order: {text.about}" for texts in self.texts.values() for text in _late(texts)]

    def lost(self, handed_over: Collection[str]) -> list[str]:
        """What people were to be told and were not. handed_over: lines of which a person takes care."""
        lines = [line for line in self._story.cast if line.id not in handed_over]
        missing = ((line, self._missing(line)) for line in lines)
        return [f"{line.id} never got {what}" for line, what in missing if what]

    def _missing(self, line: Told) -> str:
        texts = self.texts[line.id]
        if not texts:
            return "a word"
        says, dates = {text.says for text in texts}, [text.by for text in texts if text.by is not None]
        if line.ships:
            return "" if SHIPPED in says else "that it has shipped"
        if line.fate == "cancelled":
            return "" if CANCELLED in says else "that it is cancelled"
        promised = (self._story.began + (MOVED if line.fate == "moves" else STATED)).date()
        return "" if dates and dates[-1] >= promised else f"a date from {promised} on"

    def _mails(self) -> Iterator[Text]:
        for mail in tuple(self._world.mail.accepted):
            words = f"{mail.body['subject']}\n{mail.body['content'][0]['value']}"
            yield _text(self._world.mail.addressee(mail), str(mail.body["subject"]), words)

    def _short_ones(self) -> Iterator[Text]:
        for short in tuple(self._world.texts.accepted):
            words = str(short.body["Body"])
            yield _text(self._world.texts.addressee(short), words, words)

    def _filed(self) -> Iterator[Text]:
        """What the stored outbox took, which is the provider where there is none."""
        filed = (
            "SELECT address, subject, text FROM sends WHERE provider_id LIKE 'outbox-%' ORDER BY claimed_at"
        )
        for row in self._world.rows(filed):
            yield _text(row.address, row.subject or row.text, f"{row.subject}\n{row.text}")


def _text(to: str, head: str, words: str) -> Text:
    """head: the part of the words that says what it is about."""
    says = next((each for each, form in SAYS if form.search(head.lower())), None)
    found = _DAY.search(head)
    by = _day(*found.groups()) if found else None
    return Text(to=to, words=words, says=says, by=by if says in (WAITS, DELAYED, SOONER) else None)


def _day(day: str, month: str, year: str) -> date:
    return date(int(year), list(month_abbr).index(month), int(day))


def _repeated(texts: Sequence[Text]) -> Iterator[Text]:
    said = set[tuple[int | None, date | None]]()
    for text in texts:
        if (text.says, text.by) in said:
            yield text
        said.add((text.says, text.by))


def _late(texts: Sequence[Text]) -> Iterator[Text]:
    last = WAITS
    for text in texts:
        if text.says is None or text.says < last:
            yield text
        last = max(last, text.says or WAITS)
