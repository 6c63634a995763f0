"""`backorder policy`: checking files, planning what they lead to, loading them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from backorder.services.services import Services
from backorder.settings import POLICIES, Settings
from backorder.storage.engine import writing
from backorder.storage.tables import coupon_budgets
from starter.cli import cli
from tests.support.command_line import Command, assert_refused
from tests.support.policies import WEEKLY
from tests.support.shop import Shop


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


def test_a_budget_of_coupons_is_said_and_so_is_what_is_left_of_it(
    tmp_path: Path, services: Services, run: Command
) -> None:
    rules = tmp_path / "kind.toml"
    coupon = '[[stages]]\nid = "thanks"\nwhen = { waited = "9d" }\ndo = "coupon"\npercent = 5\nvalid = "9d"\n'
    rules.write_text(f'name = "kind"\n{coupon}budget = 40\n')
    assert "at most 40 coupons a month by thanks" in run("policy", "check", str(rules)).stdout
    assert "no coupon" in run("policy", "budgets").stdout
    run("policy", "load", str(tmp_path))
    with writing(services.engine) as connection:
        row = {"policy": "kind", "stage": "thanks", "month": "2025-03", "given": 12}
        connection.execute(insert(coupon_budgets), row)
    assert json.loads(run("policy", "budgets", "--json").stdout) == [row | {"budget": 40}]
    assert "2025-03" in run("policy", "budgets").stdout


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


def test_policy_plan_under_a_law_shows_its_duties_and_what_they_lead_to() -> None:
    standard = str(POLICIES / "standard.toml")
    args = ["policy", "plan", standard, "--ordered", "2025-03-03", "--region", "US", "--ship-by", "20"]
    args += ["--lead-days", "14", "--slip", "10:60"]
    moments = json.loads(CliRunner().invoke(cli, [*args, "--json"]).stdout)
    duties = [(each["day"], each["what"], each["due"]) for each in moments if each["who"] == "law"]
    assert duties[:2] == [
        (0, "us-ftc-435/delay_notice", "2025-03-23"),
        (0, "us-ftc-435/ship_or_cancel", "2025-03-23"),
    ]
    told = {each["what"]: each for each in moments if each["who"] == "customer"}
    assert told["consent_request"]["facts"]["answer_by"] == "2025-04-22"
    assert told["cancelled"]["day"] == 51
    assert duties[-1][1] == "us-ftc-435/refund"
    table = CliRunner().invoke(cli, args, env={"COLUMNS": "200"}).stdout
    assert "us-ftc-435/refund" in table


def test_policy_plan_names_another_law_than_the_regions() -> None:
    args = ["policy", "plan", str(POLICIES / "standard.toml"), "--region", "US", "--json"]
    found = json.loads(CliRunner().invoke(cli, [*args, "--pack", "eu-crd-18"]).stdout)
    assert {each["what"] for each in found if each["who"] == "law"} == {"eu-crd-18/delivery_notice"}
    bare = json.loads(CliRunner().invoke(cli, [*args[:3], "--json"]).stdout)
    assert {each["what"] for each in bare if each["who"] == "law"} == set()


def test_policy_check_says_by_name_which_regions_no_law_was_read_for() -> None:
    standard = str(POLICIES / "standard.toml")
    [file] = json.loads(CliRunner().invoke(cli, ["policy", "check", "--json", standard]).stdout)["files"]
    packs = file["packs"]
    assert list(packs) == ["us-ftc-435", "eu-crd-18", "uk-cra-28", "in-ecommerce-2020", "plain"]
    assert (packs["uk-cra-28"], packs["in-ecommerce-2020"]) == (["GB"], ["IN"])
    assert {"CH", "JP", "BR"} <= set(packs["plain"])
    assert not set(packs["plain"]) & {"US", "DE", "GB", "IN", "NO", "RE", "PR"}
    words = CliRunner().invoke(cli, ["policy", "check", standard]).stdout
    assert "ZW: No law was read for the region" in words
    assert " CH " in words


def test_policy_plan_without_supply_ends_by_policy(tmp_path: Path) -> None:
    rules = tmp_path / "ends.toml"
    ending = '[[stages]]\nid = "end"\nwhen = { waited = "90d" }\ndo = "cancel"\n'
    rules.write_text(f'name = "ends"\n{ending}')
    refused = CliRunner().invoke(cli, ["policy", "check", str(rules)])
    assert "silence never cancels" in refused.output
    assert 'policy "ends"' not in refused.output, "what is refused is not said to be well"
    args = ["policy", "plan", str(rules), "--no-supply", "--ordered", "2025-03-03"]
    endings = ended(args)
    assert endings[0] == (88, "ending_due")
    assert endings[-1] == (90, "cancelled")
    rules.write_text(f'name = "ends"\n{ending}[duties]\npack = "us-ftc-435"\n')
    assert ended([*args, "--pack", "eu-crd-18"]) == []


def ended(args: list[str]) -> list[tuple[int, str]]:
    """The endings of a plan, each with its day."""
    plan = json.loads(CliRunner().invoke(cli, [*args, "--json"]).stdout)
    return [(each["day"], each["what"]) for each in plan if each["what"] in ("ending_due", "cancelled")]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--slip", "soon"], '--slip: "soon" is no slip; write DAY:DAYS'),
        (["--price", "much"], '--price: "much" is no amount'),
        (["--ordered", "today"], "Invalid value for '--ordered': \"today\" is no date of ISO 8601"),
        (["--region", "Germany"], "is no ISO 3166 region; write DE"),
        (["--pack", "french"], "must be auto, us-ftc-435"),
        (["--no-supply", "--lead-days", "3"], "--no-supply: does not go with"),
    ],
)
def test_policy_plan_refuses(args: list[str], words: str) -> None:
    assert_refused(CliRunner().invoke(cli, ["policy", "plan", str(POLICIES / "standard.toml"), *args]), words)


def test_policy_load(
    run: Command, settings: Settings, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    silent = settings.policies / "silent.toml"
    silent.write_text(WEEKLY.replace("standard", "silent"))
    assert_refused(run("policy", "load"), "silence never cancels by eu-crd-18")
    assert "silent" not in services.policy_names()
    services.load_policies(settings.policies)  # as `up` and `db upgrade` do, and every line keeps its own law
    assert "silent" in services.policy_names()
    assert "silence never cancels by eu-crd-18" in caplog.text
    silent.unlink()
    assert json.loads(run("policy", "load", "--json").stdout)["policies"] == [
        "hold",
        "ship",
        "skip",
        "standard",
    ]
    (settings.policies / "new.toml").write_text('name = "new"\npartial = "maybe"\n')
    assert_refused(run("policy", "load"), "new.toml: line 2: partial")
    named = str(settings.policies / "hold.toml")
    assert_refused(run("policy", "load", named), "hold.toml is a file: name the folder that it lies in")


def test_policies_are_played_side_by_side_on_the_demo_and_on_the_shops_own_lines(
    run: Command, services: Services, tmp_path: Path
) -> None:
    files = [str(POLICIES / "standard.toml"), str(POLICIES / "patient.toml")]
    found = json.loads(CliRunner().invoke(cli, ["policy", "backtest", *files, "--demo", "--json"]).stdout)
    standard, patient = found["policies"]
    assert found["lines"] == standard["lines"] == 8
    # Two of its lines had other policies than the standard one: one ended its line, one knew no coupon.
    assert (standard["same"], standard["otherwise"], standard["endings"]["unknown"]) == (6, 1, 1)
    assert patient["unknown"]["the customer decided, having heard something else"] == 1
    assert (standard["coupons"], patient["coupons"]) == (2, 0)
    assert standard["coupon_cost"] == {"EUR": "40.40"}
    half = CliRunner().invoke(cli, ["policy", "backtest", *files, "--demo", "--redeemed=50", "--json"]).stdout
    assert json.loads(half)["policies"][0]["coupon_cost"] == {"EUR": "20.20"}
    assert found["approximated"]
    table = CliRunner().invoke(cli, ["policy", "backtest", *files, "--demo"], env={"COLUMNS": "80"}).stdout
    assert "notices of delay before the promised day" in table
    assert max(map(len, table.splitlines())) <= 80
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\npartial = "maybe"\n')
    assert_refused(run("policy", "backtest", str(bad)), f"{bad}:2: partial: ")
    assert_refused(run("policy", "backtest", *files, "--demo", "--since", "30d"), "--since: the demo has one")
    assert_refused(run("policy", "backtest", *files[:1] * 5), "FILE: 4 policies are the most")
    shop = Shop(services)
    shop.supplier()
    shop.product()
    shop.start("O-1", ordered_at=shop.now)
    one = json.loads(run("policy", "backtest", *files, "--since", "2025-01-01", "--json").stdout)
    assert (one["lines"], one["policies"][0]["endings"]) == (1, {"open": 1})
    assert json.loads(run("policy", "backtest", *files, "--json").stdout)["lines"] == 0
