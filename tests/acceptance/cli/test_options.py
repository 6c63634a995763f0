"""Options: a fault names the option as it was typed, in words and as JSON; every kind of value is strict."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from backorder.storage.tables import metadata
from starter.cli import cli
from starter.cli.faults import place_of
from tests.support.command_line import GOOD, Command, write
from tests.support.command_options import by_name, cases, words_of
from tests.support.databases import NewDatabase
from tests.support.fuzzing import FUZZ
from tests.support.shop import Shop

WRONG = (
    "",
    " 5",
    "x_y",
    "1_0",
    "+5",
    "-7",
    "٣",
    "1e3",
    "NaN",
    "KEEP",
    "2026-02-30",
    "9999-12-31",
    "a\tb",
    "x" * 5000,
)
"""Values that one kind of option or another refuses."""
IN_TURN = 5
"""An option is tried with every fifth of them; with all in a long run."""
START = (
    "start A-1/1 --sku LAMP --quantity 1 --customer ann --name Ann --email ann@example.com --region DE "
    "--unit-price 10.00 --currency EUR --payment captured"
)


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """One kind of database is enough here."""
    return new_database("sqlite")


def problem_of(result: Result) -> dict[str, Any]:
    """The problem object, which is all of standard output."""
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def named(name: str) -> tuple[set[str], set[str]]:
    """Places that a command's faults may name, and fields that they must not: those that are options.

    Of an argument that may be one of several things, the one that was meant may be named.
    """
    command = by_name()[name]
    places = {place_of(each) for each in command.params}
    places |= {each for place in places for each in place.split("|")}
    fields = {
        (each.name or "").replace("__", ".") for each in command.params if isinstance(each, click.Option)
    }
    return places, {each for each in fields if f"--{each}" not in places}


def documents(text: str) -> Iterator[Any]:
    """The JSON values that stand in a text one after the other."""
    decoder, at = json.JSONDecoder(), 0
    text = text.strip()
    while at < len(text):
        found, at = decoder.raw_decode(text, at)
        yield found
        at += len(text[at:]) - len(text[at:].lstrip())


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: ascii(each)[:12])
def test_every_fault_of_every_option_names_it_as_it_was_typed(
    environment: dict[str, str], wrong: str
) -> None:
    for place, (name, parameter) in enumerate(cases()):
        if not any(each.name == "as_json" for each in by_name()[name].params):
            continue
        if not FUZZ and (place + WRONG.index(wrong)) % IN_TURN:
            continue
        words = words_of(name, parameter, wrong)
        words = [*words[: len(name.split())], "--json", *words[len(name.split()) :]]
        result = CliRunner().invoke(cli, words, env=environment, input="")
        if result.exit_code != 2:
            continue
        places, fields = named(name)
        of_file = re.compile(rf".*[/.].*|{re.escape(wrong)}(:\d+)?")
        (found,) = documents(result.stdout)
        for each in found.get("errors", ()):
            assert set(each["field"].split(", ")) <= {*places, ""} or of_file.fullmatch(each["field"]), (
                words,
                each,
            )
        unquoted = re.sub(r'"[^"]*"', "", result.stderr)
        assert not {each for each in fields if "_" in each and re.search(rf"\b{each}\b", unquoted)}, (
            result.stderr
        )


TYPED = (
    (f"{START} --ordered-at 46143", "--ordered-at", "a spreadsheet's serial number"),
    (f"{START} --told-at soon --promised-by 3d", "--told-at", "or a length like 3d"),
    (f"{START} --line-paid 11", "--line-paid", "what was paid for shipping is --shipping-paid"),
    (f"{START} --currency euro", "--currency", "is no ISO 4217 currency"),
    (f"{START} --policy none-such", "--policy", "is unknown"),
    (START.replace("--email ann@example.com", ""), "--email", "or a phone number with --sms-consent"),
    (START.replace("A-1/1", "A-1/1.0"), "ORDER/LINE", "how a spreadsheet writes an ID as a number"),
    ("start --sku LAMP", "ORDER/LINE", "is missing"),
    ("ship O-1/1 --quantity 1", "--shipment", "is missing"),
    ("answer O-1/1 keep --sku DESK", "--sku", "goes with the choice alternative"),
    ("answer O-1/1 cancel --until 3d", "--until", "goes with the choice keep"),
    ("answer O-1/1 maybe", "CHOICE", "must be keep, cancel, withdraw or alternative"),
    ("cancel O-1/1 --reason x --by nobody", "--by", "must be customer, shop or supplier"),
    (
        "refund O-1/1 --refund F --amount 1 --sent-at 1d --failed-at 1d",
        "--sent-at, --failed-at",
        "one of them",
    ),
    ("priority O-1/1 1_0 --reason x --by me", "PRIORITY", "is no whole number"),
    ("list --limit 1_0", "--limit", "is no whole number"),
    ("list --status open", "--status", "is unknown"),
    (
        "supply product X --name X --price 1.299 --currency EUR --supplier acme",
        "--price",
        "is finer than the currency",
    ),
    (
        "supply product X --name X --price 1 --currency EUR --supplier none-such",
        "--supplier",
        "is unknown",
    ),
    ("supply date PO-1 1 --split x=3d", "--split", 'in "x=3d", quantity "x" is no whole number'),
    ("supply date PO-1 1 --split 9=3d", "--split", "add up to 9, but 10"),
    ("supply date PO-1 9 --split 9=3d", "ORDER, LINE", "has no line 9"),
    ("supply date PO-1 1", "--split, --cannot-supply", "say one of them"),
    (
        "supply purchase-order P --supplier acme --line '1 SOFA 2'",
        "--line",
        'in "1 SOFA 2", sku "SOFA" is no',
    ),
    ("supply count LAMP --on-hand many", "--on-hand", "is no whole number"),
    ("supply adjust LAMP --quantity 0 --reason x --adjustment A", "--quantity", "must not be 0"),
    ("task done O-1/1 unreachable --note x --by ''", "--by", "is empty"),
    ("task done abc --note x --by me", "TASK", "neither ORDER/LINE nor the ID of a task"),
    ("customer set ann --region Germany", "--region", "is no ISO 3166 region"),
    ("status --every 1e1", "--every", "is no number"),
    ("supply backtest --from 3", "--from", "is a number, no date of ISO 8601"),
    ("policy plan policies/standard.toml --price 1e3", "--price", "is no amount"),
    ("supply supplier acme --name 'a\x07b'", "--name", "must not hold"),
    ("list --needs --late=3", "--late", "does not take a value"),
    ("supply nothing", "", 'there is no command "nothing"'),
    ("supply shwo", "", 'did you mean "show"?'),
)
"""What is typed, the option or argument that is wrong in it, and what is said of it."""


def test_a_fault_names_what_was_typed(run: Command, line: Shop) -> None:
    """In JSON and in prose; and nothing of it is done."""
    before = everything(line)
    for words, field, detail in TYPED:
        found = problem_of(run(*shlex.split(words), "--json"))
        faults = {each["field"]: each["detail"] for each in found["errors"]}
        assert all(detail in faults.get(each, "") for each in field.split(", ")), (words, faults)
        prose = run(*shlex.split(words))
        assert prose.exit_code == 2, words
        assert detail in prose.stderr.replace("\n", " ") or "Invalid value" in prose.stderr, words
        assert all(each in prose.stderr for each in field.split(", ")), words
        assert prose.stdout == "", words
    assert everything(line) == before


def everything(shop: Shop) -> dict[str, list[Any]]:
    """All that is on record, by its table; the clock is set by whoever asks first what time it is."""
    return {name: shop.rows(f"SELECT * FROM {name}") for name in metadata.tables if name != "clock"}


@pytest.fixture
def line(shop: Shop) -> Shop:
    """A shop with a line that waits."""
    shop.open("O-1", 3)
    return shop


def test_fields_of_a_file_keep_their_names_beside_options(run: Command, shop: Shop) -> None:
    said = '{"sku": "LAMP", "quantity": "many", "ordered_at": "soon"}'
    result = run(
        "start", "A-1/1", "--file", "-", "--unit-price", "1.999", "--currency", "EUR", "--json", input=said
    )
    fields = {each["field"] for each in problem_of(result)["errors"]}
    assert {"quantity", "ordered_at", "--unit-price", "customer", "payment"} <= fields


def test_a_conflict_names_the_options_that_differ(run: Command, line: Shop) -> None:
    words = "supply count LAMP --on-hand {} --as-of 2025-03-03T09:00:00Z"
    assert run(*words.format(3).split()).exit_code == 0
    result = run(*words.format(4).split(), "--json")
    found = problem_of(result)
    assert (result.exit_code, found["type"], found["status"]) == (1, "urn:backorder:conflict", 409)
    assert found["errors"] == [{"field": "--on-hand", "detail": "is 3, not 4"}]
    assert "--on-hand is 3, not 4" in result.stderr


def kept(shop: Shop, kind: str) -> dict[str, Any]:
    """The newest request of a kind, as it is on record."""
    found = shop.rows(f"SELECT content FROM requests WHERE kind = '{kind}' ORDER BY requested_at")
    content: dict[str, Any] = json.loads(str(found[-1]["content"]))
    return content


@pytest.fixture
def in_auckland(line: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop at the other end of the world, whose clock stands in March 2025 and whose Temporal is away."""
    monkeypatch.setenv("BACKORDER_TIME_ZONE", "Pacific/Auckland")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    noon = datetime(2025, 3, 10, 12, tzinfo=UTC)
    monkeypatch.setattr("starter.cli.session.Session.now", lambda _: noon)
    monkeypatch.setattr("starter.client.Backorders.now", lambda _: noon)
    return line


