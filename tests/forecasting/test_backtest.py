import json

import pytest

from backorder.forecasting.backtest import ROW, Backtest, mean_lead, run_backtest
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT, Parameters
from backorder.forecasting.report import score
from backorder.forecasting.scores import kept, pinball
from backorder.forecasting.table import OrderTable
from tests.support.past_orders import after, past, random_history


def run(orders: list[PastOrder]) -> Backtest:
    return run_backtest(orders, after(320), after(499), (0, 10))


def untuned(orders: list[PastOrder], last: int = 499) -> Backtest:
    return run_backtest(orders, after(320), after(last), (0, 10), parameters=DEFAULT)


def test_forecasts_of_the_past_are_well_calibrated_and_beat_both_baselines() -> None:
    found = score(run(random_history(1, count=1200, stated=1.3)))
    assert found.coverage.rate is not None
    assert 0.86 <= found.coverage.rate <= 0.94
    for baseline in (found.stated, found.mean):
        assert baseline.loss is not None
        assert baseline.model is not None
        assert baseline.model < baseline.loss


def test_what_happens_later_changes_no_forecast() -> None:
    orders = random_history(2, count=250)
    day = after(400)
    changed = [
        PastOrder(order.supplier, order.destination, order.ordered, order.stated, after(499))
        if order.ordered < day and (order.arrived is None or order.arrived >= day)
        else order
        for order in orders
        if order.ordered < day
    ] + [past(1, placed=400 + each, supplier="s1", destination="d1") for each in range(99)]
    first = {
        each.row[:7]
        for each in untuned(orders, last=410).forecasts
        if each.asked < day and each.order.ordered < day
    }
    second = {
        each.row[:7]
        for each in untuned(changed, last=410).forecasts
        if each.asked < day and each.order.ordered < day
    }
    assert first <= second
    # Asked in addition only because the arrival was moved past the day asked.
    assert all(row[3] < day.isoformat() for row in second - first)


def test_only_open_orders_are_asked_about() -> None:
    found = untuned(random_history(3))
    assert found.forecasts
    for each in found.forecasts:
        assert after(320) <= each.order.ordered <= after(499)
        assert each.order.arrived is None or each.order.arrived >= each.asked
        assert each.asked <= found.known_until
        assert each.asked <= each.p10 <= each.p50 <= each.p90


def test_rows_have_the_columns_that_were_promised() -> None:
    assert ROW == ("supplier", "destination", "ordered", "asked", "p10", "p50", "p90", "arrived")
    each = untuned(random_history(3)).forecasts[0]
    assert len(each.row) == len(ROW)
    assert each.row[:4] == (
        each.order.supplier,
        each.order.destination,
        each.order.ordered.isoformat(),
        each.asked.isoformat(),
    )


def test_scores_count_what_they_leave_out() -> None:
    found = score(untuned(random_history(4)))
    assert found.coverage.judged + found.coverage.left_out == found.asked - found.unknown
    assert sum(group.judged for group in found.coverage_by_history) == found.coverage.judged
    assert sum(group.judged for group in found.coverage_by_waited) == found.coverage.judged
    assert found.loss.orders + found.unresolved == found.asked - found.unknown
    assert found.stated.words == "no stated dates in this file"
    assert json.loads(json.dumps(found.to_json()))["coverage"]["judged"] == found.coverage.judged


def test_an_arrival_before_an_unseen_p90_does_not_flatter() -> None:
    import numpy as np

    arrived = np.array([5, 9, 30])
    by = np.array([6, 20, 8])
    assert kept(arrived, by, known_until=10) == (1, 2)


def test_pinball_by_hand() -> None:
    import numpy as np

    assert pinball(np.array([10.0, 10.0]), np.array([8.0, 15.0]), 0.9) == pytest.approx([1.8, 0.5])


def test_the_mean_knows_only_its_morning() -> None:
    table = OrderTable.of([past(10), past(20), past(50), past(4, supplier="Bolt")])
    assert mean_lead(table, "Acme", after(21)) == 15
    assert mean_lead(table, "stranger", after(5)) == 4
    assert mean_lead(table, "stranger", after(0)) is None


def test_an_empty_period_and_an_unknowing_start() -> None:
    empty = score(run_backtest([], after(0), after(10)))
    assert (empty.asked, empty.coverage.rate, empty.loss.loss) == (0, None, None)
    fresh = score(run_backtest([past(5, placed=day) for day in range(20)], after(0), after(19), (0,)))
    assert fresh.unknown == 10
    with pytest.raises(ValueError, match="ends"):
        run_backtest([], after(1), after(0))
    with pytest.raises(ValueError, match="asked"):
        run_backtest([], after(0), after(1), (-1,))


def test_given_parameters_are_used_and_nothing_is_tuned() -> None:
    found = run_backtest(
        random_history(6, count=200), after(400), after(499), (0,), parameters=Parameters(level=0.6)
    )
    tuned = run_backtest(random_history(6, count=200), after(400), after(499), (0,))
    assert found.tunings == ()
    assert tuned.tunings[0].asof == after(400)
    pairs = zip(found.forecasts, tuned.forecasts, strict=True)
    assert sum((second.p90 - first.p90).days for first, second in pairs) > 0


def test_progress_counts_to_the_end() -> None:
    steps: list[tuple[int, int]] = []
    found = run_backtest(
        random_history(5),
        after(450),
        after(499),
        parameters=DEFAULT,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert steps[-1][0] == steps[-1][1] == len(found.forecasts)
