"""What a run comes to, counted at the providers, in the database and at Temporal."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from backorder.domain.line.step import UNDELIVERED
from backorder.domain.message_look_ups import SENDS_AT_MOST
from backorder.queries.case_view import case
from backorder.queries.due_work import undone
from backorder.queries.views import CaseView
from tests.support.audit import faults
from tests.support.fault_runs.exposed import exposed
from tests.support.fault_runs.received import Received
from tests.support.fault_runs.story import Story, Told
from tests.support.fault_runs.world import World
from workflows.ids import backorder_id

HOT, HOT_A_LINE = 150, 30
"""Events of one workflow, of all its runs, beyond which it did what it did again and again: of a line's, and
how many more for each line of a workflow that serves many."""
TRIES = 20
"""How often a message may be handed over, with rests that grow, while nobody takes it for a while."""
NOTICEABLE = timedelta(days=2)
"""From here on another date is worth a message; the policy's `min_slip`."""
_LINE = backorder_id("")
_PENDING = "('planned', 'claimed', 'unknown')"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """A run in numbers. told: lines of which all that there is to say has gone, or a person was called when
    what is said once was lost as often as it is sent; lost: the others.

    handed_over: those of the first of which a person was called. twice: what people were told twice, by the
    providers' records, and messages that went twice by ours. disordered: texts that came after what had
    overtaken them. stuck: lines with something undone. hot: workflows with too long a history, and messages
    that were tried too often; longest: the longest history of a line. oversold: what does not add up in the
    warehouse. wrong: anything else, in words.
    """

    told: int
    handed_over: int
    twice: int
    disordered: int
    lost: int
    stuck: int
    hot: int
    longest: int
    oversold: int
    wrong: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether the trouble left no trace."""
        counted = (self.twice, self.disordered, self.lost, self.stuck, self.hot, self.oversold)
        return not (any(counted) or self.wrong)


class Reckoning:
    """What one world's story came to."""

    def __init__(self, world: World, story: Story) -> None:
        self._world = world
        self._story = story

    def calm(self) -> bool:
        """Whether everything there is to say is said, and nothing is left to be done; the cheapest first."""
        return not (
            self._on_their_way() or self._paused() or self._undone() or self._untold() or self._stuck()
        )

    async def figures(self) -> Figures:
        """The run in numbers, each thing that is not as it should be named in `wrong` too."""
        untold, stuck = self._untold(), self._stuck() | await self._without_workflow()
        by_hand, received = {line for line, _ in self._handed_over()}, Received(self._world, self._story)
        twice = [*received.twice(), *self._twice()]
        disordered, lost = received.disordered(), received.lost(by_hand)
        lengths = await self._lengths()
        hot = [*self._hot(lengths), *self._tried_too_often()]
        oversold = faults(self._world.services.engine, 0)
        wrong = [*self._world.wrong, *self._undone(), *self._paused(), *twice, *disordered, *lost, *oversold]
        wrong += [f"{id} was not told {what}" for id, what in untold.items()]
        wrong += [f"{id} is stuck" for id in sorted(stuck)]
        wrong += await asyncio.to_thread(lambda: list(exposed(self._world)))
        return Figures(
            told=self._world.lines - len(untold),
            handed_over=len(by_hand),
            twice=len(twice),
            disordered=len(disordered),
            lost=max(len(untold), len(lost)),
            stuck=len(stuck),
            hot=len(hot),
            longest=max((each for id, each in lengths.items() if id.startswith(_LINE)), default=0),
            oversold=len(oversold),
            wrong=(*wrong, *hot),
        )

    def _hot(self, lengths: Mapping[str, int]) -> Iterator[str]:
        """Workflows that did what they did again and again. Who serves many lines may do so for each."""
        for id, length in lengths.items():
            if length > (HOT if id.startswith(_LINE) else HOT + HOT_A_LINE * self._world.lines):
                yield f"{id} has {length} events"

    def _tried_too_often(self) -> Iterator[str]:
        tried = "SELECT id, attempts FROM messages WHERE attempts > :most"
        for row in self._world.rows(tried, most=TRIES):
            yield f"message {row.id} was tried {row.attempts} times"

    # --- what people know

    def _untold(self) -> dict[str, str]:
        """Lines whose customer does not know how it stands, and what is missing."""
        steps = Counter((row.backorder, row.step.partition("/")[0]) for row in self._gone())
        steps += self._handed_over()
        revisions = {(row.backorder, row.revision) for row in self._gone()}
        found = {line.id: self._missing(line, steps, revisions) for line in self._story.cast}
        return {id: what for id, what in found.items() if what}

    def _missing(
        self, line: Told, steps: Counter[tuple[str, str]], revisions: set[tuple[str, int | None]]
    ) -> str:
        if line.fate == "cancelled":
            return "" if steps[line.id, "cancelled"] else "that it is cancelled"
        if line.ships:
            return "" if steps[line.id, "shipped"] else "that it has shipped"
        known = case(self._world.services.database, line.id, self._world.backorders.now())
        if not isinstance(known, CaseView):
            return "anything: it cannot be read"
        if known.promise is None or known.promise.by is None or known.forecast.by is None:
            return "any date"
        if abs(known.forecast.by - known.promise.by) >= NOTICEABLE:
            return "the date that counts"
        return "" if (line.id, known.promise.revision) in revisions else "the date that it seems to know"

    def _gone(self) -> list[Gone]:
        """What went, by the database and by whoever took it."""
        query = (
            "SELECT i.backorder, i.step, i.revision, s.channel, s.address, s.subject, s.text"
            " FROM message_items i JOIN messages m ON m.id = i.message JOIN sends s ON s.message = m.id"
            " WHERE m.state = 'sent' AND s.state = 'sent'"
        )
        taken = self._taken()
        return [
            Gone(backorder=row.backorder, step=row.step, revision=row.revision)
            for row in self._world.rows(query)
            if _words(row.channel, row.address, row.subject, row.text) in taken
        ]

    def _handed_over(self) -> Counter[tuple[str, str]]:
        """What was lost as often as it is sent, of lines that a person was asked to see to."""
        query = (
            "SELECT i.backorder, i.step FROM message_items i JOIN sends s ON s.message = i.message"
            " WHERE s.state = 'lost' GROUP BY i.backorder, i.step HAVING count(*) >= :times"
        )
        found = self._world.rows(query, times=SENDS_AT_MOST)
        return Counter((row.backorder, row.step.partition("/")[0]) for row in found if self._asks(row))

    def _asks(self, row: Any) -> bool:
        known = case(self._world.services.database, row.backorder, self._world.backorders.now())
        return isinstance(known, CaseView) and UNDELIVERED in known.needs

    def _taken(self) -> Counter[Words]:
        """What the providers took, and the outbox, word for word."""
        taken = Counter[Words]()
        for mail in self._world.mail.accepted:
            to = mail.body["personalizations"][0]["to"][0]["email"]
            taken[_words("email", to, mail.body["subject"], mail.body["content"][0]["value"])] += 1
        for text in self._world.texts.accepted:
            taken[_words("sms", text.body["To"], "", text.body["Body"])] += 1
        query = "SELECT channel, address, subject, text FROM sends WHERE provider_id LIKE 'outbox-%'"
        for row in self._world.rows(query):
            taken[_words(row.channel, row.address, row.subject, row.text)] += 1
        return taken

    def _twice(self) -> Iterator[str]:
        sent = "SELECT message, count(*) AS times FROM sends WHERE state = 'sent' GROUP BY message"
        for row in self._world.rows(sent):
            if row.times > 1:
                yield f"message {row.message} went {row.times} times"

    # --- what is left

    def _undone(self) -> list[str]:
        """What is due and not done, in words."""
        services = self._world.services
        left = undone(services.engine, self._world.backorders.now())
        unknown = self._on_their_way()
        failed = self._world.rows("SELECT reason FROM messages WHERE state = 'failed'")
        errors = self._world.rows("SELECT subject FROM engine_errors")
        left += [f"{len(unknown)} messages are on their way"] if unknown else []
        left += [f"a message failed for good: {row.reason}" for row in failed]
        return left + [f"{row.subject} was put aside" for row in errors]

    def _on_their_way(self) -> list[Any]:
        return self._world.rows(f"SELECT id FROM messages WHERE state IN {_PENDING}")

    def _paused(self) -> list[str]:
        query = "SELECT name, reason FROM channels WHERE paused"
        return [f"{row.name} is paused: {row.reason}" for row in self._world.rows(query)]

    def _stuck(self) -> set[str]:
        """Lines with a message, a review or a request that should be over."""
        queries = (
            "SELECT i.backorder FROM message_items i JOIN messages m ON m.id = i.message"
            f" WHERE m.state IN {_PENDING} OR i.unapplied IS NOT NULL",
            "SELECT backorder FROM requests WHERE verdict IS NULL",
            "SELECT id FROM backorders WHERE seq = 0",
            "SELECT backorder FROM demands WHERE supply_version > acknowledged AND open > 0",
        )
        return {str(row[0]) for query in queries for row in self._world.rows(query)}

    async def _without_workflow(self) -> set[str]:
        """Open lines that nobody looks after."""
        lines = [row.id for row in self._world.rows("SELECT id FROM backorders WHERE closed_at IS NULL")]
        runs = await asyncio.gather(*(self._runs(id) for id in lines))
        return {id for id, running in zip(lines, runs, strict=True) if not running}

    async def _runs(self, line: str) -> bool:
        try:
            found = await self._world.client.get_workflow_handle(backorder_id(line)).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return found.status is WorkflowExecutionStatus.RUNNING

    async def _lengths(self) -> dict[str, int]:
        """The events of each workflow, over all its runs."""
        lengths = Counter[str]()
        async for each in self._world.client.list_workflows("WorkflowType != 'SweepWorkflow'"):
            handle = self._world.client.get_workflow_handle(each.id, run_id=each.run_id)
            lengths[each.id] += (await handle.describe()).history_length
        return dict(lengths)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """A step of a line that went. revision: of the promise in it."""

    backorder: str
    step: str
    revision: int | None


Words = tuple[str, str, str, str]
"""Channel, address, subject and text."""


def _words(channel: str, to: str, subject: str, text: str) -> Words:
    return channel, to, subject, text.strip()