@pytest.mark.parametrize(
    ("said", "day", "instant"),
    [
        ("3d", "2025-03-14", "2025-03-13T12:00:00Z"),
        ("20250320", "2025-03-20", "2025-03-19T11:00:00Z"),
        ("2025-03-20T09:30", "2025-03-20", "2025-03-19T20:30:00Z"),
        ("2025-03-20T11:30:00Z", "2025-03-21", "2025-03-20T11:30:00Z"),
    ],
)
def test_every_time_is_a_day_a_length_or_an_instant_in_the_shops_zone(
    run: Command, in_auckland: Shop, said: str, day: str, instant: str
) -> None:
    assert run("answer", "O-1/1", "keep", "--until", said).exit_code == 3
    assert kept(in_auckland, "answer")["until"] == day
    assert run("hold", "O-1/1", "--until", said, "--reason", "x").exit_code == 3
    assert kept(in_auckland, "hold")["until"] == instant
    assert run("payment", "O-1/1", "authorized", "--expires-at", said).exit_code == 3
    assert kept(in_auckland, "payment")["expires_at"] == instant
    assert run("supply", "date", "PO-1", "1", "--split", f"10={said}").exit_code == 0
    assert day in str(in_auckland.rows("SELECT * FROM stated_dates")[-1])


def test_a_length_counts_back_for_what_happened(run: Command, in_auckland: Shop) -> None:
    assert run("cancel", "O-1/1", "--reason", "x", "--quantity", "1", "--received-at", "2h").exit_code == 3
    assert kept(in_auckland, "cancel")["received_at"] == "2025-03-10T10:00:00Z"
    counted = run("supply", "count", "LAMP", "--on-hand", "1", "--as-of", "1d", "--json")
    assert counted.exit_code == 0
    shown = run("supply", "count", "LAMP", "--on-hand", "2", "--as-of", "1h", "--preview", "--json")
    assert json.loads(shown.stdout)["on_hand"] == 2


