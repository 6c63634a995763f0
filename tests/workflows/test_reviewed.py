"""What a line's workflow is told of reviews in the database: the newest counts, whichever comes last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from activities.reviews import Reviews
from activities.threads import Threads
from activities.timing import Timing
from backorder import schemas
from backorder.ports import LineReviewed, Notify
from backorder.services.review_line import LineReview
from backorder.services.services import machine_now
from backorder.storage.engine import writing
from backorder.storage.tables import backorders
from starter.temporal import TemporalNotifier
from tests.support.histories import history
from tests.support.live_shop import LiveShop
from tests.support.losing import LostError
from tests.support.waiting import until
from workflows.backorder import PHASE, BackorderWorkflow


def allocated(shop: LiveShop, sku: str) -> None:
    """A unit is found, and the line that waits for it is reviewed in the database; nobody is told."""
    found = {"adjustment_id": shop.name("found"), "sku": sku, "quantity": 1, "reason": "found"}
    services, now = shop.services, shop.now()
    services.stock.adjust(schemas.parse(schemas.Adjustment, found), now)
    services.planner.replan(sku, now)
    assert services.planner.review(sku, now, after="").reviewed == 1


async def tell(shop: LiveShop, sku: str) -> LineReviewed:
    """Tell the one line's workflow. Returns what it was told."""
    ((id, told),) = shop.services.telling.untold(sku, shop.now(), limit=9).lines
    assert await TemporalNotifier(shop.client, shop.clock, shop.queue).tell(id, told)
    shop.services.telling.told([(id, told)], (), shop.now())
    return told


class TellsMeanwhile:
    """A worker that is lost after the first commit; meanwhile the line's workflow hears newer things."""

    def __init__(self, shop: LiveShop, sku: str) -> None:
        self.told: list[LineReviewed] = []
        self._shop = shop
        self._sku = sku

    async def notify(self, after: Notify) -> tuple[str, ...]:
        if not self.told:
            allocated(self._shop, self._sku)
            self.told.append(await tell(self._shop, self._sku))
            raise LostError
        return ()


async def test_an_older_answer_that_comes_after_a_newer_signal_is_not_believed(shop: LiveShop) -> None:
    """The review is repeated and answered as it was; what was reviewed since has been told already."""
    sku, usual = await shop.furnish(), shop.activities
    meanwhile = TellsMeanwhile(shop, sku)

    def losing(executor: ThreadPoolExecutor) -> Any:
        service, timing = LineReview(shop.services.lines), Timing(shop.services.clock)
        reviews = Reviews(service, meanwhile, Threads(executor), timing)
        return [reviews.review_line, *(each for each in usual(executor) if each.__name__ != "review_line")]

    shop.activities = losing  # type: ignore[method-assign]
    async with shop.working():
        line = await shop.start(sku)
        handle = shop.handle(line)

        async def is_repeated() -> bool:
            return "ActivityTaskCompleted" in await history(handle)

        await until("the review is repeated", is_repeated)
        events = await history(handle)
        assert events.index("WorkflowExecutionSignaled") < events.index("ActivityTaskCompleted")
        case = await handle.query(BackorderWorkflow.case)
        following = await handle.query(BackorderWorkflow.upcoming)
        (told,) = meanwhile.told
        assert (case.status, told.status) == ("allocated", "allocated")
        assert (case.summary, following.at, following.what) == (told.summary, told.wake, told.next)
        assert (shop.row(line).seq, told.version) == (1, 2)


async def test_an_older_signal_that_comes_late_changes_nothing(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        handle = shop.handle(line)
        allocated(shop, sku)
        told = await tell(shop, sku)
        older = {"status": "waiting", "summary": "older", "version": told.version - 1}
        fields = {name: getattr(told, name) for name in ("phase", "wake", "next", "closed")}
        await handle.signal(BackorderWorkflow.reviewed, LineReviewed(**(fields | older)))
        case = await handle.query(BackorderWorkflow.case)
        assert (case.status, case.summary) == ("allocated", told.summary)


async def test_a_workflow_that_is_told_to_look_earlier_sets_its_timer_anew(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        handle = shop.handle(line)

        async def timers() -> int:
            return (await history(handle)).count("TimerStarted")

        async def runs() -> bool:
            return await timers() == 1

        await until("its timer runs", runs)
        version, soon = shop.row(line).line_version, shop.now() + timedelta(hours=1)
        told = LineReviewed(
            status="waiting",
            phase="closing",
            summary="now",
            wake=soon,
            next="x",
            closed=False,
            version=version + 1,
        )
        await handle.signal(BackorderWorkflow.reviewed, told)

        async def is_set() -> bool:
            return await timers() == 2

        await until("its timer is set anew", is_set)
        assert (await handle.query(BackorderWorkflow.upcoming)).at == soon
        assert (await handle.describe()).typed_search_attributes[PHASE] == "closing"
        later = LineReviewed(
            status="waiting",
            phase="closing",
            summary="then",
            wake=soon + timedelta(days=1),
            next="x",
            closed=False,
            version=version + 2,
        )
        await handle.signal(BackorderWorkflow.reviewed, later)
        assert (await handle.query(BackorderWorkflow.case)).summary == "then"
        assert await timers() == 2, "the earlier timer stays, and the line looks again when it rings"
        assert shop.row(line).seq == 1


async def test_a_workflow_that_is_told_that_its_line_is_over_looks_for_itself(shop: LiveShop) -> None:
    """It ends by the answer to its own review alone."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        over = LineReviewed(
            status="cancelled", phase="cancelled", summary="", wake=None, next="", closed=True, version=99
        )
        await shop.handle(line).signal(BackorderWorkflow.reviewed, over)
        await shop.reviewed(line, 2)
        assert (await shop.handle(line).query(BackorderWorkflow.case)).status == "waiting"


async def test_a_sweep_tells_who_was_not_told_for_long(shop: LiveShop) -> None:
    """The worker died before it told anybody, and nothing replans the SKU again."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        allocated(shop, sku)
        await shop.sweep()
        assert shop.row(line).untold_since is not None, "somebody may still be telling it"
        with writing(shop.services.engine) as connection:
            long_ago = machine_now() - timedelta(minutes=1)
            connection.execute(update(backorders).values(untold_since=long_ago))
        assert (await shop.sweep("sweep again")).woken == 1
        await until("it is told", lambda: shop.row(line).untold_since is None)

        async def shows_it() -> bool:
            return (await shop.handle(line).query(BackorderWorkflow.case)).status == "allocated"

        await until("its workflow shows it", shows_it)
        assert shop.row(line).seq == 1
