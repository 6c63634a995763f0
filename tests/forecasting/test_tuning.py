from datetime import date

from backorder.forecasting.arrival import ArrivalModel
from backorder.forecasting.curve import LEAD
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT, Parameters
from backorder.forecasting.replay import Replay, past_queries
from backorder.forecasting.table import OrderTable
from backorder.forecasting.tuning import tune
from tests.support.past_orders import after, past, random_history


def test_too_little_history_keeps_the_defaults_and_says_so() -> None:
    found = tune(random_history(1, count=30), after(500))
    assert found.parameters == DEFAULT
    assert found.pinball is None
    assert "the defaults stand" in found.words
    assert tune([], after(500)).asked == 0


def test_a_choice_reports_its_calibration() -> None:
    steps: list[tuple[int, int]] = []
    found = tune(random_history(2), after(500), lambda done, total: steps.append((done, total)))
    assert found.coverage is not None
    assert 0.8 <= found.coverage <= 1
    assert found.pinball is not None
    assert found.pinball <= min(each.pinball for each in found.candidates) * 1.05
    assert found.judged > 0
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
    assert "arrived by their P90" in found.words


def test_the_future_is_not_looked_at() -> None:
    orders = random_history(3, count=200, days=600)
    asof = after(400)
    hidden = [
        PastOrder(order.supplier, order.destination, order.ordered, order.stated, None)
        if order.arrived and order.arrived >= asof
        else order
        for order in orders
        if order.ordered < asof
    ]
    found = tune(orders, asof)
    assert found.candidates
    assert found == tune(hidden, asof)


def test_stated_days_that_say_something_are_trusted_and_noise_is_not() -> None:
    import random

    dice = random.Random(1)
    telling, noise = [], []
    for day in range(120):
        lead = dice.randrange(10, 60)
        telling.append(past(lead, placed=day, stated=max(1, lead - 2)))
        noise.append(past(30 + dice.randrange(3), placed=day, stated=dice.randrange(1, 60)))
    assert tune(telling, after(200)).parameters.trust_stated
    assert not tune(noise, after(200)).parameters.trust_stated


def test_a_drift_shortens_the_memory() -> None:
    drifting = [past(10 + day // 8 + day % 5, placed=day) for day in range(0, 600, 3)]
    assert tune(drifting, after(600)).parameters.half_life < DEFAULT.half_life


def test_every_morning_is_replayed_as_the_model_would_have_said_it() -> None:
    table = OrderTable.of(random_history(4))
    queries = past_queries(table, after(500))
    chosen = Parameters(half_life=120, everyone_half_life=45, averaged=True, k=10, k2=3)
    days = Replay(queries, LEAD).forecast(chosen, (0.1, 0.5, 0.9))
    for place in range(0, len(queries), 40):
        asked = date.fromordinal(int(queries.asked[place]))
        order = table.orders[queries.place[place]]
        model = ArrivalModel(table, asked, chosen)
        found = model.forecast(order.supplier, order.destination, order.ordered, asked)
        if found is not None:
            said = [(day - order.ordered).days for day in (found.p10, found.p50, found.p90)]
            assert said == days[place].tolist()
