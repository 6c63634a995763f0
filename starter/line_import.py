"""Order lines on their way in, out of a file or a body: a verdict on each, an order whole or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from backorder.domain.tasks import human_task
from backorder.domain.texts import fault_of_id
from backorder.errors import BackorderError, RefusedError
from backorder.failures import in_words, kind_of, passes
from backorder.schemas import OrderLine
from backorder.services.open_line import Opened
from backorder.services.services import Services
from starter.client import Backorders
from starter.files.orders import (
    BrokenOffError,
    Order,
    OrderBatch,
    id_of,
    in_batches,
    named,
    order_of,
    orders,
    repeated,
)
from starter.files.tables import Entry
from starter.files.verdict import (
    REFUSED,
    STARTED,
    THERE,
    WOULD_START,
    EntryVerdict,
    faults_of,
    plain,
    with_others,
)

log = logging.getLogger(__name__)
STARTS_AT_ONCE = 64
"""Workflows that are being started at the same time."""
AHEAD = 400
"""Lines that may be on record before their workflows have been started."""
Record = Callable[[Sequence[OrderLine]], Awaitable[Sequence[Opened | BackorderError]]]
_Results = Sequence[Opened | BackorderError]
_Waiting = deque[EntryVerdict | asyncio.Task[EntryVerdict]]


class LineImport:
    """The lines of one file or body. away: how many are on record and start when Temporal is back.

    parse: a line out of its fields; raises RefusedError. word: what an entry's number counts. repeated: what
    is wrong with an ID that stands there more than once, for who has seen all of them before.
    """

    def __init__(
        self,
        services: Services,
        parse: Callable[[Mapping[str, object]], OrderLine],
        *,
        word: str,
        repeated: Callable[[str, int], str | None] = lambda id, number: None,
    ) -> None:
        self._intake = services.intake
        self._parse = parse
        self._word = word
        self._repeated = repeated
        self._refused: dict[str, _Wrong] = {}
        self._reached = False
        self.away = 0

    def foresee(self, entries: Iterable[Entry]) -> None:
        """Refuse the orders of faulty entries, also for what stands before them. For orders whose entries do
        not stand together.
        """
        for entry in entries:
            found = self.parsed(entry)
            if not isinstance(found, EntryVerdict):
                found = self._checked(entry, found)
            if found.verdict == REFUSED:
                self._refuse(entry)

    def check(self, entries: Iterable[Entry]) -> Iterator[EntryVerdict]:
        """A verdict on each entry, with nothing written."""
        for order in orders(entries):
            found = [
                (entry, each if isinstance(each, EntryVerdict) else self._checked(entry, each))
                for entry, each in self._parsed(order)
            ]
            for verdict in self._whole(found):
                yield replace(verdict, verdict=WOULD_START) if verdict.verdict == STARTED else verdict

    def _checked(self, entry: Entry, line: OrderLine) -> EntryVerdict:
        try:
            found = self._intake.check(line)
        except BackorderError as error:
            return _refused(entry, faults_of(error))
        except Exception as error:  # noqa: BLE001 it is said, and the next line read
            return _refused(entry, [self._in_words(error, entry)])
        verdict, warnings = STARTED if found.new else THERE, (*line.warnings, *found.warnings)
        return EntryVerdict(line=entry.number, id=id_of(entry.raw), verdict=verdict, warnings=warnings)

    def _whole(self, found: Sequence[tuple[Entry, EntryVerdict]]) -> Iterator[EntryVerdict]:
        """The verdicts on an order: where one line is refused, none that is new is taken."""
        self._refuse_all(entry for entry, verdict in found if verdict.verdict == REFUSED)
        for entry, verdict in found:
            wrong = self._refused.get(order_of(entry))
            if wrong is not None and verdict.verdict == STARTED:
                words = (self._not_whole(wrong),)
                verdict = replace(verdict, verdict=REFUSED, faults=words, warnings=(), remarks=())
            yield verdict

    def _refuse_all(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._refuse(entry)

    def _refuse(self, entry: Entry) -> None:
        """Nothing more of an entry's order is taken."""
        if (order := order_of(entry)) and order not in self._refused:
            begun = "" if fault_of_id(order) else self._intake.one_of(order)
            self._refused[order] = _Wrong(entry.number, begun)

    def _not_whole(self, wrong: _Wrong) -> str:
        words = f"{self._word} {wrong.number} of this order is refused"
        return f"{words}, and an order is taken whole or not at all{_begun(wrong)}"

    async def start(
        self,
        client: Backorders,
        entries: Iterator[Entry],
        *,
        record: Record | None = None,
        ready: Callable[[], bool] = lambda: True,
        executor: Executor | None = None,
    ) -> AsyncGenerator[Sequence[EntryVerdict]]:
        """Put every order on record that can be, and start the workflows behind that.

        Yields verdicts in the order of the entries; nothing more is read before they are taken. record: in
        place of the client's. ready: whether there is another entry at once. executor: where they are read.
        Raises BrokenOffError where the entries do, once what was there is on record.
        """
        slots = asyncio.Semaphore(1)
        waiting: _Waiting = deque()
        batches, loop = in_batches(entries, ready), asyncio.get_running_loop()
        broken: BrokenOffError | None = None
        try:
            while batch := await loop.run_in_executor(executor, lambda: self._read(batches)):
                lines = [found for _, found in batch.found if not isinstance(found, EntryVerdict)]
                results = await (record or client.record)(lines) if lines else ()
                waiting.extend(self._followed(client, slots, batch, results))
                await loop.run_in_executor(executor, partial(self._refuse_lost, batch, results))
                async for verdicts in _told(waiting, AHEAD if ready() else 0):
                    yield verdicts
                if broken := batch.broken:
                    break
            async for verdicts in _told(waiting, 0):
                yield verdicts
        finally:
            for each in waiting:
                if isinstance(each, asyncio.Task):
                    each.cancel()
        if broken is not None:
            raise broken

    def _followed(
        self, client: Backorders, slots: asyncio.Semaphore, batch: _Parsed, results: _Results
    ) -> Iterator[EntryVerdict | asyncio.Task[EntryVerdict]]:
        """What becomes of each entry of a batch. results: of those that were lines."""
        found = iter(results)
        for entry, line in batch.found:
            yield (
                line
                if isinstance(line, EntryVerdict)
                else self._follow(client, slots, entry, line, next(found))
            )

    def _refuse_lost(self, batch: _Parsed, results: _Results) -> None:
        """Nothing more is taken of the orders that the database refused."""
        entries = (entry for entry, line in batch.found if not isinstance(line, EntryVerdict))
        for entry, result in zip(entries, results, strict=True):
            if isinstance(result, BackorderError):
                self._refuse(entry)

    def _follow(
        self,
        client: Backorders,
        slots: asyncio.Semaphore,
        entry: Entry,
        line: OrderLine,
        found: Opened | BackorderError,
    ) -> EntryVerdict | asyncio.Task[EntryVerdict]:
        if isinstance(found, BackorderError):
            return _refused(entry, faults_of(found))
        verdict = EntryVerdict(
            line=entry.number,
            id=found.id,
            verdict=STARTED if found.new else THERE,
            warnings=(*line.warnings, *found.warnings),
            remarks=tuple(human_task(flag).what for flag in found.flags),
        )
        if found.started:
            return verdict
        return asyncio.create_task(self._begin(client, slots, found, verdict))

    async def _begin(
        self, client: Backorders, slots: asyncio.Semaphore, opened: Opened, verdict: EntryVerdict
    ) -> EntryVerdict:
        async with slots:
            # While it is away nobody asks it: the sweep starts what is on record.
            if client.is_away or not await client.begin(opened):
                return self._later(verdict)
            if not self._reached:
                # The first one goes alone: what does not answer is asked once.
                self._reached = True
                for _ in range(STARTS_AT_ONCE - 1):
                    slots.release()
        return verdict

    def _later(self, verdict: EntryVerdict) -> EntryVerdict:
        self.away += 1
        words = "is on record and starts once Temporal answers again"
        return replace(verdict, remarks=(*verdict.remarks, words))

    def _read(self, batches: Iterator[OrderBatch]) -> _Parsed | None:
        """The next batch, checked as far as that needs no database."""
        batch = next(batches, None)
        if batch is None:
            return None
        parsed = [each for order in batch.orders for each in self._parsed(order)]
        self._refuse_all(entry for entry, each in parsed if isinstance(each, EntryVerdict))
        return _Parsed([(entry, self._judged(entry, each)) for entry, each in parsed], batch.broken)

    def _judged(self, entry: Entry, found: OrderLine | EntryVerdict) -> OrderLine | EntryVerdict:
        """A line that is to go on record; the verdict on one that is refused, or whose order is."""
        wrong = self._refused.get(order_of(entry))
        if wrong is None:
            return found
        if not isinstance(found, EntryVerdict):
            return _refused(entry, [*self._unknown(found), self._not_whole(wrong)])
        return replace(found, faults=(*found.faults, _begun(wrong)[2:])) if wrong.begun else found

    def _parsed(self, order: Order) -> list[tuple[Entry, OrderLine | EntryVerdict]]:
        twice = repeated(order)
        return [(entry, self.parsed(entry, twice.get(id_of(entry.raw)))) for entry in order]

    def parsed(self, entry: Entry, twice: tuple[int, int] | None = None) -> OrderLine | EntryVerdict:
        """The line that an entry states; the verdict on one that states none.

        twice: two numbers under which its ID stands in its order.
        """
        faults = list(entry.faults)
        id = id_of(entry.raw)
        if words := self._repeated(id, entry.number) or self._twice(id, entry.number, twice):
            faults.append(words)
        if not entry.raw:
            return _refused(entry, faults or ["is empty"])
        try:
            line = self._parse(entry.raw)
        except RefusedError as error:
            return _refused(entry, with_others(faults, error.faults))
        except Exception as error:  # noqa: BLE001 likewise
            return _refused(entry, [*faults, self._in_words(error, entry)])
        return _refused(entry, with_others(faults, self._unknown(line))) if faults else line

    def _unknown(self, line: OrderLine) -> Sequence[str]:
        """What the record knows to be wrong with a line that is refused for something else."""
        return self._intake.unknown(line.sku, line.policy)

    def _twice(self, id: str, number: int, twice: tuple[int, int] | None) -> str | None:
        if twice is None:
            return None
        other = twice[1] if number == twice[0] else twice[0]
        return f'order_id, line_id: "{id}" is also in {self._word} {other}'

    def _in_words(self, error: Exception, entry: Entry) -> str:
        """What is the matter with a line that nobody expected: no reason to leave out the next one.

        Raises what the machine or its database is to blame for, which the next line would meet too.
        """
        if passes(error):
            raise error
        log.error("%s %d cannot be read", self._word, entry.number, exc_info=error)
        return f"cannot be read: {kind_of(error)}, {in_words(error)}"


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Why nothing of an order is taken. number: of an entry that is refused. begun: a line of it that is on
    record all the same, "" for none.
    """

    number: int
    begun: str


def _begun(wrong: _Wrong) -> str:
    return f"; {wrong.begun} of this order is on record already" if wrong.begun else ""


class _Parsed:
    def __init__(
        self, found: Sequence[tuple[Entry, OrderLine | EntryVerdict]], broken: BrokenOffError | None
    ) -> None:
        self.found = found
        self.broken = broken


async def _told(waiting: _Waiting, most: int) -> AsyncIterator[Sequence[EntryVerdict]]:
    """The verdicts that are there, in their order, until no more than so many are outstanding."""
    found: list[EntryVerdict] = []
    while waiting:
        first = waiting[0]
        if isinstance(first, asyncio.Task):
            if not first.done():
                if len(waiting) <= most:
                    break
                if found:
                    yield found
                    found = []
            first = await first
        found.append(first)
        waiting.popleft()
    if found:
        yield found


def _refused(entry: Entry, faults: Iterable[str]) -> EntryVerdict:
    return EntryVerdict(line=entry.number, id=plain(named(entry)), verdict=REFUSED, faults=tuple(faults))
