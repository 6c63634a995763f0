"""What a command changes is in the audit, as what a call over HTTP changes is: who, by what, and what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from backorder.services import import_sales
from tests.support.command_line import GOOD, Command, write
from tests.support.command_options import by_name
from tests.support.event_sending import EventDesk, end
from tests.support.policies import POLICY
from tests.support.shop import Shop
from tests.support.supply import supplier_unreachable

NEW_LINE = (
    "A-1/1 --sku LAMP --quantity 2 --customer bob --name Bob --email bob@example.com --region DE "
    "--unit-price 10 --currency EUR --payment captured"
)
RECEIVER = "receiver put shop https://203.0.113.7/events"
CHANGES: Mapping[str, tuple[str | Sequence[str], str]] = {
    "start": (NEW_LINE, "backorder/A-1/1"),
    "import": ("lines.csv", "backorder/A-1/1"),
    "cancel": ("O-1/1 --reason sold --by customer", "backorder/O-1/1"),
    "ship": ("O-1/1 --quantity 1 --shipment S-1", "backorder/O-1/1"),
    "answer": ("O-1/1 keep", "backorder/O-1/1"),
    "take-back": ("O-1/1", "backorder/O-1/1"),
    "swap": ("O-1/1 taken", "backorder/O-1/1"),
    "claim-coupon": ("O-1/1", "backorder/O-1/1"),
    "send-now": ("O-1/1", "backorder/O-1/1"),
    "notice": ("O-1/1 --medium call --text told", "backorder/O-1/1"),
    "promise": ("O-1/1 --by 2027-05-01 --reason told --evidence mail", "backorder/O-1/1"),
    "hold": ("O-1/1 --until 7d --reason away", "backorder/O-1/1"),
    "refund": ("O-1/1 --amount 1 --refund F-1", "backorder/O-1/1"),
    "payment": ("O-1/1 captured", "backorder/O-1/1"),
    "force-majeure": ("O-1/1 --reason flood", "backorder/O-1/1"),
    "refuse-delivery": ("O-1/1 --reason gone", "backorder/O-1/1"),
    "complaint file": ("O-1/1 late", "backorder/O-1/1"),
    "complaint close": ("O-1/1 T-7Q4K-2MWX sorry", "backorder/O-1/1"),
    "note": ("O-1/1 called", "backorder/O-1/1"),
    "task done": ("O-1/1 unreachable --note told --by Eva", "backorder/O-1/1"),
    "priority": ("O-1/1 5 --reason loyal --by Eva", "backorder/O-1/1"),
    "policy move": ("O-1/1 hold --reason asked --by Eva", "backorder/O-1/1"),
    "customer set": ("ann --name Anna", "customer/ann"),
    "customer erase": ("ann", "customer/ann"),
    "supply supplier": ("acme --name Acme --lead-days 21", "supplier/acme"),
    "supply product": ("LAMP --name Light --price 10 --currency EUR --supplier acme", "product/LAMP"),
    "supply price": ("acme LAMP --price 4 --currency EUR", "supplier_price/acme/LAMP"),
    "supply purchase-order": (["PO-2", "--supplier", "acme", "--line", "1 LAMP 5"], "purchase_order/PO-2"),
    "supply date": ("PO-1 1 --split 10=2027-12-20", "purchase_order/PO-1"),
    "supply receipt": ("PO-1 1 --quantity 1 --receipt R-1", "purchase_order/PO-1"),
    "supply return": ("PO-1 1 --receipt R-0 --return B-1 --quantity 1", "purchase_order/PO-1"),
    "supply adjust": ("LAMP --quantity 1 --reason found --adjustment J-1", "stock/LAMP"),
    "supply count": ("LAMP --on-hand 5", "stock/LAMP"),
    "supply cancel": ("PO-1 1", "purchase_order/PO-1"),
    "supply decide": ("PO-1 1 approve --by Eva", "purchase_order/PO-1"),
    "supply reassign": ("PO-1 1 --to acme --order PO-3", "purchase_order/PO-1"),
    "supply history import": ("history.csv", "forecast/history"),
    "demand import": ("sales.csv", "forecast/sales"),
    "supply tune": ("", "forecast/parameters"),
    "plan orders": ("--write", "purchase_order/*"),
    "policy load": ("rules", "policy/other"),
    "receiver put": ("shop https://203.0.113.7/other", "receiver/shop"),
    "receiver rotate": ("shop", "receiver/shop"),
    "receiver remove": ("shop", "receiver/shop"),
    "receiver resend": ("shop", "receiver/shop"),
    "channel pause": ("sms --reason moved --by Eva", "channel/sms"),
    "channel resume": ("sms --by Eva", "channel/sms"),
    "suppression add": ("email ann@example.com --reason asked --by Eva", "suppression/email"),
    "suppression lift": ("email ann@example.com --by Eva", "suppression/email"),
    "message resend": ("MESSAGE", "backorder/O-2/1"),
    "message cancel": ("MESSAGE", "message/MESSAGE"),
    "task note": ("TASK called", "task/TASK"),
    "key create": ("--name shop --role orders", "key/*"),
    "key revoke": ("KEY", "key/*"),
    "evidence export": ("O-1/1 --json", "evidence/O-1/1"),
}
"""Each command that changes something, what it is told, and the object of its entry."""
READS = """
availability; channel list; complaint list; customer show; deployment list; doctor; evidence keys;
evidence verify; find; key list; list; message list; message preview; message show; plan backtest;
plan demand; plan stock; policy backtest; policy budgets; policy check; policy plan; receiver list;
report demand; report worth; settings; show; status; supply backtest; supply list; supply report;
supply show; supply tasks; suppression list; task list; what-if date; what-if receipt; what-if supplier
"""
NO_ENTRY: Mapping[str, str] = dict.fromkeys(re.split(r";\s+", READS.strip()), "reads") | {
    "message export": "writes a file beside the database",
    "up": "runs the others; the keys that it makes and the policies that it loads have entries",
    "demo": "has a database of its own, which is gone after it",
    "web": "runs until it is ended; each of its calls has an entry",
    "worker": "runs until it is ended; what it does stands in the timelines",
    "deployment current": "changes Temporal alone",
    "deployment drain": "moves workflows, and nothing on record",
    "temporal register": "changes Temporal alone",
    "db copy": "makes a database, with the audit that there was",
    "db upgrade": "changes the tables; the policies that come with the first of them have entries",
}
"""Why a command leaves no entry."""


@pytest.fixture(autouse=True)
def _desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine at which Tom works, and a Temporal that does not answer."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    monkeypatch.setenv("USER", "tom")
    monkeypatch.setenv("BACKORDER_RECEIVERS_PRIVATE", "1")
    monkeypatch.setenv("BACKORDER_SECRET", "s" * 40)
    monkeypatch.chdir(tmp_path)


def test_each_command_leaves_an_entry_or_there_is_a_reason_why_not() -> None:
    assert not NO_ENTRY.keys() & CHANGES.keys()
    assert by_name().keys() == NO_ENTRY.keys() | CHANGES.keys()


def _files(at: Path) -> None:
    """What the commands above read."""
    write(at / "lines.csv", GOOD)
    (at / "history.csv").write_text(
        "supplier,destination,ordered,arrived\nacme,Berlin,2025-01-05,2025-02-10\n"
    )
    (at / "sales.csv").write_text("sku,day,quantity\nLAMP,2025-01-06,2\n")
    (at / "rules").mkdir()
    (at / "rules" / "other.toml").write_text(POLICY.replace('"standard"', '"other"'))


def _message(shop: Shop) -> None:
    shop.start("O-2", customer={"id": "eve", "email": "eve@example.com"})


def _sent(shop: Shop) -> None:
    _message(shop)
    shop.dispatch("customer/eve")


def _wanted(shop: Shop) -> None:
    shop.open("O-2", 50)


def _given_up(shop: Shop) -> None:
    end(shop, "O-2")
    EventDesk(shop).batch()
    first = "(SELECT min(position) FROM deliveries)"
    shop.run(f"UPDATE deliveries SET state = 'dead', attempts = 9 WHERE position = {first}")


BEFORE: Mapping[str, Sequence[str | Callable[[Shop], None]]] = {
    "channel resume": ["channel pause sms --reason moved --by Ada"],
    "key revoke": ["key create --name shop --role orders"],
    "message cancel": [_message],
    "message resend": [_sent],
    "plan orders": [_wanted],
    "receiver put": [RECEIVER],
    "receiver remove": [RECEIVER],
    "receiver resend": [RECEIVER, _given_up],
    "receiver rotate": [RECEIVER],
    "suppression lift": ["suppression add email ann@example.com --reason asked --by Ada"],
    "supply decide": ["supply date PO-1 1 --split 10=2029-12-20"],
    "supply return": ["supply receipt PO-1 1 --quantity 1 --receipt R-0"],
    "supply tune": ["supply history import history.csv"],
    "task note": [supplier_unreachable],
}
"""What happens before a command, so that it has something to change."""
BESIDES = {"supply reassign": ["purchase_order/PO-3"]}
"""What a command changes besides."""
SAY_WHAT = {"start", "import", "supply date", "supply receipt", "supply adjust", "receiver resend"} | {
    "demand import",
    "supply history import",
}
"""Whose entries say which line, date, receipt or adjustment, or how many events or rows they are about."""
NAMED = {
    "KEY": "SELECT id FROM api_keys",
    "MESSAGE": "SELECT id FROM messages WHERE person = 'customer/eve' ORDER BY number LIMIT 1",
    "TASK": "SELECT id FROM tasks",
}
"""How what is named by an ID of the engine's own is found."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_command_that_changes_something_leaves_its_entry(
    name: str, run: Command, shop: Shop, tmp_path: Path
) -> None:
    _files(tmp_path)
    shop.open("O-1", 3)
    for each in BEFORE.get(name, ()):
        _ = run(*each.split()) if isinstance(each, str) else each(shop)
    before = len(shop.rows("SELECT * FROM audit"))
    words, about = CHANGES[name]
    typed = words.split() if isinstance(words, str) else words
    for word, query in NAMED.items():
        for row in shop.rows(query) if word in typed or word in about else ():
            typed = [row["id"] if each == word else each for each in typed]
            about = about.replace(word, row["id"])
    result = run(*name.split(), *typed)
    entries = shop.rows("SELECT * FROM audit ORDER BY number")[before:]
    by = "Eva" if "Eva" in typed else "tom"
    call = f"backorder {name.removesuffix(' export')}"
    besides = BESIDES.get(name, [])
    assert [(each["call"], each["actor"]) for each in entries] == [(call, by)] * (1 + len(besides)), (
        result.output
    )
    assert [f"{each['kind']}/{each['object']}" for each in entries[1:]] == besides
    entry = entries[0]
    assert fnmatchcase(f"{entry['kind']}/{entry['object']}", about)
    assert entry["request_id"].startswith(f"{name.split()[0]}-")
    assert "example.com" not in str(entry)
    before, after = (json.loads(entry[side] or "{}") for side in ("before", "after"))
    asked = sum(after.get(each, 0) - before.get(each, 0) for each in ("requests", "notes"))
    wanted = 1 if name in SAY_WHAT else asked if entry["kind"] in ("backorder", "task") else 0
    assert len(after.get("asked", ())) == wanted


