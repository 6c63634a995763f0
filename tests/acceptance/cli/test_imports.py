"""`backorder import`: files of order lines, and what becomes of each line."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from backorder.settings import Settings
from starter.cli import cli
from tests.support.command_line import GOOD, Command, assert_refused, verdicts, write
from tests.support.days import at
from tests.support.shop import Shop

FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "quantity 0": ({"quantity": "0"}, "quantity: "),
    "quantity in words": ({"quantity": "two"}, "quantity: "),
    "no currency": ({"currency": "EURO"}, 'currency: "EURO" is no ISO 4217 currency'),
    "no phone": ({"customer.phone": "12", "customer.email": ""}, 'customer.phone: "12" is no phone number'),
    "no email": ({"customer.email": "ann"}, 'customer.email: "ann" is no email address'),
    "no region": ({"customer.region": "XX"}, 'customer.region: "XX" is no ISO 3166 region'),
    "no country": ({"customer.region": "EU"}, 'customer.region: "EU" is no ISO 3166 region'),
    "no part of a region": ({"customer.region": "US-"}, 'customer.region: "US-" is no ISO 3166 region'),
    "another date": ({"ordered_at": "3.3.2025 09:00"}, "say --date-format"),
    "decimal comma": ({"unit_price": "10,00"}, "say --decimal comma"),
    "error of a spreadsheet": ({"customer.name": "#N/A"}, "customer.name: the cell holds the error #N/A"),
    "a serial number": ({"ordered_at": "45719.375"}, "is a spreadsheet's serial number"),
    "no product": ({"sku": "NIX"}, 'sku: "NIX" is no known product'),
    "no policy": ({"policy": "nix"}, 'policy: "nix" is unknown; known are hold, ship, skip, standard'),
    "nothing": ({"payment": ""}, "payment: is missing"),
    "no price": ({"unit_price": "-1"}, "unit_price: "),
    "a price with its currency": ({"unit_price": "€10.00"}, "names its currency: write the digits alone"),
    "a month by name": ({"ordered_at": "20-Nov-2025"}, "say --date-format, such as %d-%b-%Y"),
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
    assert {each["verdict"] for each in found.values()} == {"would start", "refused"}
    words = run("import", "--dry-run", file).stdout
    assert "row 52 A-TWICE/1" in words
    assert f"{200 - len(expected)} would start" in words
    assert "nothing was written" in words


def test_a_faulty_row_refuses_its_order_wherever_its_rows_stand(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    between = [GOOD | {"order_id": f"X-{number}"} for number in range(120)]
    rows = [GOOD | {"order_id": "A", "line_id": "1"}, *between]
    rows += [GOOD | {"order_id": "A", "line_id": "2", "sku": "NIX"}, GOOD | {"order_id": "B", "line_id": "1"}]
    rows += [GOOD | {"order_id": "A", "line_id": "3"}]
    file = write(tmp_path / "lines.csv", *rows)
    for dry in (["--dry-run"], []):
        found = verdicts(run("import", "--json", *dry, file))
        refused = {line: each["faults"][0] for line, each in found.items() if each["verdict"] == "refused"}
        assert [*refused] == [2, 123, 125]
        assert refused[2].startswith("row 123 of this order is refused"), refused
    assert len(shop.rows("SELECT id FROM backorders")) == 121


def test_a_row_of_another_width_is_named_and_refuses_its_order(
    run: Command, shop: Shop, tmp_path: Path
) -> None:
    file = Path(write(tmp_path / "lines.csv", GOOD | {"order_id": "A"}))
    ends = f"A,2,LAMP\nB/7,1{file.read_text().splitlines()[1][3:]},x\nTotal,,,2\n"
    file.write_text(file.read_text() + ends)
    found = verdicts(run("import", "--dry-run", "--json", str(file)))
    assert [(each["id"], each["verdict"]) for each in found.values()] == [
        ("A/1", "refused"),
        ("A/2", "refused"),
        ("B%2F7/1", "refused"),
        ("Total", "refused"),
    ]
    assert found[3]["faults"] == ["has 3 cells where the header has 14"]
    for flag in ("--dry-run", "--json", "--quiet"):
        assert_refused(run("import", flag, "nosuch.csv"), "FILE: nosuch.csv: no such file")


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
    before = Path(file).read_bytes()
    (tmp_path / "same.csv").symlink_to(file)
    for same in (file, str(tmp_path / "same.csv")):
        assert_refused(run("import", file, "--errors", same), "--errors", "is the file that is read")
    assert Path(file).read_bytes() == before
    assert_refused(
        run("import", "--template", str(nowhere / "lines.csv")), "--template", "there is no folder"
    )
    assert_refused(run("import", "--template", file), "is there already")
    history = tmp_path / "history.csv"
    history.write_text("supplier,destination,ordered,arrived\nacme,,2025-01-01,2025-01-09\n")
    backtest = ("supply", "backtest", "--history", str(history))
    assert_refused(run(*backtest, "--out", str(nowhere / "all.csv")), "--out", "there is no folder")
    assert shop.rows("SELECT * FROM backorders") == []


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_imports(run: Command, shop: Shop, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sample.{ending}"
    assert run("import", "--template", str(path)).exit_code == 0
    result = run("import", "--dry-run", "--json", str(path))
    assert [each["verdict"] for each in verdicts(result).values()] == ["would start"], result.output
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
    assert found[1]["remarks"] == ["is on record and starts once Temporal answers again"]
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


LINES = 2000
"""More than an import starts before anybody can stop it."""


def test_an_import_that_was_broken_off_goes_on(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    file = write(tmp_path / "lines.csv", *(GOOD | {"order_id": f"A-{number}"} for number in range(LINES)))
    env = {
        **os.environ,
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
    }

    def begun() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "starter", "import", file]
        return subprocess.Popen(
            command,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's "&" has it ignored
        )

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
    assert 0 < before < LINES
    with begun() as second:
        said, words = second.communicate(timeout=120)
    assert second.returncode == 3, words
    assert f"{LINES - before:,} started, {before:,} already there, 0 refused" in said
    assert there() == LINES


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
    assert [each["verdict"] for each in verdicts(result).values()] == ["would start"], result.output
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
