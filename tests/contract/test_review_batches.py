"""Reviews of many lines in the database: as their own would be, and each line apart from the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from backorder.ports import LineReviewed
from backorder.services.review_lines import TOGETHER, ReviewedBatch
from backorder.storage import line_batches
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import all_notes
from tests.support.days import at, day
from tests.support.policies import NO_LAW, POLICY
from tests.support.shop import Shop

SPOILT = {
    "its state": "UPDATE backorders SET state = '{' WHERE id = 'O-02/1'",
    "its units": "UPDATE demands SET arrivals = '[' WHERE backorder = 'O-02/1'",
    "what the rules make of it": (
        """UPDATE demands SET arrivals = '[[1,"9999-12-30","9999-12-31","PO-1"]]' """
        "WHERE backorder = 'O-02/1'"
    ),
}


def moved(shop: Shop, lines: int, to: int = 40) -> list[str]:
    """Lines that were told day 20 and whose supply comes on another day by now. Returns their orders."""
    shop.purchase("PO-1", {"quantity": 2 * lines, "stated_date": day(20)})
    orders = [f"O-{number:02}" for number in range(lines)]
    for order in orders:
        shop.start(order)
    shop.dispatch()
    shop.state_dates((2 * lines, day(to)))
    shop.replan()
    return orders


def reviewed(shop: Shop, after: str = "") -> ReviewedBatch:
    """The next batch."""
    return shop.services.planner.review("LAMP", shop.now, after=after)


def unseen(shop: Shop) -> list[str]:
    """Orders whose lines have not seen their supply."""
    rows = shop.rows("SELECT backorder FROM demands WHERE supply_version > acknowledged ORDER BY backorder")
    return [row["backorder"].removesuffix("/1") for row in rows]


def line(shop: Shop, order: str) -> dict[str, Any]:
    """A line's row."""
    return shop.rows("SELECT * FROM backorders WHERE id = :id", id=f"{order}/1")[0]


def written(shop: Shop, order: str) -> list[Any]:
    """What a review has written about a line, without its name and what is told to its workflow."""
    queries = (
        "SELECT phase, promised_by, first_by, needs, state, line_version FROM backorders WHERE id = :id",
        "SELECT allocated, acknowledged, open FROM demands WHERE backorder = :id",
        "SELECT what, by, verdict, detail, at FROM timeline WHERE backorder = :id ORDER BY number",
        "SELECT type, data, at FROM events WHERE backorder = :id ORDER BY number",
        'SELECT i.step, i.facts, i.revision, i."window", i.evidence, m.kind, m.state, m.person, m.not_before'
        " FROM message_items i JOIN messages m ON m.id = i.message WHERE i.backorder = :id ORDER BY m.number",
    )
    rows = [shop.rows(query, id=f"{order}/1") for query in queries]
    for item in rows[-1]:
        units = [arrival[:-1] for arrival in json.loads(item["evidence"])]
        item["evidence"] = units  # without how many of them go to others before, which tells the lines apart
    return [
        [{name: str(value).replace(order, "O") for name, value in row.items()} for row in each]
        for each in rows
    ]


def to_tell(shop: Shop) -> dict[str, LineReviewed]:
    """What workflows have still to be told, by order, first those who are told first."""
    found = shop.services.telling.untold("LAMP", shop.now, limit=100)
    return {id.removesuffix("/1"): told for id, told in found.lines}


def tell(shop: Shop) -> None:
    """Tell them."""
    shop.services.telling.told(shop.services.telling.untold("LAMP", shop.now, limit=100).lines, (), shop.now)


