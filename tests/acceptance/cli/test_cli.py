"""The command line without a server: help, policies, reading, checking files, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backorder.services.services import Services
from backorder.settings import POLICIES, Settings
from backorder.storage.engine import open_database
from backorder.storage.migrate import newest
from starter.cli import cli
from tests.support.command_line import GOOD, Command, assert_refused, verdicts, write
from tests.support.days import at, day
from tests.support.shop import Shop

HEAVY = {"temporalio", "sqlalchemy", "alembic", "pydantic", "rich", "numpy", "jinja2"}
NOT_TO_READ = {
    *("temporalio", "alembic", "numpy", "jinja2", "openpyxl", "babel", "phonenumbers", "email_validator"),
    *("backorder.schemas", "backorder.messaging.render", "backorder.services.dispatch_messages"),
}
"""What takes long to import, and commands that read the database can do without."""
# --- help


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from starter.cli import cli; cli(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    words, _, modules = done.stdout.rpartition("\n\n")
    assert "Exit codes:" in words
    assert not HEAVY & {*done.stdout.splitlines()[-1].split()}
    assert modules


READING = ("list", "list --json", "find ann", "show O-1/1", "supply list", "task list")


def test_commands_that_only_read_import_no_more_than_that(settings: Settings, shop: Shop) -> None:
    shop.open("O-1", 1)
    code = (
        "import sys\nfrom starter.cli import cli\n"
        f"for words in {READING!r}:\n"
        "    try:\n        cli(words.split(), prog_name='backorder')\n"
        "    except SystemExit as leaving:\n        assert not leaving.code, (words, leaving.code)\n"
        f"    assert not (found := {NOT_TO_READ!r}.intersection(sys.modules)), (words, found)\n"
        "print(*sys.modules)"
    )
    env = {
        **os.environ,
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    loaded = {*done.stdout.splitlines()[-1].split()}
    of_postgres = "sqlalchemy.dialects.postgresql" in loaded
    assert of_postgres == settings.database_url.startswith("postgresql")


def test_every_command_has_help() -> None:
    def names(group: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        found = []
        for name in group.list_commands(None):
            command = group.get_command(None, name)
            found.append((*before, name))
            found += names(command, (*before, name)) if hasattr(command, "commands") else []
        return found

    for path in names(cli):
        result = CliRunner().invoke(cli, [*path, "--help"])
        assert result.exit_code == 0, (path, result.output)
        assert result.stdout.startswith("Usage:")


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    assert_refused(CliRunner().invoke(cli, ["shwo"]), 'there is no command "shwo"; did you mean "show"?')


# --- set-up


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["list"], env={"BACKORDER_DATA": str(tmp_path / "none")})
    assert_refused(result, "there is no database at", "backorder up")
    assert not (tmp_path / "none").exists()


def test_unknown_settings_are_named(run: Command) -> None:
    result = CliRunner().invoke(cli, ["list"], env={"BACKORDER_COLOUR": "red", "BACKORDER_THREADS": "many"})
    assert_refused(result, "BACKORDER_COLOUR: there is no such setting", "BACKORDER_THREADS:")


def test_files_with_a_byte_order_mark(tmp_path: Path) -> None:
    """As some editors write it, and nobody sees."""
    settings = tmp_path / "shop.toml"
    settings.write_text('shop_name = "Lamps"\n', encoding="utf-8-sig")
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "p.toml").write_text('name = "p"\n', encoding="utf-8-sig")
    env = {"BACKORDER_CONFIG": str(settings), "BACKORDER_DATA": str(tmp_path)}
    for command in (
        ["db", "upgrade"],
        ["policy", "load", str(policies)],
        ["policy", "check", str(policies / "p.toml")],
    ):
        result = CliRunner().invoke(cli, command, env=env)
        assert result.exit_code == 0, result.output


def test_db_upgrade(tmp_path: Path) -> None:
    env = {"BACKORDER_DATA": str(tmp_path)}
    first = CliRunner().invoke(cli, ["db", "upgrade", "--json"], env=env)
    again = CliRunner().invoke(cli, ["db", "upgrade"], env=env)
    assert json.loads(first.stdout)["after"] == newest()
    assert json.loads(first.stdout)["before"] is None
    assert f"is at {newest()} already" in again.stdout


def test_an_old_schema_says_what_to_do(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'backorder.db'}").connect().close()
    (tmp_path / "backorder.db").touch()
    result = CliRunner().invoke(cli, ["list"], env={"BACKORDER_DATA": str(tmp_path)})
    assert_refused(result, "run `backorder db upgrade`")


# --- policies


def test_policy_check(tmp_path: Path) -> None:
    good = CliRunner().invoke(cli, ["policy", "check", *map(str, sorted(POLICIES.glob("*.toml")))])
    assert good.exit_code == 0
    assert 'policy "standard"' in good.stdout
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\npartial = "maybe"\n[updates]\nevery = "soon"\n')
    twice = tmp_path / "twice.toml"
    twice.write_text('name = "standard"\n')
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'name = "caf\xe9"\n')
    files = [str(POLICIES / "standard.toml"), str(bad), str(twice), str(latin)]
    result = CliRunner().invoke(cli, ["policy", "check", *files])
    assert_refused(
        result, f"{bad}:2: partial: ", f"{bad}:4: updates.every: ", "is already used in", "is not UTF-8"
    )
    assert json.loads(CliRunner().invoke(cli, ["policy", "check", "--json", *files]).stdout)["faults"]


def test_policy_plan_is_what_the_engine_does() -> None:
    standard = str(POLICIES / "standard.toml")
    args = ["policy", "plan", standard, "--ordered", "2025-03-03", "--slip", "10:14", "--slip", "25:20"]
    result = CliRunner().invoke(cli, [*args, "--json"])
    moments = json.loads(result.stdout)
    told = [(each["day"], each["what"]) for each in moments if each["who"] == "customer"]
    assert told[0] == (0, "confirmed")
    assert (10, "delayed") in told
    assert {"alternatives", "coupon"} <= {what for _, what in told}
    assert told[-1][1] == "shipped"
    assert [each["what"] for each in moments[-2:]] == ["fulfilled", "shipped"]
    table = CliRunner().invoke(cli, args, env={"COLUMNS": "160"}).stdout
    assert "order confirmed" in table
    assert "Mon 3 Mar" in table


def test_policy_plan_without_supply_ends_by_policy(tmp_path: Path) -> None:
    rules = tmp_path / "ends.toml"
    ending = '[[stages]]\nid = "end"\nwhen = { waited = "90d" }\ndo = "cancel"\n'
    rules.write_text(f'name = "ends"\n{ending}')
    args = ["policy", "plan", str(rules), "--no-supply", "--ordered", "2025-03-03"]
    moments = json.loads(CliRunner().invoke(cli, [*args, "--json"]).stdout)
    endings = [(each["day"], each["what"]) for each in moments if each["what"] in ("ending_due", "cancelled")]
    assert endings[0] == (88, "ending_due")
    assert endings[-1] == (90, "cancelled")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--slip", "soon"], '--slip: "soon" is no slip; write DAY:DAYS'),
        (["--price", "much"], '--price: "much" is no amount'),
        (["--ordered", "today"], "Invalid value for '--ordered': \"today\" is no date of ISO 8601"),
        (["--no-supply", "--lead-days", "3"], "--no-supply: does not go with"),
    ],
)
def test_policy_plan_refuses(args: list[str], words: str) -> None:
    assert_refused(CliRunner().invoke(cli, ["policy", "plan", str(POLICIES / "standard.toml"), *args]), words)


def test_policy_load(run: Command, settings: Settings, services: Services) -> None:
    assert json.loads(run("policy", "load", "--json").stdout)["policies"] == [
        "hold",
        "ship",
        "skip",
        "standard",
    ]
    (settings.policies / "new.toml").write_text('name = "new"\npartial = "maybe"\n')
    assert_refused(run("policy", "load"), "new.toml: line 2: partial")


# --- reading


def test_list_and_show(run: Command, shop: Shop) -> None:
    shop.start("O-1", 2)
    shop.dispatch()
    listed = run("list")
    assert listed.exit_code == 0
    assert "O-1/1" in listed.stdout
    assert "● waiting" in listed.stdout
    assert json.loads(run("list", "--json").stdout)["lines"][0]["id"] == "O-1/1"
    shown = run("show", "O-1/1").stdout
    assert "What happens next" in shown
    assert "order confirmed" in shown
    found = json.loads(run("show", "O-1/1", "--json").stdout)
    assert found["promise"]["by"] == day(21).isoformat()
    letter = run("message", found["messages"][0]["id"][:8])
    assert "Ann" in letter.stdout
    assert run("message", "--html", found["messages"][0]["id"]).stdout.startswith("<!")


def test_show_survives_whatever_names_hold(run: Command, shop: Shop) -> None:
    shop.product("ODD", name="[bold]x[/] ]] [/nope]")
    shop.start("O-1", 1, sku="ODD", customer={"name": "[red]Ann[/"})
    assert "[bold]x[/] ]] [/nope]" in run("show", "O-1/1").stdout
    assert "[red]Ann[/" in run("show", "O-1/1").stdout
    assert "[bold]x[/]" in run("list").stdout


def test_unknown_lines_messages_and_filters(run: Command, shop: Shop) -> None:
    assert_refused(run("show", "O-9/1"), "there is no backorder O-9/1")
    assert_refused(run("message", "abc"), "there is no message abc")
    assert_refused(run("list", "--status", "open"), "--status:")
    assert_refused(run("list", "--cursor", "x y"), "cursor")
    assert "no backorder fits" in run("list", "--order", "none").stdout


# --- what is refused before anything is asked of a server


def test_a_request_is_checked_whole(run: Command, shop: Shop) -> None:
    assert_refused(run("ship", "O-1/1", "--quantity", "0"), "--shipment: is missing", "--quantity:")
    assert_refused(run("cancel", "O-1"), '"O-1" is no backorder')
    assert_refused(
        run("hold", "O-1/1", "--until", "1 May", "--reason", "x"), '--until: "1 May" is no date of ISO 8601'
    )
    assert_refused(
        run("start", "O-1/1", "--quantity", "0", "--sku", "NIX"), "quantity:", "customer: is missing", "NIX"
    )
    assert_refused(run("supply", "date", "PO-1", "1", "--split", "five"), "write QUANTITY=DAY")
    assert_refused(run("supply", "purchase-order", "PO-9", "--line", "1 LAMP"), "write LINE SKU QUANTITY")
    assert shop.rows("SELECT * FROM requests") == []


def test_what_is_said_is_on_record_while_temporal_is_away(
    run: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    done = run("supply", "adjust", "LAMP", "--quantity", "1", "--reason", "x", "--adjustment", "A")
    assert done.exit_code == 0
    assert run("supply", "count", "LAMP", "--on-hand", "3").exit_code == 0
    assert [row["quantity"] for row in shop.rows("SELECT quantity FROM stock_movements")] == [1, 2]


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "quantity 0": ({"quantity": "0"}, "quantity: "),
    "quantity in words": ({"quantity": "two"}, "quantity: "),
    "no currency": ({"currency": "EURO"}, 'currency: "EURO" is no ISO 4217 currency'),
    "no phone": ({"customer.phone": "12", "customer.email": ""}, 'customer.phone: "12" is no phone number'),
    "no email": ({"customer.email": "ann"}, 'customer.email: "ann" is no email address'),
    "no region": ({"customer.region": "XX"}, 'customer.region: "XX" is no ISO 3166 region'),
    "no part of a region": ({"customer.region": "US-"}, 'customer.region: "US-" is no ISO 3166 region'),
    "another date": ({"ordered_at": "3.3.2025 09:00"}, "say --date-format"),
    "decimal comma": ({"unit_price": "10,00"}, "say --decimal comma"),
    "error of a spreadsheet": ({"customer.name": "#N/A"}, "customer.name: the cell holds the error #N/A"),
    "a serial number": ({"ordered_at": "45719.375"}, "is a spreadsheet's serial number"),
    "no product": ({"sku": "NIX"}, 'sku: "NIX" is no known product'),
    "no policy": ({"policy": "nix"}, 'policy: "nix" is unknown; known are hold, ship, skip, standard'),
    "nothing": ({"payment": ""}, "payment: is missing"),
    "no price": ({"unit_price": "-1"}, "unit_price: "),
}


def bad_file(path: Path) -> tuple[str, dict[int, str]]:
    """Two hundred lines, a tenth of them faulty: the file and the fault of each such line."""
    rows, expected = [], {}
    kinds = list(FAULTS.values())
    for number in range(2, 202):
        row = GOOD | {"order_id": f"A-{number}"}
        if number % 10 == 0:
            wrong, words = kinds[(number // 10) % len(kinds)]
            row |= wrong
            expected[number] = words
        rows.append(row)
    rows[50]["order_id"] = rows[51]["order_id"] = "A-TWICE"
    expected |= {52: '"A-TWICE/1" is also in row 53', 53: '"A-TWICE/1" is also in row 52'}
    rows[60] |= {"sku": "NIX", "quantity": "0", "currency": "??"}
    expected[62] = "sku: "
    return write(path, *rows), expected


def test_what_a_count_does_is_shown_before_it_is_written_and_answered_after_it(
    run: Command, shop: Shop
) -> None:
    shop.adjust(3)
    for number in (1, 2):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.dispatch()
    before = shop.rows("SELECT * FROM stock_movements")
    count = ("supply", "count", "LAMP", "--on-hand", "2")
    shown = run(*count, "--preview")
    assert "nothing is written" in shown.stdout
    assert "O-2/1" in shown.stdout
    effect = {"sku": "LAMP", "change": -1, "on_hand": 2, "allocated": 2, "lines_getting": []}
    effect |= {"lines_losing": [{"backorder": "O-2/1", "units": 1}]}
    preview = json.loads(run(*count, "--preview", "--json").stdout)
    assert effect.items() <= preview.items()
    assert [(each["backorder"], each["units"]) for each in preview["effects"]] == [("O-2/1", -1)]
    assert shop.rows("SELECT * FROM stock_movements") == before
    answer = json.loads(run(*count, "--json").stdout)
    assert effect.items() <= answer.items()
    assert answer["remarks"] == ["2 of LAMP on hand (-1); 1 line loses 1 unit"]
    adjusted = ("supply", "adjust", "LAMP", "--quantity=1", "--reason", "found", "--adjustment", "A-9")
    found = json.loads(run(*adjusted, "--json").stdout)
    assert (found["new"], found["lines_getting"]) == (True, [{"backorder": "O-2/1", "units": 1}])
    assert json.loads(run(*adjusted, "--json").stdout)["new"] is False


def test_a_file_with_faults_of_every_kind(run: Command, shop: Shop, tmp_path: Path) -> None:
    file, expected = bad_file(tmp_path / "lines.csv")
    result = run("import", "--dry-run", "--json", file)
    assert result.exit_code == 2
    found = verdicts(result)
    assert [*found] == [*range(2, 202)]
    refused = {line: each["faults"] for line, each in found.items() if each["verdict"] == "refused"}
    assert {*refused} == {*expected}
    for line, words in expected.items():
        assert any(words in fault for fault in refused[line]), (line, refused[line])
    assert [fault.split(":")[0] for fault in refused[62]] == ["quantity", "currency", "sku"]
    assert shop.rows("SELECT * FROM backorders") == []
    words = run("import", "--dry-run", file).stdout
    assert "row 52 A-TWICE/1" in words
    assert f"{200 - len(expected)} would start" in words
    assert "nothing was written" in words


def test_equal_faults_are_shown_by_a_few_and_a_count(run: Command, shop: Shop, tmp_path: Path) -> None:
    twice = [GOOD | {"order_id": f"A-{number % 7}"} for number in range(400)]
    odd = [GOOD | {"order_id": f"B-{number}", "quantity": f"{number}.000"} for number in range(400)]
    file, errors = write(tmp_path / "lines.csv", *twice, *odd), tmp_path / "errors.csv"
    result = run("import", "--dry-run", file)
    assert result.exit_code == 2
    assert len(result.output.splitlines()) < 15
    assert len(result.output) < 2000
    assert 'row 2 A-0/1: order_id, line_id: "A-0/1" is also in row 9 and 56 more' in result.stdout
    assert result.stdout.count("and 397 more of this kind") == 2
    assert "--errors FILE" in result.stdout
    assert "--errors FILE" not in run("import", "--dry-run", "--errors", str(errors), file).stdout
    with errors.open(encoding="utf-8", newline="") as kept:
        rows = list(csv.DictReader(kept))
    assert [int(row["line"]) for row in rows] == [*range(2, 802)]
    assert rows[-1]["id"] == "B-399/1"
    assert rows[-1]["fault"].startswith('quantity: "399.000": write digits alone')
    lines = tmp_path / "errors.jsonl"
    run("import", "--dry-run", "--errors", str(lines), file)
    assert len([json.loads(line)["fault"] for line in lines.read_text().splitlines()]) == 800


def test_what_cannot_be_written_fails_before_anything_is_done(
    run: Command, shop: Shop, tmp_path: Path
) -> None:
    file = write(tmp_path / "lines.csv", GOOD)
    nowhere = tmp_path / "nowhere"
    assert_refused(
        run("import", file, "--errors", str(nowhere / "errors.csv")), "--errors", "there is no folder"
    )
    assert_refused(run("import", file, "--errors", str(tmp_path / "errors.txt")), "name it .csv or .jsonl")
    assert_refused(
        run("import", "--template", str(nowhere / "lines.csv")), "--template", "there is no folder"
    )
    assert_refused(run("import", "--template", file), "is there already")
    history = tmp_path / "history.csv"
    history.write_text("supplier,destination,ordered,arrived\nacme,,2025-01-01,2025-01-09\n")
    backtest = ("supply", "backtest", "--history", str(history))
    assert_refused(run(*backtest, "--out", str(nowhere / "all.csv")), "--out", "there is no folder")
    assert shop.rows("SELECT * FROM backorders") == []


def test_what_a_supply_file_does_not_say_is_not_done(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is cancelled, and no date is lost, because a row could not be read."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.purchase("PO-5", {"stated_date": day(20)}, {"stated_date": day(20)})
    open_lines = (
        "SELECT purchase_order, line FROM purchase_order_lines WHERE cancelled_at IS NULL ORDER BY 1, 2"
    )
    before = shop.rows(open_lines)

    def file(name: str, text: str) -> tuple[str, ...]:
        (tmp_path / name).write_text(text)
        return ("--file", str(tmp_path / name))

    head = "id,supplier,ordered_at,line,sku,quantity\n"
    row = "PO-5,acme,2025-03-03T09:00:00Z,{},LAMP,10{}\n"
    torn = file(
        "torn.csv", head + row.format(1, "") + row.format(2, ",oops") + "PO-6,acme,2025-03-03,1,LAMP,4\n"
    )
    result = run("supply", "purchase-order", *torn, "--json")
    assert {each["id"]: each["verdict"] for each in verdicts(result).values()} == {
        "": "refused",  # the torn row itself
        "PO-5": "refused",
        "purchase order PO-6": "done",
    }
    short = file("short.csv", head + row.format(1, ""))
    assert "PO-5 line 2: is not named here" in run("supply", "purchase-order", *short).stdout
    order = {"id": "PO-5", "supplier": "acme", "ordered_at": "2025-03-03T09:00:00Z"}
    lines = [{"line": str(number), "sku": "LAMP", "quantity": 10} for number in (1, 2)]
    twice = file("twice.jsonl", "".join(json.dumps(order | {"lines": [line]}) + "\n" for line in lines))
    assert "stands more than once in this file" in run("supply", "purchase-order", *twice, "--yes").stdout
    options = ("PO-5", "--supplier", "acme", "--ordered-at", "2025-03-03T09:00:00Z", "--line", "1 LAMP 10")
    assert_refused(run("supply", "purchase-order", *options), "PO-5 line 2: is not named here", "--yes")
    assert shop.rows(open_lines) == [*before, {"purchase_order": "PO-6", "line": "1"}]

    dates = "purchase_order,line,quantity,date\nPO-5,1,10,\nPO-5,2,10,{}\n"
    result = run("supply", "date", *file("dates.csv", dates.format("none")))
    assert 'date: is empty; write the word "none"' in result.stdout
    assert "1 done, 1 refused" in result.stdout
    assert_refused(run("supply", "date", "PO-5", "1", "--split", "10="), "write QUANTITY=DAY")
    counts = file("counts.csv", "sku;on_hand\nLAMP;3\n")
    assert run("supply", "count", *counts).exit_code == 0
    receipts = file("receipts.csv", "receipt_id;purchase_order;line;qty\nR-1;PO-5;1;4\nR-2;PO-5;1;1.000\n")
    assert "row 3 R-2 PO-5 1: quantity: " in run("supply", "receipt", *receipts).stdout
    assert shop.rows("SELECT on_hand FROM stock") == [{"on_hand": 7}]
    assert run("supply", "purchase-order", *short, "--yes").exit_code == 0
    assert {"purchase_order": "PO-5", "line": "2"} not in shop.rows(open_lines)


def test_a_history_whose_rows_cannot_all_be_true(run: Command, shop: Shop, tmp_path: Path) -> None:
    good = [f"acme;Berlin;{number}.3.2024;;{number + 9}.3.2024" for number in range(1, 21)] * 3
    wrong = ["acme;Berlin;1.3.2024;;1.2.2024", "acme;Berlin;soon;;", "acme;Berlin;1.3.2024;;1.3.2034"]
    path = tmp_path / "history.csv"
    path.write_text("\n".join(["Supplier;Destination;Ordered;Stated;Arrived", *good, *wrong]))
    said = ("supply", "history", "import", str(path), "--date-format", "%d.%m.%Y")
    refused = run(*said)
    assert_refused(
        refused,
        "row 62: arrived 2024-02-01 is before",
        'row 63: ordered: "soon" is no date',
        "row 64: ",
        "3 rows cannot be used",
        "--skip-faulty",
    )
    assert shop.rows("SELECT * FROM history") == []
    result = run(*said, "--skip-faulty", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"orders": 60, "new": 60})
    assert "left out: 3 rows" in result.stderr
    path.write_text("supplier,destination,orderd,arrived\n")
    assert_refused(run(*said), 'there is no column "orderd"; did you mean "ordered"?')


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_imports(run: Command, shop: Shop, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sample.{ending}"
    assert run("import", "--template", str(path)).exit_code == 0
    result = run("import", "--dry-run", "--json", str(path))
    assert [each["verdict"] for each in verdicts(result).values()] == ["started"], result.output
    without = CliRunner().invoke(
        cli,
        ["import", "--template", str(tmp_path / f"no.{ending}")],
        env={"BACKORDER_DATA": str(tmp_path / "none")},
    )
    assert without.exit_code == 0, without.output


def test_one_bad_line_never_stops_the_others(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    customer = {"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"}
    nested = {name: value for name, value in GOOD.items() if not name.startswith("customer.")}
    lines = [
        json.dumps(nested | {"order_id": f"A-{number}", "quantity": 1, "customer": customer})
        for number in range(60)
    ]
    lines[3] = lines[3].replace("LAMP", "LAMP \\ud83d")
    lines[4] = lines[4].replace('"Ann"', '"Ann \\u0000\\u001b[31m"')
    lines[5] = "{"
    lines[6] = '["x"]'
    lines[7] = "[" * 50_000
    lines[8] = '{"order_id": 1e999, "customer": 7}'
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(lines))
    result = run("import", "--json", str(path))
    found = verdicts(result)
    assert [*found] == [*range(1, 61)]
    assert [line for line, each in found.items() if each["verdict"] != "started"] == [4, 5, 6, 7, 8, 9]
    assert len(shop.rows("SELECT * FROM backorders")) == 54
    assert "Temporal is away: 54 lines are on record" in result.stderr
    again = run("import", str(path))
    assert "0 started, 54 already there, 6 refused" in again.stdout
    assert "\x1b[31m" not in again.output
    assert (result.exit_code, again.exit_code) == (2, 2)


def test_lines_that_temporal_does_not_take_yet_are_pending(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    assert run("import", write(tmp_path / "lines.csv", GOOD)).exit_code == 3


def test_an_import_that_was_broken_off_goes_on(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    file = write(tmp_path / "lines.csv", *(GOOD | {"order_id": f"A-{number}"} for number in range(2000)))
    env = {
        **os.environ,
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
    }

    def begun() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "starter", "import", file]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def there() -> int:
        return int(shop.rows("SELECT count(*) AS lines FROM backorders")[0]["lines"])

    with begun() as first:
        while not there():
            assert first.poll() is None
            time.sleep(0.02)  # between two looks at the condition
        first.send_signal(signal.SIGINT)
        _, words = first.communicate(timeout=60)
    assert first.returncode == 130, words
    assert "the same command again goes on" in words
    assert "Traceback" not in words
    before = there()
    assert 0 < before < 2000
    with begun() as second:
        said, words = second.communicate(timeout=120)
    assert second.returncode == 3, words
    assert f"{2000 - before:,} started, {before:,} already there, 0 refused" in said
    assert there() == 2000


def test_a_file_from_a_spreadsheet_of_another_country(run: Command, shop: Shop, tmp_path: Path) -> None:
    row = GOOD | {
        "customer.name": "Jürgen Groß",
        "quantity": "1.000",
        "unit_price": "1.299,50",
        "ordered_at": "03.03.2025 10:15",
        "customer.sms_consent": "WAHR",
    }
    text = f"sep=;\r\n{';'.join(row)};;\r\n{';'.join(row.values())};;\r\n;;;\r\n"
    path = tmp_path / "aufträge.csv"
    path.write_bytes(text.encode("cp1252"))
    said = ("--decimal", "comma", "--date-format", "%d.%m.%Y")
    result = run("import", "--dry-run", "--json", *said, str(path))
    assert [each["verdict"] for each in verdicts(result).values()] == ["started"], result.output
    assert "read as Windows-1252" in result.stderr
    refused = verdicts(run("import", "--dry-run", "--json", str(path)))[2]["faults"]
    assert {fault.split(":")[0] for fault in refused} == {"quantity", "unit_price", "ordered_at"}


def test_dry_run_knows_what_is_there(run: Command, shop: Shop, tmp_path: Path) -> None:
    shop.open("O-1", 1, ordered_at=at(0))
    row = GOOD | {"order_id": "O-1", "quantity": "1", "customer.phone": ""}
    same, other = write(tmp_path / "same.csv", row), write(tmp_path / "other.csv", row | {"quantity": "3"})
    assert verdicts(run("import", "--dry-run", "--json", same))[2]["verdict"] == "already there"
    result = run("import", "--dry-run", other)
    assert result.exit_code == 2
    assert "exists already, with other content" in result.stdout


def test_json_lines_are_checked_too(run: Command, shop: Shop, tmp_path: Path) -> None:
    line = {
        "order_id": "A-1",
        "line_id": "1",
        "sku": "LAMP",
        "quantity": 1,
        "customer": {"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"},
        "unit_price": "10.00",
        "currency": "EUR",
        "ordered_at": "2025-03-03T09:00:00Z",
        "payment": "captured",
    }
    path = tmp_path / "lines.jsonl"
    path.write_text(f"{json.dumps(line)}\n{json.dumps(line | {'order_id': 'A-2', 'unit_price': 1.5})}\n{{\n")
    result = run("import", "--dry-run", str(path))
    assert result.exit_code == 2
    assert "1 would start" in result.stdout
    assert "unit_price: write money as text" in result.stdout
    assert "line 3" in result.stdout


def test_files_that_cannot_be_read_at_all(run: Command, shop: Shop, tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"order_id\n\xe9\n")
    assert_refused(run("import", str(latin)), "these columns are missing")
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert_refused(run("import", str(empty)), "the file is empty")
    headless = tmp_path / "headless.csv"
    headless.write_text("A-1,1,LAMP\n")
    assert_refused(run("import", str(headless)), "row 1: this is no header")
    assert_refused(run("import", str(tmp_path / "none.csv")), "no such file")
    assert_refused(run("import", str(tmp_path / "lines.ods")), "name it .csv")
    assert_refused(run("import"), "name a file")


def test_standard_input(run: Command, shop: Shop, tmp_path: Path) -> None:
    text = Path(write(tmp_path / "lines.csv", GOOD)).read_text()
    result = run("import", "--dry-run", "--format", "csv", "-", input=text)
    assert "1 would start" in result.stdout


def test_what_is_wrong_with_the_command_line_is_one_line_of_json_too(run: Command, shop: Shop) -> None:
    wrong = {
        "list --colour red": "--colour",
        "list --limit many": "--limit",
        "show": "ORDER[/LINE]",
        "lst": "",
        "supply nothing": "",
        "import no-such-file.csv": None,
    }
    for words, field in wrong.items():
        result = run(*words.split(), "--json")
        (line,) = result.stdout.splitlines()
        found = json.loads(line)
        assert (result.exit_code, found["type"], found["status"]) == (2, "urn:backorder:refused", 422), words
        assert result.stderr, words
        if field is not None:
            assert [each["field"] for each in found["errors"]] == [field], words
