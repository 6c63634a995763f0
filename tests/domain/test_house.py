"""The house: who imports whom among tests and benches, and what is long."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from backorder.domain.line.state import SELDOM_ASKED, DecisionContext

ROOT = Path(__file__).parents[2]
SHARED = "tests.support"


def modules(folder: str) -> list[Path]:
    """The Python files of a folder, and of those in it."""
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """All that stands in a file; it is read once for all tests."""
    return tuple(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports; of `from a import b` both `a` and `a.b`, as b may be a module."""
    for node in nodes(file):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def tier(name: str) -> str:
    """The folder of a module of tests: `tests.contract` of `tests.contract.messaging.situations`."""
    return ".".join(name.split(".")[:2])


def is_out_of_bounds(file: Path, name: str) -> bool:
    """Whether a file of tests or benches must not import that."""
    own = ".".join(file.relative_to(ROOT).parts)
    if name.startswith("bench"):
        return not own.startswith("bench")
    if not name.startswith("tests"):
        return False
    if any(part == "conftest" or part.startswith("test_") for part in name.split(".")):
        return True
    return tier(name) not in (tier(own), SHARED)


def test_tests_and_benches_share_what_is_in_support_and_nothing_else() -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in [*modules("tests"), *modules("bench")]
        for name in imported(file)
        if is_out_of_bounds(file, name)
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", ["backorder", "workflows", "activities", "starter", "web", "migrations"])
def test_the_product_imports_no_test_and_no_bench(folder: str) -> None:
    names = {name.partition(".")[0] for file in modules(folder) for name in imported(file)}
    assert not names & {"tests", "bench"}


ASKED_IN = "backorder/domain/line/seldom_asked.py"


PLAIN = {"bool", "int", "str", "datetime", "tuple", "frozenset", "dict"}
COLLECTIONS = PLAIN | {"Sequence", "Set", "AbstractSet", "Mapping", "Iterable", "Collection"}


def test_what_a_decision_is_handed_is_plain_data() -> None:
    """No SQL stands behind a sequence that a rule goes through, nor behind a set that it asks."""
    types = {each.name: str(each.type) for each in fields(DecisionContext)}
    kinds = {name: said.removesuffix(" | None").partition("[")[0] for name, said in types.items()}
    assert {name: types[name] for name, kind in kinds.items() if kind not in PLAIN} == {}
    wrong = [
        f"{file.relative_to(ROOT)}: {each.name} is one of {sorted(bases)}"
        for folder in ("storage", "queries", "services")
        for file in modules(f"backorder/{folder}")
        for each in nodes(file)
        if isinstance(each, ast.ClassDef)
        and (bases := {ast.unparse(base).partition("[")[0] for base in each.bases} & COLLECTIONS)
    ]
    assert wrong == []


def test_a_rule_asks_in_one_place_alone_for_what_may_be_left_out() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{each.lineno} reads {each.attr} past {ASKED_IN}"
        for file in modules("backorder/domain/line")
        for each in nodes(file)
        if isinstance(each, ast.Attribute)
        and each.attr in SELDOM_ASKED
        and isinstance(each.value, ast.Attribute)
        and each.value.attr == "context"
        and str(file.relative_to(ROOT)) != ASKED_IN
    ]
    assert wrong == []


MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 40
STORY = "one story, told in its order"
LONG = {
    "backorder/domain/line/state.py": "what is known of a line, record by record; a list, no logic",
    "backorder/queries/supply_lists.py": "each list with its query, its rows and its page",
    "backorder/services/follow_up_purchase_order.py": "a look at an order's line, step by step",
    "backorder/services/record_outcomes.py": "what comes of a message, outcome by outcome",
    "backorder/services/supplier_dates.py": "a supplier's date from the door until it counts, step by step",
    "backorder/services/services.py": "one property a service, wired when first asked for; a list",
    "starter/client.py": "one method for each thing that may be asked; each of a few lines",
    "backorder/messaging/examples.py::_facts": "a list of kinds and what each states",
    "backorder/schemas/requests.py": "one class a kind of request, each of a few lines",
    "backorder/settings.py": "every setting in one place, with its check and its meaning",
    "backorder/queries/views.py": "the shapes that people and programs read; a list, no logic",
    "migrations/versions/0001_the_first_tables.py": "a migration, written once",
    "migrations/versions/0001_the_first_tables.py::upgrade": "a migration, written once",
    "tests/support/odd_values.py": "a list of values",
    "web/sample_values.py": "a list of values, one a field",
    "backorder/domain/line/cancellations.py::cancel_units": "one decision, told in its order",
    "backorder/forecasting/backtest.py::run_backtest": "one loop over the days",
    "backorder/messaging/template_variables.py::line_of": "a list of the names that templates may use",
    "backorder/queries/case_view.py::_view": "a list of the parts of a case",
    "web/customer_page/lines.py::of": "a list of the parts of a line's page",
    "backorder/services/reconcile.py::orphaned": "a list of queries, one a kind of what is left",
    "bench/lifecycle.py::measure": "what is measured, from start to end",
    "starter/cli/policies.py::plan": "mostly options and the help that they show",
    "tests/support/fault_runs/world.py::open_world": "everything that is started, in its order",
    "tests/acceptance/cli/test_plans.py::test_what_is_on_record_is_planned_as_a_file_is": STORY,
    "tests/acceptance/cli/test_plans.py"
    "::test_orders_are_planned_by_the_settings_and_put_on_record_once": STORY,
    "tests/acceptance/cli/test_supply_files.py::test_what_a_supply_file_does_not_say_is_not_done": STORY,
    "tests/acceptance/test_cli_live.py::test_the_life_of_a_line": STORY,
    "tests/acceptance/test_cli_live.py::test_ids_of_any_text_go_through_everything": STORY,
    "tests/acceptance/test_endings.py"
    "::test_something_else_is_taken_over_or_refused_and_what_is_here_goes_first": STORY,
    "tests/acceptance/test_up.py"
    "::test_a_line_goes_on_where_it_was_when_the_stack_starts_again_on_another_database": STORY,
    "tests/acceptance/test_upgrade.py::test_what_an_older_version_left_asleep_goes_on_and_ends": STORY,
    "tests/contract/messaging/test_senders.py": "one suite for every way out, with its answers",
    "tests/contract/test_availability.py::test_it_is_what_a_line_hears_that_is_opened_then": STORY,
    "tests/contract/test_availability.py"
    "::test_every_change_of_queue_stock_or_supply_raises_the_version": "a list of changes",
    "tests/contract/events/test_event_positions.py"
    "::test_a_reader_who_polls_misses_nothing_while_one_transaction_stays_open": STORY,
    "tests/contract/test_import_files.py": "one suite for every form of a file",
    "tests/contract/test_isolation.py": "one suite for every table: a row of each, and each spoilt",
    "tests/contract/test_isolation.py::fill": "a list of tables, each with a row",
    "tests/contract/test_isolation.py::test_a_spoilt_row_stops_nobody_else": "a list of readers",
    "tests/contract/test_isolation.py::test_a_line_that_cannot_be_read_is_put_aside_named_and_shown": STORY,
    "tests/contract/test_operating.py": "what operators ask: how it stands, and how it is set up",
    "tests/contract/test_reading.py": "one suite for all that reads the state of lines",
    "tests/domain/test_delivery_law.py": "the laws with a clock of delivery, case by case",
    "tests/domain/test_promises.py": "when a promise is told, and when it counts, case by case",
    "tests/domain/test_properties.py": "what holds of every life, property by property",
    "tests/domain/test_table.py::happening": "a list of events, one of each kind",
    "tests/forecasting/test_demand.py": "what the forecast learns from and leaves aside, case by case",
    "tests/web/test_live.py::test_a_line_from_order_to_door": STORY,
    "tests/web/test_supply_plans.py"
    "::test_plans_are_made_from_what_is_on_record": "a list of plans, each asked for",
    "tests/workflows/test_reviewed.py"
    "::test_a_workflow_that_is_told_to_look_earlier_sets_its_timer_anew": STORY,
    "tests/workflows/test_reviving.py"
    "::test_every_line_whose_workflow_is_gone_goes_on_and_is_named_once": STORY,
}
"""What is longer than that, and why."""


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """The functions of a file, and how many lines each takes."""
    for node in nodes(file):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_what_is_long_says_why() -> None:
    product = (
        "backorder",
        "activities",
        "workflows",
        "starter",
        "web",
        "migrations",
        "bench",
        "tests",
    )
    long = []
    for file in [ROOT / "worker.py", *(each for folder in product for each in modules(folder))]:
        name = file.relative_to(ROOT).as_posix()
        if len(file.read_text(encoding="utf-8").splitlines()) > MOST_LINES:
            long.append(name)
        long += [f"{name}::{each}" for each, lines in functions(file) if lines > MOST_LINES_OF_A_FUNCTION]
    assert [each for each in long if each not in LONG] == []
    assert [each for each in LONG if each not in long] == [], "no longer long: it needs no reason"


def test_a_word_for_what_went_wrong_is_used_once() -> None:
    named = [
        node.name
        for folder in ("backorder", "activities", "workflows", "starter", "web")
        for file in modules(folder)
        for node in nodes(file)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
    ]
    assert sorted(named) == sorted(set(named))


GONE = re.compile(
    r"\b(ruling|casebook|pursuit|overslept|leash|Pace|patience|Notable|drop_ending|outlook|tend)\b"
)
"""Words of the first code that have another name now."""


