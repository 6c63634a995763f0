"""The command line of whoever sees to what waits for a person."""

from __future__ import annotations

import json
import shlex
from itertools import product

import click

from backorder.domain.line.events import RefundSent
from backorder.domain.tasks import FLAGS, TASKS
from backorder.queries.case_words import commands_for
from backorder.services.record_request import NewRequest
from backorder.storage import tasks
from backorder.storage.engine import writing
from backorder.storage.tasks import Task
from starter.cli import cli
from tests.support.command_line import Command, assert_refused
from tests.support.days import day
from tests.support.shop import Shop
from tests.support.supply import supplier_unreachable


def overpaid(shop: Shop) -> None:
    """A-1/1 has ended, and more was sent back than is owed."""
    shop.start("A-1")
    shop.cancel("A-1")
    paid = shop.state("A-1").payment.line_paid
    more = RefundSent(at=shop.now, day=day(0), refund="F", amount=paid + 2, sent_at=shop.now)
    shop.ask("A-1", NewRequest(id="F-1", kind="refund", event=more, given={}))
    shop.review("A-1", "F-1")


def test_what_waits_names_the_commands_that_end_it(run: Command, shop: Shop) -> None:
    assert "nothing waits" in run("task", "list").stdout
    overpaid(shop)
    supplier_unreachable(shop)
    line, supply = json.loads(run("task", "list", "--json").stdout)
    assert (line["about"], line["kind"], line["id"]) == ("A-1/1", "refund_excess", "A-1/1#refund_excess")
    assert "backorder task done A-1/1 refund_excess --note … --by NAME" in line["commands"]
    assert "backorder supply date PO-1 1 --split UNITS=DATE --source mail" in supply["commands"]
    assert supply["id"] in run("task", "list").stdout
    assert "backorder task done A-1/1" in run("show", "A-1/1").stdout
    ended = run("task", "done", supply["id"], "--note", "phoned", "--by", "Eva", "--json")
    assert json.loads(ended.stdout)["done_by"] == "Eva"
    assert [each["id"] for each in json.loads(run("task", "list", "--json").stdout)] == [line["id"]]
    assert run("task", "note", line["id"], "phoned", "--by", "Eva").exit_code == 0
    [noted] = json.loads(run("task", "list", "--json").stdout)
    assert [each["text"] for each in noted["notes"]] == ["phoned"]
    assert run("task", "done", line["id"], "--note", "sent back", "--by", "Eva").exit_code == 0
    assert json.loads(run("task", "list", "--json").stdout) == []
    assert_refused(
        run("task", "done", "A-1/1#nothing", "--note", "x", "--by", "Eva"), "no backorder A-1/1%23"
    )


FILLED_IN = {
    "--amount": "1.00",
    "--by-date": "2026-12-20",
    "--expires-at": "2026-12-20",
    "--failed-at": "2026-12-20",
    "--quantity": "1",
    "--split": "1=2026-12-20",
}
"""What a person writes for … behind an option; of all others any word."""
CUSTOMERS = dict.fromkeys(("erasure_waits", "may_be_cancellation", "unclear_text"), "ann")
SUBJECTS = {
    "product_short": "LAMP",
    "unknown_sender": "SM1",
    "channel_paused": "email",
    "provider_code": "sms/30007",
    "receiver_refusing": "erp",
    "reader_stopped": "K1",
} | CUSTOMERS
"""What a task of a kind is about that is about no line of anything."""


def taken(command: str) -> None:
    """What the command line takes of a command, as far as it looks at it before the database."""
    words = shlex.split(command)[1:]
    words = [FILLED_IN.get(before, each) for before, each in zip(["", *words], words, strict=False)]
    found: click.Command = cli
    parent: click.Context | None = None
    while isinstance(found, click.Group):
        context = found.make_context(found.name, words, parent=parent)
        _, command_found, words = found.resolve_command(context, [*context._protected_args, *context.args])
        assert command_found is not None
        found, parent = command_found, context
    found.make_context(found.name, words, parent=parent)


