"""What is said twice: the same is harmless, other content is named, what was not given does not count."""

from __future__ import annotations

import shlex

import pytest

from tests.support.command_line import Command, assert_refused
from tests.support.databases import NewDatabase
from tests.support.days import at
from tests.support.shop import Shop

REQUESTS = {
    "cancel O-1/1 --request-id r --reason more --by customer --quantity 2 --received-at 2025-03-02T10:00Z": {
        "--reason 'too late'": "--reason is more, not too late",
        "--by supplier": "--by is customer, not supplier",
        "--quantity 1": "--quantity is 2, not 1",
        "--received-at 2025-03-02T11:00:00Z": "--received-at is 2025-03-02T10:00:00Z, not 2025-03-02T11:00",
    },
    "ship O-1/1 --shipment r --quantity 2 --carrier DHL --tracking JD1 --shipped-at 2025-03-02T10:00:00Z": {
        "--quantity 1": "--quantity is 2, not 1",
        "--carrier UPS --tracking JD2": "--carrier is DHL, not UPS; --tracking is JD1, not JD2",
        "--shipped-at 2025-03-02T10:00:01Z": "--shipped-at is 2025-03-02T10:00:00Z, not 2025-03-02T10:00:01Z",
    },
    "answer O-1/1 keep --request-id r --until 2025-05-01 --via phone --evidence 'called Ann at +49301'": {
        "--until 2025-05-02": "--until is 2025-05-01, not 2025-05-02",
        "--via sms": "--via is phone, not sms",
        "--evidence 'called Bob'": "--evidence is not what was given before",
        "--quantity 1": "--quantity is not set, not 1",
    },
    "hold O-1/1 --request-id r --until 2025-03-20T10:00:00Z --reason holiday": {
        "--until 2025-03-21T10:00:00Z": "--until is 2025-03-20T10:00:00Z, not 2025-03-21T10:00:00Z",
        "--reason asked": "--reason is holiday, not asked",
    },
    "refund O-1/1 --refund r --amount 5.00 --means card --sent-at 2025-03-02T10:00:00Z": {
        "--amount 4": "--amount is 5, not 4",
        "--means cash": "--means is card, not cash",
    },
    "payment O-1/1 authorized --request-id r --expires-at 2025-03-20T10:00:00Z --at 2025-03-02T10:00:00Z": {
        "--expires-at 2025-03-21T10:00:00Z": "--expires-at is 2025-03-20T10:00:00Z, not 2025-03-21",
        "--at 2025-03-02T09:00:00Z": "--at is 2025-03-02T10:00:00Z, not 2025-03-02T09:00:00Z",
    },
}
FACTS = {
    "supply receipt PO-1 1 --receipt R --quantity 2 --received-at 2025-03-03T08:00:00Z": {
        "--quantity 3": "--quantity is 2, not 3",
        "--received-at 2025-03-03T08:30:00Z": "--received-at is 2025-03-03T08:00:00Z, not 2025-03-03T08:30",
    },
    "supply return PO-1 1 --receipt R --return B --quantity 1 --returned-at 2025-03-03T08:40:00Z": {
        "--replacement": "--replacement is false, not true",
        "--returned-at 2025-03-03T08:41:00Z": "--returned-at is 2025-03-03T08:40:00Z, not 2025-03-03T08:41",
    },
    "supply adjust LAMP --adjustment A --quantity 2 --reason found --at 2025-03-03T08:00:00Z": {
        "--quantity 3": "--quantity is 2, not 3",
        "--reason lost": "--reason is found, not lost",
        "--at 2025-03-03T07:00:00Z": "--at is 2025-03-03T08:00:00Z, not 2025-03-03T07:00:00Z",
    },
    "supply count LAMP --on-hand 5 --as-of 2025-03-03T08:50:00Z": {"--on-hand 6": "--on-hand is 5, not 6"},
}
OPTIONAL = ("--received-at", "--shipped-at", "--sent-at", "--returned-at", "--at", "--by", "--means", "--via")


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """One kind of database is enough here."""
    return new_database("sqlite")


@pytest.fixture
def line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with a line of three lamps, whose Temporal is away."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.open("O-1", 3)
    return shop


def without(words: list[str]) -> list[str]:
    """A command without the options that have a default."""
    left = list(words)
    for name in OPTIONAL:
        if name in left:
            del left[left.index(name) : left.index(name) + 2]
    return left


@pytest.mark.parametrize("command", [*REQUESTS, *FACTS], ids=lambda text: " ".join(text.split()[:2]))
def test_each_field_that_differs_is_named_and_defaults_do_not_count(
    run: Command, line: Shop, command: str
) -> None:
    if "return" in command:
        line.receive(2, "R", received_at=at(0, 8))
    words = shlex.split(command)
    first = run(*words)
    assert first.exit_code in (0, 3), first.output
    for again in (words, without(words)):
        same = run(*again)
        assert same.exit_code == first.exit_code, same.output
    for other, difference in (REQUESTS | FACTS)[command].items():
        assert_refused(run(*words, *shlex.split(other)), "with other content: ", difference, code=1)


def test_one_id_for_two_requests_is_a_conflict_that_says_so(run: Command, line: Shop) -> None:
    run("cancel", "O-1/1", "--request-id", "r", "--reason", "x")
    assert_refused(
        run("hold", "O-1/1", "--request-id", "r", "--reason", "x", "--until", "2025-03-20T10:00:00Z"),
        "r was asked of O-1/1 before, as another request: it is a cancel, not a hold",
        code=1,
    )


@pytest.mark.parametrize("amount", ["5.001", "0.1234", "1.299"])
def test_a_refund_finer_than_the_lines_currency_is_refused(run: Command, line: Shop, amount: str) -> None:
    assert_refused(
        run("refund", "O-1/1", "--refund", "F", "--amount", amount), f"--amount: {amount} is finer than"
    )
    assert line.rows("SELECT * FROM requests") == []


def test_the_shops_zone_is_kept_with_the_database(
    run: Command, line: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = ("supply", "count", "LAMP", "--on-hand", "1", "--as-of")
    monkeypatch.setenv("BACKORDER_TIME_ZONE", "Pacific/Auckland")
    assert run(*count, "2025-03-02T10:00").exit_code == 0
    monkeypatch.setenv("BACKORDER_TIME_ZONE", "Europe/Berlin")
    assert_refused(
        run("list"),
        "BACKORDER_TIME_ZONE is Europe/Berlin, but this database keeps the days of Pacific/Auckland",
    )
    monkeypatch.delenv("BACKORDER_TIME_ZONE")
    assert run(*count, "2025-03-02T11:00").exit_code == 0, "unset, what is kept counts"
    [first, second] = line.rows("SELECT as_of FROM stock_counts ORDER BY as_of")
    assert [str(row["as_of"])[:16] for row in (first, second)] == ["2025-03-01T21:00", "2025-03-01T22:00"]
