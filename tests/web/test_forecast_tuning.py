"""What the forecast of arrivals goes by, chosen and read over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT
from tests.support.shop import Shop
from tests.support.web import WebServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TUNE, CHOICES = "/v1/forecast/tune", "/v1/forecast/choices"


def test_what_is_chosen_is_what_the_command_chooses_and_once_under_a_key(web: WebServer, stock: Shop) -> None:
    buyer, today = web.as_("supply"), stock.services.calendar.day(web.desk.now())
    assert buyer.get(CHOICES).json() == {"parameters": asdict(DEFAULT), "choices": []}
    few = buyer.post(TUNE).json()
    assert (few["parameters"], few["pinball"]) == (asdict(DEFAULT), None)
    begins = [today - timedelta(days=400 - number) for number in range(300)]
    orders = [PastOrder("acme", "", day, arrived=day + timedelta(days=10 + day.day)) for day in begins]
    stock.services.forecasts.import_history(orders)
    key = {"idempotency-key": "tune-1"}
    said = buyer.post(TUNE, headers=key)
    assert said.status_code == 200, said.text
    found, tuning = said.json(), stock.services.forecasts.tune(today)
    assert (found["parameters"], found["pinball"]) == (asdict(tuning.parameters), tuning.pinball)
    assert (found["asked"], found["asof"]) == (tuning.asked, today.isoformat())
    again = buyer.post(TUNE, headers=key).json()
    assert (again["parameters"], again["words"]) == (found["parameters"], found["words"])
    listed = buyer.get(CHOICES).json()
    assert [each["words"] for each in listed["choices"]] == [found["words"], few["words"]]
    assert listed["parameters"] == found["parameters"]
    audit = stock.rows("SELECT call FROM audit WHERE object = 'parameters'")
    assert [each["call"] for each in audit] == [f"POST {TUNE}"] * 2
    assert web.as_("agent").post(TUNE).status_code == 403
    stock.unprotect("parameters")
    stock.run("UPDATE parameters SET content = '{\"of_a_newer_version\": 1}'")
    unreadable = buyer.post(TUNE, headers=key)
    assert (unreadable.status_code, unreadable.headers["content-type"]) == (503, "application/problem+json")
    assert "cannot read what was chosen" in unreadable.json()["detail"]
