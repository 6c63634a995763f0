"""A plugin of pytest: with `--databases one` most tests that take a database run on one of the two kinds.

By turns, so that each module runs on both between its tests. What is about locks, pages, many at once,
migrations or the SQL of a kind runs on both all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from zlib import crc32

import pytest

from tests.support.databases import KINDS

ON_BOTH = {
    *("test_claims", "test_coupon_budgets", "test_falling_asleep", "test_late_claims", "test_messages"),
    *("test_concurrency", "test_opening_together", "test_review_batches", "test_stock_units", "test_sweep"),
    *("test_event_positions", "test_event_deliveries", "test_message_rates", "test_paused_channels"),
    *("test_receivers_at_once", "test_plans", "test_reading", "test_searching", "test_supply_lists"),
    *("test_copying", "test_emptying", "test_schema", "test_upgrading", "test_newer_versions"),
    *("test_isolation", "test_odd_values", "test_operating", "test_reviews", "test_cursors"),
    "test_deciding_at_once",
}
"""Modules whose tests always run on both: locks and many at once, pages, the schema, what a kind takes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of a run is done twice."""
    parser.addoption(
        "--databases",
        choices=("one", "both"),
        default="both",
        help="run most tests on one kind of database by turns, or all on both",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other kind of database stands for."""
    if config.getoption("databases") == "one":
        left_out = {
            id(each) for _, module in groupby(items, lambda item: item.path) for each in _other(module)
        }
        config.hook.pytest_deselected(items=[each for each in items if id(each) in left_out])
        items[:] = [each for each in items if id(each) not in left_out]


def _other(module: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests of a module that are run on the other kind of database."""
    cases: dict[str, dict[Any, pytest.Item]] = {}
    for item in module:
        given = (
            item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        )
        if given.get("database_url") in KINDS and not _asks(item):
            rest = {name: value for name, value in given.items() if name != "database_url"}
            cases.setdefault(f"{item.name.partition('[')[0]} {rest}", {})[given["database_url"]] = item
    twice = {name: kinds for name, kinds in cases.items() if len(kinds) == len(KINDS)}
    if len(twice) < len(KINDS):
        return []
    first = crc32(next(iter(twice)).encode())
    return [kinds[KINDS[(first + number) % 2]] for number, kinds in enumerate(twice.values())]


def _asks(item: pytest.Item) -> bool:
    """Whether a test, or its module, has to do with what the kinds do differently."""
    assert isinstance(item, pytest.Function)
    return item.path.stem in ON_BOTH or "dialect" in item.function.__code__.co_names