@pytest.mark.parametrize("change", ["a date", "a date, twice", "units"])
def test_a_batch_does_what_each_review_by_itself_does(shop: Shop, change: str) -> None:
    """The same messages, events and timeline; and a pending message is put into words anew."""
    first, *others = moved(shop, 4)
    if change == "a date, twice":
        for order in (first, *others):
            shop.review(order)
        shop.state_dates((8, day(47)))
    elif change == "units":
        shop.receive(8)
    shop.replan()
    shop.review(first)
    assert unseen(shop) == others
    batch = reviewed(shop)
    assert (batch.reviewed, batch.left, batch.after) == (3, (), "")
    assert unseen(shop) == []
    for order in others:
        assert written(shop, order) == written(shop, first)


def test_batches_follow_each_other_in_the_order_of_the_ids(shop: Shop) -> None:
    moved(shop, TOGETHER + 3)
    first = reviewed(shop)
    assert (first.reviewed, first.after) == (TOGETHER, f"O-{TOGETHER - 1:02}/1")
    assert len(first.notify.shards) == 1, "whoever sends to their one customer is called once"
    second = reviewed(shop, first.after)
    assert (second.reviewed, second.after) == (3, "")
    assert unseen(shop) == []
    again = reviewed(shop)
    assert (again.reviewed, again.left, again.after) == (0, (), "")


def test_a_batch_writes_each_table_once(shop: Shop) -> None:
    moved(shop, TOGETHER)
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(shop.services.engine, "before_cursor_execute", note)
    reviewed(shop)
    event.remove(shop.services.engine, "before_cursor_execute", note)
    writes = [statement for statement in seen if statement.startswith(("INSERT", "UPDATE"))]
    assert len(writes) == len({statement.split("(")[0] for statement in writes})
    assert len(seen) < 20, "not one for each line"


def test_a_line_that_somebody_holds_is_left_to_its_workflow(shop: Shop) -> None:
    """On SQLite nobody can hold one while another writes: the batch waits its turn."""
    moved(shop, 3)
    if shop.services.engine.dialect.name == "sqlite":
        assert reviewed(shop).reviewed == 3
        return
    with shop.services.lines.case("O-01/1"):
        batch = reviewed(shop)
    assert (batch.reviewed, batch.left) == (2, (("O-01/1", 2),))
    assert unseen(shop) == ["O-01"]
    assert line(shop, "O-01")["untold_since"] is None


def test_a_line_whose_decision_moves_units_is_left_to_its_workflow(shop: Shop) -> None:
    """The policy ends a line, so that no unit of it is open any more."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(
            connection, POLICY.replace("standard", "ends").replace("escalate", "cancel")
        )
    for order in ("O-00", "O-01"):
        shop.start(order, payment="unpaid", policy="ends", **NO_LAW)
    for number in range(87, 90):
        shop.dispatch()
        shop.now = at(number, 12)
        shop.review("O-00")
    assert shop.state("O-00").automatic_cancellation is not None
    assert shop.state("O-01").automatic_cancellation is None
    shop.run("UPDATE demands SET supply_version = supply_version + 1")
    before, shop.now = line(shop, "O-00"), at(95, 12)
    batch = reviewed(shop)
    assert (batch.reviewed, [id for id, _ in batch.left]) == (1, ["O-00/1"])
    assert line(shop, "O-00") == before
    assert shop.review("O-00")[0].closed or shop.state("O-00").quantity.open == 0


def test_a_line_that_was_never_reviewed_is_left_to_its_workflow(shop: Shop) -> None:
    shop.purchase()
    shop.open("O-00")
    batch = reviewed(shop)
    assert (batch.reviewed, batch.left) == (0, (("O-00/1", 1),))


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT.keys())
def test_a_line_that_cannot_be_reviewed_keeps_no_other_back(shop: Shop, statement: str) -> None:
    moved(shop, 4)
    shop.run(statement)
    batch = reviewed(shop)
    assert (batch.reviewed, batch.left) == (3, ())
    assert unseen(shop) == ["O-02"]
    with reading(shop.services.engine) as connection:
        assert [noted.subject for noted in all_notes(connection)] == ["backorder/O-02/1"]
    later = shop.services.reconciler.orphaned(at(9)).after
    assert "O-02/1" not in later.backorders, "it is looked at again when its pause is over"
    shop.run("UPDATE engine_errors SET until = :past", past=datetime(2020, 1, 1, tzinfo=UTC).isoformat())
    assert "O-02/1" in shop.services.reconciler.orphaned(at(9)).after.backorders


def test_a_batch_that_cannot_be_written_is_repeated_line_by_line(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that the database refuses: the others are written, each in a transaction of its own."""
    moved(shop, 4)
    refused = line_batches.LineInBatch.finish_together

    def refuse(self: line_batches.LineInBatch, *args: Any, **more: Any) -> Any:
        found = refused(self, *args, **more)
        if self.id == "O-02/1":
            self.writes[-1][1]["open"] = -1  # type: ignore[index]  # of its row in the queue
        return found

    monkeypatch.setattr(line_batches.LineInBatch, "finish_together", refuse)
    batch = reviewed(shop)
    assert (batch.reviewed, unseen(shop)) == (3, ["O-02"])
    assert [row["subject"] for row in shop.rows("SELECT subject FROM engine_errors")] == ["backorder/O-02/1"]
    monkeypatch.undo()
    assert reviewed(shop).left == (("O-02/1", 2),), "what is noted has its workflow look at it"


