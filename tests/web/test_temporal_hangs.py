"""A Temporal that takes connections and never answers is asked once, and then left alone for a while."""

from __future__ import annotations

import socket
import time

from starter.temporal_circuit_breaker import LONGEST_WAIT_S, OPEN_S
from tests.support.shop import Shop
from tests.support.waiting import holds
from tests.support.web import serving


def test_actions_wait_once_for_a_temporal_that_never_answers(stock: Shop) -> None:
    for order in ("O-1", "O-2"):
        stock.start(order)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with serving(stock.services, temporal=f"127.0.0.1:{silent.getsockname()[1]}") as web:
            agent, took = web.as_("agent"), list[float]()
            for order in ("O-1", "O-2"):
                began = time.monotonic()
                body = {"reason": "told us", "by": "customer"}
                asked = agent.post(f"/v1/backorders/{order}/1/cancel", json=body)
                took.append(time.monotonic() - began)
                assert asked.status_code == 202, asked.text
                assert "once Temporal is back" in asked.text
                holds("nobody asks it for a while", lambda: web.desk.breaker.is_open)
            began = time.monotonic()
            status = web.as_("admin").get("/v1/status").json()
            assert agent.get("/v1/status").status_code == 403
            assert "does not answer" in status["temporal"].pop("away")
            assert set(status["temporal"].values()) == {None}, "nobody knows"
            assert (status["lines"]["waiting"], time.monotonic() - began < LONGEST_WAIT_S / 2) == (2, True)
            assert took[1] < LONGEST_WAIT_S / 2 < took[0] < OPEN_S