def test_what_changes_nothing_leaves_no_entry(run: Command, shop: Shop, tmp_path: Path) -> None:
    """A preview, what is refused, and what is said again."""
    _files(tmp_path)
    shop.open("O-1", 3)
    for words in (
        "priority O-1/1 5 --reason loyal --by Eva --preview",
        "policy move O-1/1 hold --reason asked --by Eva --preview",
        "supply date PO-1 1 --split 10=2027-12-20 --preview",
        "supply receipt PO-1 1 --quantity 1 --receipt R-1 --preview",
        "import lines.csv --dry-run",
        "plan orders",
        "hold O-9/1 --until 7d --reason away",
        "hold O-1/1 --until 7d",
        "supply receipt PO-9 1 --quantity 1 --receipt R-1",
        "receiver rotate shop",
        "customer set nobody --name Anna",
        "customer set ann --region Nowhere",
        "supply cancel PO-9 1",
    ):
        run(*words.split())
        assert shop.rows("SELECT * FROM audit") == [], words
    for words in ("import lines.csv", "hold O-1/1 --until 2027-01-01 --reason away --request-id H-1"):
        for _ in range(2):
            run(*words.split())
        assert len(shop.rows("SELECT * FROM audit WHERE call LIKE :call", call=f"%{words.split()[0]}")) == 1