def test_trouble_of_the_database_is_no_fault_of_a_line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    moved(shop, 2)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(line_batches.LineBatch, "write", away)
    with pytest.raises(OperationalError):
        reviewed(shop)
    assert shop.rows("SELECT * FROM engine_errors") == []
    assert unseen(shop) == ["O-00", "O-01"]


# --- versions, and what workflows are told


def test_every_transaction_that_writes_a_line_raises_its_version(shop: Shop) -> None:
    versions: list[int] = []

    def look() -> None:
        versions.append(line(shop, "O-00")["line_version"])

    review_after: list[Callable[[], object]] = [
        lambda: moved(shop, 1),  # opened, reviewed, told
        lambda: reviewed(shop),
        lambda: shop.dispatch(),
        lambda: shop.cancel("O-00"),
        lambda: shop.services.contacts.change("ann", {"name": "Anna"}, by="Bea", at=shop.now),
    ]
    for act in review_after:
        shop.now += timedelta(hours=3)
        act()
        look()
    assert versions == sorted(set(versions))
    assert versions[0] == 2


def test_what_a_review_answers_carries_the_version_that_it_wrote(shop: Shop) -> None:
    first = shop.start("O-00")
    assert first.version == line(shop, "O-00")["line_version"] == line(shop, "O-00")["told_version"] == 1
    shop.dispatch()
    again = shop.review("O-00", seq=1)[0]
    assert again == first, "a repetition answers as it did, with the version of then"
    assert line(shop, "O-00")["line_version"] == 2
    assert shop.review("O-00")[0].version == 3


def test_who_was_reviewed_without_its_workflow_is_told_once(shop: Shop) -> None:
    moved(shop, 2)
    assert to_tell(shop) == {}
    reviewed(shop)
    found = to_tell(shop)
    assert list(found) == ["O-00", "O-01"]
    told = found["O-00"]
    assert (told.status, told.phase, told.closed) == ("waiting", "open", False)
    assert told.version == line(shop, "O-00")["line_version"]
    assert told.wake is not None
    tell(shop)
    assert to_tell(shop) == {}
    row = shop.review("O-00")[0]
    assert row.wake == told.wake
    assert (row.next, row.summary) == (told.next, told.summary)


def test_a_line_whose_timer_and_looks_stay_is_not_told(shop: Shop) -> None:
    moved(shop, 1)
    reviewed(shop)
    tell(shop)
    shop.state_dates((2, day(41)))
    shop.replan()
    batch = reviewed(shop)
    assert batch.reviewed == 1
    assert to_tell(shop) == {}
    row = line(shop, "O-00")
    assert row["told_version"] == row["line_version"]