def test_every_command_that_is_named_runs_as_it_stands_once_it_is_filled_in(shop: Shop) -> None:
    """For each of the words with | between one command."""
    named = [each for flag in FLAGS for each in commands_for(flag, "1001/1", "ann")]
    for kind in TASKS:
        detail = {"ticket": "T-7"} if kind.startswith("complaint") else {}
        subject = SUBJECTS.get(kind, "1001/1")
        task = Task(id="t1", kind=kind, subject=subject, detail=detail, at=shop.now)
        named += tasks.commands_of(task)
    assert "backorder complaint close 1001/1 T-7 …" in named
    assert "backorder answer 1001/1 keep|cancel|alternative" in named
    for each in named:
        choices = [word.split("|") for word in each.split()]
        for one in product(*choices):
            taken(" ".join(one))


def test_what_cannot_be_ticked_off_is_refused_in_words(run: Command, shop: Shop) -> None:
    shop.start("A-1")
    by = ("--note", "x", "--by", "Eva")
    assert_refused(run("task", "done", "A-1/1", *by), "nothing of it waits for a person")
    assert_refused(run("task", "done", "A-9/1", *by), "no backorder A-9/1")
    assert_refused(run("task", "done", "A-1/1", "engine_error", *by), "ends by itself")
    assert_refused(run("task", "done", "abc", *by), "neither ORDER/LINE nor the ID of a task")
    assert_refused(run("task", "done", "abc", "--note", " ", "--by", "Eva"), "note")


def test_the_flag_of_an_ended_line_is_ticked_off_and_shown_with_who_and_what(
    run: Command, shop: Shop
) -> None:
    overpaid(shop)
    ended = run("task", "done", "A-1/1", "--note", "they keep it", "--by", "Eva", "--json")
    assert (ended.exit_code, json.loads(ended.stdout)["verdict"]) == (0, "accepted"), ended.output
    case = json.loads(run("show", "A-1/1", "--json").stdout)
    assert case["needs"] == []
    assert [(each["by"], each["reason"]) for each in case["timeline"] if each["what"] == "flag_cleared"] == [
        ("Eva", "they keep it")
    ]
    assert "ticked off by Eva" in " ".join(run("show", "A-1/1").stdout.split())


def test_a_note_is_shown_with_the_line_and_with_the_task(run: Command, shop: Shop) -> None:
    overpaid(shop)
    with writing(shop.services.engine) as connection:
        detail = {"receipt": "R", "received": 9, "ordered": 1}
        tasks.add(connection, key="k", kind="over_received", subject="PO-1/1", detail=detail, at=shop.now)
    (task,) = tasks.waiting(shop.services.engine)
    left = run("note", "A-1/1", "asks", "for", "Friday", "--by", "Eva", "--request-id", "N-1", "--json")
    assert json.loads(left.stdout)["text"] == "asks for Friday"
    assert run("note", "A-1/1", "asks for Friday", "--by", "Eva", "--request-id", "N-1").exit_code == 0
    assert run("note", "A-1/1", "asks for Monday", "--by", "Eva", "--request-id", "N-1").exit_code == 1
    assert run("task", "note", task.id, "they will call back").exit_code == 0
    (note,) = json.loads(run("show", "A-1/1", "--json").stdout)["notes"]
    assert (note["id"], note["by"], note["text"]) == ("N-1", "Eva", "asks for Friday")
    assert "asks for Friday" in run("show", "A-1/1").stdout
    listed = json.loads(run("task", "list", "--json").stdout)
    assert [[each["text"] for each in one["notes"]] for one in listed] == [
        ["asks for Friday"],
        ["they will call back"],
    ]
    assert "they will call back" in run("task", "list").stdout


def test_a_note_about_nothing_or_of_nothing_is_refused_in_words(run: Command, shop: Shop) -> None:
    assert_refused(run("note", "A-9/1", "x"), "no backorder A-9/1")
    assert_refused(run("task", "note", "abc", "x"), "neither ORDER/LINE nor the ID of a task")
    shop.start("A-1")
    assert_refused(run("note", "A-1/1", " "), "TEXT: is empty")
    assert_refused(run("note", "A-1/1", "x" * 4001), "4000 are the most")
