"""What an action answers for programs: the same names as over HTTP, beside those that it had before."""

from __future__ import annotations

import json

import pytest

from tests.support.command_line import Command
from tests.support.shop import Shop


@pytest.mark.parametrize(
    ("command", "own", "request_id"),
    [
        (("cancel", "O-1/1", "--reason", "too late", "--request-id", "c-1"), ("request_id", "c-1"), "c-1"),
        (("ship", "O-1/1", "--quantity", "1", "--shipment", "7"), ("shipment_id", "7"), "shipment-7"),
        (("refund", "O-1/1", "--amount", "1.00", "--refund", "7"), ("refund_id", "7"), "refund-7"),
    ],
)
def test_an_action_names_its_request_as_http_does(
    run: Command,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    own: tuple[str, str],
    request_id: str,
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.start()
    said = json.loads(run(*command, "--json").stdout)
    assert (said["request"], said[own[0]]) == (request_id, own[1])