def test_the_earliest_change_is_told_first(shop: Shop) -> None:
    """Who has to wake earlier than its timer rings, before those whose timer rings in time."""
    moved(shop, 3)
    later = at(300).isoformat()
    shop.run("UPDATE backorders SET wake_at = :later WHERE id = 'O-02/1'", later=later)
    shop.run("UPDATE backorders SET wake_at = :soon WHERE id <> 'O-02/1'", soon=at(0.01).isoformat())
    reviewed(shop)
    assert list(to_tell(shop)) == ["O-02", "O-00", "O-01"]
    assert line(shop, "O-02")["look_at"] is not None
    assert line(shop, "O-01")["look_at"] is None


def test_what_is_written_while_a_line_is_told_is_told_too(shop: Shop) -> None:
    moved(shop, 1)
    reviewed(shop)
    under_way = shop.services.telling.untold("LAMP", shop.now, limit=9)
    shop.now += timedelta(hours=3)
    shop.dispatch()
    shop.services.telling.told(under_way.lines, (), shop.now)
    found = to_tell(shop)["O-00"]
    assert found.version == line(shop, "O-00")["line_version"] > under_way.lines[0][1].version
    tell(shop)
    assert to_tell(shop) == {}


def test_a_telling_that_comes_late_takes_nothing_back(shop: Shop) -> None:
    """The line's own review has armed the timer meanwhile."""
    moved(shop, 1)
    reviewed(shop)
    under_way = shop.services.telling.untold("LAMP", shop.now, limit=9)
    shop.now += timedelta(days=9)
    shop.review("O-00")
    before = line(shop, "O-00")
    shop.services.telling.told(under_way.lines, (), shop.now)
    assert line(shop, "O-00") == before


def test_the_product_of_who_was_not_told_for_long_is_found_by_the_sweep(shop: Shop) -> None:
    """Also where the next look is far away: a crash between the commit and the call leaves nothing else."""
    moved(shop, 1)
    reviewed(shop)
    assert shop.services.reconciler.orphaned(shop.now).after.skus == ()
    shop.run("UPDATE backorders SET untold_since = :long", long=datetime.now(UTC) - timedelta(minutes=1))
    assert shop.services.reconciler.orphaned(shop.now).after.skus == ("LAMP",)
    assert shop.services.planner.replan("LAMP", shop.now).untold
    tell(shop)
    assert shop.services.reconciler.orphaned(shop.now).after.skus == ()


def test_a_line_without_a_workflow_is_left_to_the_sweep(shop: Shop) -> None:
    moved(shop, 1)
    reviewed(shop)
    shop.services.telling.told((), ["O-00/1"], shop.now)
    assert to_tell(shop) == {}
    assert "O-00/1" in shop.services.reconciler.orphaned(shop.now + timedelta(minutes=1)).after.backorders


def test_a_replanning_says_that_somebody_has_still_to_be_told(shop: Shop) -> None:
    moved(shop, 1)
    assert not shop.services.planner.replan("LAMP", shop.now).untold
    reviewed(shop)
    assert shop.services.planner.replan("LAMP", shop.now).untold
    tell(shop)
    assert not shop.services.planner.replan("LAMP", shop.now).untold


def test_who_was_told_what_is_not_true_any_more_looks_when_it_is_told_how_it_stands(shop: Shop) -> None:
    """The call for it may be lost, and what its workflow is told would take the look back."""
    [order] = moved(shop, 1)
    assert reviewed(shop).reviewed == 1
    shop.now += timedelta(hours=2)
    later = {"before": str(day(40)), "now": str(day(47))}
    shop.run("UPDATE demands SET arrivals = replace(arrivals, :before, :now)", **later)
    shop.dispatch()
    told = to_tell(shop)[order]
    assert told.wake == shop.now
    tell(shop)
    shop.review(order)
    assert to_tell(shop) == {}