def test_each_entry_of_a_file_has_its_own_under_the_one_command(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [GOOD | {"order_id": order} for order in ("A-1", "A-2", "A-3")]
    run("import", write(tmp_path / "lines.csv", *lines, GOOD | {"order_id": "A-4", "quantity": "none"}))
    receipts = tmp_path / "receipts.csv"
    receipts.write_text("receipt_id,purchase_order,line,quantity\nR-1,PO-1,1,2\nR-2,PO-9,1,2\nR-3,PO-1,1,1\n")
    run("supply", "receipt", "--file", str(receipts))
    monkeypatch.setattr(import_sales, "BATCH", 2)
    (tmp_path / "sales.csv").write_text("sku,day,quantity\n" + "LAMP,2025-01-06,2\n" * 3)
    run("demand", "import", "sales.csv")
    entries = shop.rows("SELECT * FROM audit ORDER BY number")
    lines_and_orders = ["A-1/1", "A-2/1", "A-3/1", "PO-1", "PO-1"]
    assert [each["object"] for each in entries] == [*lines_and_orders, "sales", "sales"]
    assert len({each["request_id"] for each in entries}) == 3
    batches = [json.loads(each["after"])["asked"][0]["fields"] for each in entries[5:]]
    assert batches == [{"new": 1}, {"updated": 1}], "each batch says what it changed"


def test_who_names_themselves_at_length_is_in_the_audit_all_the_same(run: Command, shop: Shop) -> None:
    made = run("key", "create", "--name", "shop", "--role", "orders", "--by", "E" * 300)
    assert made.exit_code == 0
    [entry] = shop.rows("SELECT * FROM audit")
    assert entry["actor"] == "E" * 128


def test_the_policies_that_come_with_the_tables_have_entries(
    run: Command, shop: Shop, tmp_path: Path
) -> None:
    """What an upgrade loads into a database without policies, and nothing where it loads none."""
    assert run("db", "upgrade").exit_code == 0
    assert shop.rows("SELECT * FROM audit WHERE call = 'backorder db upgrade'") == []
    shop.unprotect("policies")
    shop.run("DELETE FROM current_policies")
    result = run("db", "upgrade")
    found = shop.rows("SELECT * FROM audit WHERE call = 'backorder db upgrade' ORDER BY object")
    entries = [(each["kind"], each["object"], each["actor"], each["before"]) for each in found]
    names = ("hold", "ship", "skip", "standard")
    assert entries == [("policy", name, "tom", None) for name in names], result.output
    assert all(f'"name":"{each["object"]}"' in each["after"] for each in found)
