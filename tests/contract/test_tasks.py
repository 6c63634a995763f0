"""What waits for a person, on a database: ticked off by somebody, with who and what they did kept."""

from __future__ import annotations

import json

import pytest

from backorder.domain.line.events import FlagCleared, RefundSent
from backorder.domain.money import rounded
from backorder.errors import RefusedError, RejectedError
from backorder.ports import Reviewed
from backorder.queries.case_view import case
from backorder.services.record_request import NewRequest
from backorder.storage import tasks
from backorder.storage.engine import writing
from tests.support.days import at, day
from tests.support.shop import Shop


def clear(shop: Shop, flag: str) -> Reviewed:
    """Say that a flag of O-1 is done, as the typed client does."""
    event = FlagCleared(at=shop.now, day=shop.now.date(), flag=flag, note="Ann keeps it", by="Eva")
    shop.ask("O-1", NewRequest(id="D-1", kind="clear", event=event, given={"flag": flag}))
    return shop.review("O-1", "D-1")[0]


def test_an_ended_line_needs_nobody_once_somebody_saw_to_it(shop: Shop) -> None:
    shop.start("O-1", 1)
    shop.cancel("O-1")
    more = RefundSent(
        at=shop.now,
        day=day(0),
        refund="F",
        amount=rounded(shop.state().payment.line_paid + 2, "EUR"),
        sent_at=shop.now,
    )
    shop.ask("O-1", NewRequest(id="F-1", kind="refund", event=more, given={}))
    shop.review("O-1", "F-1")
    assert shop.state().needs == ("refund_excess",)
    shop.now = at(1)
    (outcome,) = clear(shop, "refund_excess").outcomes
    assert (outcome.verdict, outcome.reason) == ("accepted", "refund_excess is done")
    assert shop.state().needs == ()
    (row,) = shop.rows("SELECT needs, phase FROM backorders")
    assert (bool(row["needs"]), row["phase"]) == (False, "cancelled")
    (entry,) = shop.rows("SELECT * FROM timeline WHERE what = 'flag_cleared'")
    assert entry["by"] == "Eva"
    assert "Ann" not in entry["detail"], "words stand in rows that can be emptied"
    found = case(shop.services.database, "O-1/1", shop.now)
    assert [each.reason for each in found.timeline if each.what == "flag_cleared"] == ["Ann keeps it"]


def worklist(shop: Shop, kind: str) -> tasks.Task:
    with writing(shop.services.engine) as connection:
        tasks.add(connection, key=kind, kind=kind, subject="PO-1/1", detail={}, at=shop.now)
    (task,) = tasks.waiting(shop.services.engine)
    return task


def test_a_task_is_ticked_off_once_with_who_and_what(shop: Shop) -> None:
    task = worklist(shop, "over_received")
    assert tasks.commands_of(task)[0].startswith("backorder supply return PO-1 1 ")
    tasks.done(shop.services.engine, task.id, note="we keep them", by="Eva", at=at(1))
    assert tasks.waiting(shop.services.engine) == []
    (row,) = shop.rows("SELECT detail FROM tasks")
    assert json.loads(row["detail"]) == {"done_by": "Eva", "note": "we keep them"}
    tasks.done(shop.services.engine, task.id, note="we keep them", by="Eva", at=at(2))
    assert shop.rows("SELECT done_at FROM tasks WHERE done_at < :at", at=at(2)), "the same again is harmless"
    with pytest.raises(RejectedError):
        tasks.done(shop.services.engine, task.id, note="again", by="Eva", at=at(2))
    with pytest.raises(RefusedError):
        tasks.done(shop.services.engine, "no-such", note="again", by="Eva", at=at(2))


def test_what_only_its_commands_end_is_not_ticked_off(shop: Shop) -> None:
    task = worklist(shop, "approve_date")
    with pytest.raises(RejectedError, match="backorder supply decide PO-1 1 approve"):
        tasks.done(shop.services.engine, task.id, note="fine", by="Eva", at=at(1))
    assert tasks.waiting(shop.services.engine) == [task]
