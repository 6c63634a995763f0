"""Reviewing the lines of a SKU whose supply changed, some in a transaction, without their workflows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from backorder import metrics
from backorder.errors import UnitsNeededError
from backorder.failures import in_words, kind_of, passes
from backorder.ports import Notify, Review
from backorder.services.replan_sku import unnotified
from backorder.services.review_line import decided, in_a_line
from backorder.storage import dispatchers
from backorder.storage.engine import writing
from backorder.storage.isolation import Apart, Failure, failed, line, note
from backorder.storage.line_batches import LineBatch, LineInBatch, NotTogetherError
from backorder.storage.policies import PolicyRepository

log = logging.getLogger(__name__)
TOGETHER = 10
"""Lines in a transaction: more only lengthen the waiting of those who want to write to one of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewedBatch:
    """reviewed: how many lines were. left: those that their workflows have to review, with the version of
    their supply. after: the last line of the batch, "" when there are no more. notify: whom else to wake.
    """

    reviewed: int
    left: tuple[tuple[str, int], ...]
    after: str
    notify: Notify


class LinesReview:
    """The review of many lines of one database."""

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self._engine = engine
        self._policies = policies

    def review(self, sku: str, at: datetime, *, after: str) -> ReviewedBatch:
        """Review the next lines of a SKU that have not seen their supply, those after an ID.

        A line that somebody else holds, or whose decision needs a transaction of its own, is left to its
        workflow. One that fails is noted, and looked at again by the sweep. Raises what the database or the
        machine is to blame for.
        """
        lines = unnotified(self._engine, sku, after=after, limit=TOGETHER)
        versions, ids = dict(lines), [id for id, _ in lines]
        if not ids:
            return ReviewedBatch(reviewed=0, left=(), after="", notify=Notify())
        reviewed, left, notify = self._reviewed(sku, ids, at)
        return ReviewedBatch(
            reviewed=reviewed,
            left=tuple((id, versions[id]) for id in left),
            after=ids[-1] if len(ids) == TOGETHER else "",
            notify=notify,
        )

    def _reviewed(self, sku: str, ids: Sequence[str], at: datetime) -> tuple[int, list[str], Notify]:
        """All of them; where the transaction fails, one by one."""
        try:
            return self._attempt(sku, ids, at)
        except Exception as error:
            if passes(error):
                raise
            words = "a batch of reviews failed and is repeated one by one: %s"
            log.warning(words, in_words(error), extra={"sku": sku, "error": kind_of(error)})
        reviewed, left, notify = 0, list[str](), Notify()
        for id in ids:
            count, others, after = self._apart(sku, id, at)
            reviewed, left, notify = reviewed + count, left + others, notify.and_also(after)
        return reviewed, left, notify

    def _apart(self, sku: str, id: str, at: datetime) -> tuple[int, list[str], Notify]:
        try:
            return self._attempt(sku, [id], at)
        except Exception as error:
            if passes(error):
                raise
            subject, shown_by = line(id)
            with writing(self._engine) as connection:
                note(connection, [failed(subject, error, shown_by)])
            metrics.count("backorder_reviews_total", way="together", result="put_aside")
            return 0, [], Notify()

    def _attempt(self, sku: str, ids: Sequence[str], at: datetime) -> tuple[int, list[str], Notify]:
        with writing(self._engine) as connection:
            batch = LineBatch(connection, self._policies, ids, lock=True, sku=sku)
            reviewed, left, notify = _review(connection, batch, ids, at)
        metrics.count("backorder_reviews_total", reviewed, way="together", result="done")
        return reviewed, left, notify


def _review(
    connection: Connection, batch: LineBatch, ids: Sequence[str], at: datetime
) -> tuple[int, list[str], Notify]:
    done: list[LineInBatch] = []
    left: list[str] = []
    failures: list[Failure] = []
    notify = Notify()
    for id in ids:
        with Apart(failures, *line(id)):
            found = batch.open(id) if id in batch else None
            if found is not None and found.is_acknowledged:
                continue
            after = _decide(found, at) if found is not None else None
            if found is None or after is None:
                left.append(id)
            else:
                done.append(found)
                notify = notify.and_also(after)
    batch.write(done)
    note(connection, failures)
    return len(done), left, dispatchers.wake(connection, notify)


def _decide(line: LineInBatch, at: datetime) -> Notify | None:
    """Review one line. Returns whom to wake; None where it has to be reviewed by itself."""
    if line.stands_alone:
        return None
    before = in_a_line(line.state)
    try:
        reviewed = decided(line, Review(backorder=line.id, seq=0, at=at), units=False)
        return line.finish_together((reviewed.wake, reviewed.next), shows=reviewed.summary != before)
    except (UnitsNeededError, NotTogetherError):
        return None