AHEAD, FAR = "2026-04-10", "2031-03-12"
RECEIPT, COUNT = "supply receipt PO-1 1 --receipt R --quantity 1", "supply count LAMP --on-hand 1"
ADJUST = "supply adjust LAMP --quantity 1 --reason x --adjustment A"
REFUND = "refund O-1/1 --amount 1 --refund F"
LATER = (
    *(
        f"{START} --ordered-at {{}}",
        f"{START} --completed-at {{}}",
        f"{START} --promised-by 3d --told-at {{}}",
    ),
    "cancel O-1/1 --reason x --received-at {}",
    "ship O-1/1 --quantity 1 --shipment S --shipped-at {}",
    "answer O-1/1 keep --received-at {}",
    *(f"{REFUND} --sent-at {{}}", f"{REFUND} --failed-at {{}}", "payment O-1/1 captured --at {}"),
    "supply purchase-order PO-9 --supplier acme --line '1 LAMP 1' --ordered-at {}",
    *(f"{RECEIPT} --received-at {{}}", f"{RECEIPT} --preview --received-at {{}}"),
    *(f"{COUNT} --as-of {{}}", f"{COUNT} --preview --as-of {{}}"),
    *(f"{ADJUST} --at {{}}", f"{ADJUST} --preview --at {{}}"),
    "supply return PO-1 1 --receipt R --return B --quantity 1 --returned-at {}",
)
"""What cannot have happened 13 months from now."""
FARTHER = (
    *(f"{START} --ship-by {{}}", f"{START} --told-at 1d --promised-by {{}}"),
    *("answer O-1/1 keep --until {}", "hold O-1/1 --reason x --until {}"),
    "payment O-1/1 authorized --expires-at {}",
    *("supply date PO-1 1 --split 10={}", "supply date PO-1 1 --preview --split 10={}"),
    "supply purchase-order PO-9 --supplier acme --line '1 LAMP 1 {}'",
)
"""What nobody can say six years ahead."""


