"""What lines hear of the messages that spoke for them, within a batch's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from backorder.domain.line.events import Event, MessageSent, MessageUnknown
from backorder.domain.line.next_review import next_review
from backorder.domain.notifications import BESIDE_KINDS
from backorder.errors import UnitsNeededError
from backorder.ports import Notify
from backorder.services.decide_event import decide_event
from backorder.services.record_outcomes import Settling
from backorder.storage import unapplied_outcomes
from backorder.storage.isolation import Apart, Failure, line
from backorder.storage.line_batches import LineBatch, LineInBatch, NotTogetherError
from backorder.storage.line_chain import Told, told_by
from backorder.storage.lines import LineRecord

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow


LineOutcome: TypeAlias = "tuple[ItemRow, MessageRow, type[Event], str, bool]"
"""What a line hears: the item, its message, of what kind it is, why, and whether it is known to be there."""


class LineOutcomes:
    """What the lines of one transaction hear of its outcomes.

    careful: what fails for a line is noted, and kept for it; otherwise it fails the transaction.
    """

    def __init__(self, outcomes: Settling, *, careful: bool) -> None:
        self.failures: list[Failure] = []
        self._outcomes = outcomes
        self._connection = outcomes.connection
        self._policies = outcomes.policies
        self._at = outcomes.at
        self._careful = careful
        self._of_lines: dict[str, list[LineOutcome]] = defaultdict(list)
        self._unapplied: set[str] = set()
        self._told: Mapping[str, Told] = {}

    def add(
        self,
        row: MessageRow,
        items: Mapping[str, list[ItemRow]],
        outcome: type[Event],
        reason: str,
        *,
        stored: bool = False,
        original: MessageRow | None = None,
    ) -> None:
        """Note what the lines of a message are to hear. row: the message; items: of it, by its ID.

        stored: it stays in the database, so that nothing more is heard of its arrival. original: what it is
        the copy of, locked, which may fail with it; its items are among the others.
        """
        if original is not None and outcome not in (MessageSent, MessageUnknown):
            failed = self._outcomes.copy_failed(original, reason)
            if failed is not None:
                self.add(original, items, failed, reason)
        if row.person.startswith("supplier/") or row.copy_of is not None or row.kind in BESIDE_KINDS:
            return  # it speaks for purchase orders, was said before, or stands beside the lines
        for item in items[row.id]:
            self._of_lines[item.backorder].append((item, row, outcome, reason, stored))

    def tell(self, phases: Mapping[str, str]) -> Notify:
        """Let each line hear what became of the messages that spoke for it; none stops another.

        phases: where each line stands that is locked. Returns whom to wake.
        """
        after = self._tell_all(phases)
        return after.and_also(Notify(backorders=tuple(sorted(self._unapplied))))

    def _tell_all(self, phases: Mapping[str, str]) -> Notify:
        outcome = (each for told in self._of_lines.values() for each in told)
        self._told = told_by(
            self._connection, {row.id for _, row, event, *_ in outcome if event is MessageSent}
        )
        for id in sorted(self._of_lines.keys() - phases.keys()):
            self._keep(id, self._of_lines[id])  # somebody holds it: it hears of it with its next review
        lines = sorted(self._of_lines.keys() & phases.keys())
        if not self._careful and len(lines) > 1:
            return self._tell_together(lines)
        after = Notify()
        for id in lines:
            after = after.and_also(self._tell_carefully(id) if self._careful else self._tell_alone(id))
        return after

    def _tell_carefully(self, id: str) -> Notify:
        """What fails for the line is noted, and kept for it."""
        after, failures = Notify(), len(self.failures)
        try:
            with Apart(self.failures, *line(id), connection=self._connection):
                case = LineRecord(self._connection, self._policies, id)
                after = self._apply(case, self._of_lines[id])
        except UnitsNeededError:
            self._keep(id, self._of_lines[id])
        if len(self.failures) > failures:
            self._keep(id, self._of_lines[id])
        return after

    def _tell_alone(self, id: str) -> Notify:
        """Units are locked before messages, and these are by now: what moves any is left to its own review.

        Raises UnitsNeededError where something of it is written already; then all are told carefully.
        """
        case = LineRecord(self._connection, self._policies, id)
        try:
            return self._apply(case, self._of_lines[id])
        except UnitsNeededError:
            if case.is_begun:
                raise
        self._keep(id, self._of_lines[id])
        return Notify()

    def _tell_together(self, lines: Sequence[str]) -> Notify:
        """Read them with one statement for each table, and write them so; what has more to do goes alone."""
        batch, after = LineBatch(self._connection, self._policies, lines, lock=True), Notify()
        done, alone = list[LineInBatch](), list[str]()
        for id in lines:
            found = batch.open(id)
            try:
                if found.stands_alone:
                    raise NotTogetherError
                after = after.and_also(self._apply(found, self._of_lines[id]))
                done.append(found)
            except NotTogetherError:
                alone.append(id)
            except UnitsNeededError:
                self._keep(id, self._of_lines[id])
        batch.write(done)
        for id in alone:
            after = after.and_also(self._tell_alone(id))
        return after

    def _apply(self, case: LineRecord, told: Sequence[LineOutcome]) -> Notify:
        """Let a line hear it. Raises UnitsNeededError where units would move."""
        case.knows_told({item.step: self._told[row.id] for item, row, *_ in told if row.id in self._told})
        if case.is_misplaced:
            raise UnitsNeededError
        events = [
            self._outcomes.event(outcome, item, row, reason, delivered=stored)
            for item, row, outcome, reason, stored in told
        ]
        for event in (*case.unapplied(), *events):
            case.record(event, decide_event(case, event))
        coming = next_review(case.policy, case.state, self._at)
        return case.finish(None, coming)

    def _keep(self, id: str, told: Sequence[LineOutcome]) -> None:
        for item, _, outcome, reason, stored in told:
            unapplied_outcomes.keep(
                self._connection, id, item.step, outcome, at=self._at, reason=reason, delivered=stored
            )
        self._unapplied.add(id)
