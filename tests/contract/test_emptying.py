"""A database that tests use one after the other begins as a new one does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg import connect

from backorder.services.services import open_services
from backorder.settings import Settings
from tests.support.databases import PostgresServer
from tests.support.emptying import empty, migrated
from tests.support.shop import Shop


@pytest.fixture
def url(postgres: Callable[[], PostgresServer]) -> str:
    return postgres().create(migrated=True)


def test_what_a_test_wrote_is_gone(url: str) -> None:
    usual = migrated(url)
    services = open_services(Settings(database_url=url))
    shop = Shop(services)
    shop.supplier()
    shop.product()
    with connect(url, autocommit=True) as connection:
        assert empty(connection, usual)  # whoever is still connected
    services.close()
    assert migrated(url) == usual


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE timeline DISABLE TRIGGER USER",
        "CREATE TABLE more (id integer)",
        "ALTER TABLE tasks ADD COLUMN more integer",
    ],
)
def test_one_of_another_shape_is_not_used_again(url: str, change: str) -> None:
    usual = migrated(url)
    with connect(url, autocommit=True) as connection:
        connection.execute(change)
        assert not empty(connection, usual)