def test_a_time_out_of_bounds_is_refused_at_every_door(run: Command, in_auckland: Shop) -> None:
    bounds = [
        *((each, AHEAD, "is in the future: it is 2025-03-10 now") for each in LATER),
        *((each, FAR, "is more than 5 years ahead, so it must be a mistake") for each in FARTHER),
        *((each, "1999-12-31", "is before 2000-01-01") for each in FARTHER),
    ]
    for words, when, detail in bounds:
        result = run(*shlex.split(words.format(when)), "--json")
        assert result.exit_code == 2, (words, result.output)
        found = problem_of(result)["errors"]
        assert [each for each in found if detail in each["detail"]] == found[:1], (words, found)
        assert found[0]["field"] in words, (words, found)
    assert in_auckland.rows("SELECT * FROM requests") == []


def test_a_currency_unlike_the_products_is_taken_with_a_warning(
    run: Command, in_auckland: Shop, tmp_path: Path
) -> None:
    words = shlex.split(START.replace("EUR", "USD"))
    warning = "currency: USD is not the product's, EUR"
    said = json.loads(run(*words, "--json").stdout)
    assert (said["new"], [each[: len(warning)] for each in said["warnings"] if warning in each]) == (
        True,
        [warning],
    )
    assert f"! --{warning}" in run(*words).stdout
    rows = [{**GOOD, "order_id": f"B-{currency}", "currency": currency} for currency in ("EUR", "USD")]
    lines = write(tmp_path / "lines.csv", *rows)
    for dry in ((("--dry-run",)), ()):
        verdicts = map(json.loads, run("import", lines, *dry, "--json").stdout.splitlines())
        found = {each["id"]: [True for words in each["warnings"] if warning in words] for each in verdicts}
        assert found == {"B-EUR/1": [], "B-USD/1": [True]}