def test_what_got_another_name_is_called_by_it_everywhere() -> None:
    folders = ("backorder", "activities", "workflows", "starter", "web", "bench", "tests")
    files = [ROOT / "worker.py", *(each for folder in folders for each in modules(folder))]
    program = ROOT / "tests" / "support" / "old_program.py"
    found = {
        f"{file.relative_to(ROOT)}: {word}"
        for file in files
        if file not in (program, Path(__file__))
        for word in GONE.findall(file.read_text(encoding="utf-8"))
    }
    assert found == set()


RENAMED: Mapping[str, str] = {
    "shelf": "stock",
    "wish": "request",
    "wishes": "requests",
    "gate": "circuit breaker, throttle, slots",
    "rival": "baseline",
    "settle": "debounce, record an outcome, close a line",
    "notable": "impact",
    "filed": "stored",
    "heard": "told",
    "standing": "impact, the current one",
    "news": "what changed",
    "lapsed": "expired",
    "leftover": "orphaned",
    "unsettled": "unknown",
    "turn": "order, slot",
}
"""Words that name nothing any more in the product's code, and what it is called instead."""
ORDINARY = {
    "settle": "backorder/domain/policy",  # the policy's own key
    "_settle": "backorder/domain/policy",
    "good_news": "backorder/domain/policy",
    "_good_news": "backorder/domain/line",
    "news_on": "web/customer_page",
    "heard": "backorder/storage/history_files.py",  # as versions before wrote it
    "turn": "backorder/forecasting",  # where a curve turns
    "live_in_turn": "",  # one after the other
    "_in_turn": "",
}
"""Names that have such a word all the same, and where alone."""


def defined(file: Path) -> Iterator[str]:
    """What a file gives a name to: classes, functions, parameters, variables."""
    for node in nodes(file):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def test_a_word_that_was_renamed_names_nothing_else() -> None:
    found = []
    for folder in ("backorder", "activities", "workflows", "starter", "web"):
        for file in modules(folder):
            where = file.relative_to(ROOT).as_posix()
            for name in defined(file):
                words = {each.lower() for each in re.findall("[a-z]+|[A-Z][a-z]*", name)}
                allowed = name in ORDINARY and where.startswith(ORDINARY[name])
                if not allowed:
                    found += [f"{where}: {name}: {RENAMED[each]}" for each in words & RENAMED.keys()]
    assert found == []


def benches() -> dict[str, str]:
    """The benches that `make bench` lists, and how long each takes."""
    tree = ast.parse((ROOT / "bench" / "__main__.py").read_text(encoding="utf-8"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "BENCHES" and node.value
    )
    return {name: takes for name, (_, takes) in ast.literal_eval(table).items()}


def test_every_bench_is_listed_and_stands_on_its_page() -> None:
    run = {file.stem for file in modules("bench") if '__name__ == "__main__"' in file.read_text("utf-8")}
    assert set(benches()) == run - {"__main__", "worker_process"}
    page = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `bench\.(\w+)` \| [^|]+ \| ([^|]+) \|", page, re.MULTILINE)
    assert dict(rows) == benches()
    texts = {name: (ROOT / "bench" / f"{name}.py").read_text(encoding="utf-8") for name in benches()}
    assert [name for name, text in texts.items() if '"--json"' not in text] == []


MOST_ANY = {
    "activities": 0,
    "backorder": 58,
    "backorder/domain": 0,
    "backorder/forecasting": 0,
    "backorder/messaging": 3,
    "backorder/queries": 3,
    "backorder/schemas": 0,
    "backorder/services": 0,
    "backorder/storage": 52,
    "starter": 7,
    "web": 1,
    "worker.py": 0,
    "workflows": 0,
}
"""How often `Any` is said, at most, and it may only become less: where a library's own types leave it open.

The storage's are of SQLAlchemy's columns, rows and dialects and of the databases' drivers; the messaging's of
httpcore and SendGrid; the starter's of click, Temporal and what `json` reads; the web's of FastAPI.
"""


def said_any(file: Path) -> int:
    """How often a file says `Any`, besides importing it."""
    return sum(isinstance(each, ast.Name) and each.id == "Any" for each in nodes(file))


def test_any_is_said_no_more_often() -> None:
    found = {place: sum(map(said_any, modules(place) or [ROOT / place])) for place in MOST_ANY}
    assert {place: number for place, number in found.items() if number > MOST_ANY[place]} == {}


def test_what_is_asked_of_a_line_is_written_where_the_audit_hears_of_it() -> None:
    """The audit names what a transaction wrote; a row that is inserted elsewhere it would not name."""
    wrong = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in modules("backorder")
        if file.name != "asked_of_lines.py"
        for node in nodes(file)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("add", "add_all", "insert", "insert_into")
        if any(ast.unparse(each) in ("notes", "requests", "t.notes", "t.requests") for each in node.args)
    ]
    assert wrong == []
