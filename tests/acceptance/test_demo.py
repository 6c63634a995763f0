"""`backorder demo`: the season is played to its end, and told as it is."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from backorder.domain.notifications import Kind
from starter.demo.endings import ToldRecord, faults
from starter.demo.logged import logged
from starter.demo.observer import FeedEntry, Line
from starter.demo.screen import Frame
from starter.demo.season import POLICIES, Story, read_orders, read_season
from starter.demo.show import Show
from tests.support.commands import alive, backorder, running, until

KINDS = [kind.value for kind in Kind]
LINE = Line(
    id="1002/1",
    product="Oak bookcase",
    status="fulfilled",
    ordered=1,
    shipped=1,
    first_by=date(2026, 9, 24),
    by=date(2026, 10, 16),
    delay=0,
    position=None,
    told=True,
    needs=(),
)
STORY = Story(
    line="1002/1", story="slips", ends="fulfilled", hears=("confirmed", "delayed", "shipped"), late=30
)
AT = datetime(2026, 10, 15, 12, tzinfo=UTC)


def message(kind: str, number: int = 0) -> FeedEntry:
    return FeedEntry(
        at=AT, who="message", what=kind, line="1002/1", words=kind, channel="email", key=f"{kind}{number}"
    )


def record_of(*entry: FeedEntry) -> ToldRecord:
    record = ToldRecord()
    for each in entry:
        record.add(each)
    return record


SHIPPED = FeedEntry(at=AT, who="event", what="shipped", line="1002/1", words="")


async def test_the_season_is_played_and_every_line_ends_as_its_story_says(tmp_path: Path) -> None:
    data, pictures = tmp_path / "data", tmp_path / "pictures"
    # As fast as everything is done: the clock waits for what is not.
    arguments = ("demo", "--day", "300ms", "--data", str(data), "--svg", str(pictures))
    with running(tmp_path / "words.txt", *arguments, BACKORDER_EMAIL="sendgrid") as demo:
        await until(lambda: demo.says("✉"))
        family = demo.family()
        assert len(family) == 2
        await until(lambda: demo.process.poll() is not None, 480)
        words = demo.words
    assert demo.process.returncode == 0, words
    assert "Every line ended as its story says." in words
    assert alive(family) == []
    for said in ("Oakworks: the kiln is down", "Warehouse: 3 of the 5 chairs are in", "Customer: takes"):
        assert said in words
    assert re.search(r"PO-501.* Overdue: PO-501 was due", words)
    assert re.search(r"this line ends on \d+ Oct 2026", words)
    assert (pictures / "demo.svg").read_text(encoding="utf-8").startswith("<svg")

    shown = backorder("show", "1002/1", BACKORDER_DATA=str(data))
    assert shown.returncode == 0, shown.stderr
    assert "Oak bookcase" in shown.stdout
    reported = backorder("supply", "report", "--json", BACKORDER_DATA=str(data))
    assert json.loads(reported.stdout)["asof"] == "2026-10-15", "the clock stands still on the last day"


def test_a_folder_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ended = backorder("demo", "--data", str(tmp_path))
    assert ended.returncode == 2
    assert f"{tmp_path} is not empty" in ended.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_the_season_fits_together() -> None:
    season = read_season()
    lines = {f"{order.order_id}/{order.line_id}": order for order in read_orders()}
    assert [story.line for story in season.stories] == list(lines)
    assert {beat.line for beat in season.beats if beat.line} <= set(lines)
    assert {order.sku for order in lines.values()} <= {product.sku for product in season.products}
    assert {order.policy for order in lines.values()} <= {path.stem for path in POLICIES.glob("*.toml")}
    assert all(season.begins < beat.at < season.ends for beat in season.beats)
    assert [beat.at for beat in season.beats] == sorted(beat.at for beat in season.beats)


def test_nobody_in_the_season_can_be_written_to() -> None:
    for order in read_orders():
        customer = order.customer
        assert customer.email is None or customer.email.rpartition("@")[2].endswith("example.com")
        assert customer.phone is None or customer.phone.startswith("+447700900")


GOOD = (message("confirmed"), message("delayed"), message("shipped"), SHIPPED)


def test_a_line_that_goes_as_its_story_says_has_no_faults() -> None:
    record = record_of(*GOOD)
    assert faults(STORY, LINE, record) == []
    assert record.late(LINE) == 21


@pytest.mark.parametrize(
    ("changed", "record", "fault"),
    [
        ({"ends": "cancelled"}, record_of(*GOOD), "it is fulfilled, not cancelled"),
        ({"late": 20}, record_of(*GOOD), "it is 21 days late"),
        ({"announced": True}, record_of(*GOOD), "its ending was not announced"),
        (
            {"hears": (*STORY.hears, "delayed")},
            record_of(*GOOD, GOOD[1]),
            'its customer was told "delayed" twice',
        ),
        (
            {},
            record_of(message("delayed"), message("confirmed"), message("shipped"), SHIPPED),
            'message 1 to its customer was "delayed", not "confirmed"; heard: delayed, confirmed, shipped',
        ),
        (
            {},
            record_of(message("confirmed"), message("still_waiting"), *GOOD[1:]),
            'message 2 to its customer was "still_waiting", not "delayed"; '
            "heard: confirmed, still_waiting, delayed, shipped",
        ),
        (
            {},
            record_of(*GOOD, message("coupon")),
            'message 4 to its customer was "coupon", and the story has no more; '
            "heard: confirmed, delayed, shipped, coupon",
        ),
        (
            {},
            record_of(*GOOD[:2], SHIPPED),
            'its customer never heard "shipped"; heard: confirmed, delayed',
        ),
        ({}, record_of(*GOOD[:-1]), "it never shipped"),
    ],
)
def test_what_did_not_go_as_told_is_named(changed: dict[str, object], record: ToldRecord, fault: str) -> None:
    assert faults(STORY.model_copy(update=changed), LINE, record) == [fault]


def test_a_line_that_was_never_started_is_named() -> None:
    assert faults(STORY, None, ToldRecord()) == ["it was never started"]


WORKING = "2026-11-26T18:09:49.899Z INFO    backorder.worker: working on task queue backorder"
FAILED = "2026-11-26T18:09:50.899Z ERROR   activities.reviews: 1002/1 cannot be decided backorder=1002/1"
RETRIED = "2026-11-26T18:09:51.899Z WARNING temporalio.activity: Completing as failed attempt=1"
CRASHED = ("Traceback (most recent call last):", '  File "worker.py", line 1, in <module>', "KeyError: 'x'")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((WORKING, RETRIED, "  the row of an ERROR was looked up"), ""),
        ((WORKING, FAILED), f"the worker logged an error: {FAILED}"),
        ((FAILED, WORKING, FAILED), f"the worker logged 2 errors, the first: {FAILED}"),
        ((WORKING, *CRASHED), "the worker logged an error: KeyError: 'x'"),
        (("thread 'core' panicked at src/lib.rs:1",), "the worker logged an error: thread 'core' panicked"),
    ],
)
def test_an_error_in_a_log_is_found_and_said(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    log = tmp_path / "worker.log"
    log.write_text("\n".join(lines) + "\n")
    found = logged(log)
    assert len(found) == bool(said)
    assert all(said in words and str(log) in words for words in found)


def test_a_stack_that_was_in_trouble_ends_the_season_badly(tmp_path: Path) -> None:
    paper = io.StringIO()
    season = read_season()
    show = Show(season.model_copy(update={"stories": ()}), "", Console(file=paper, width=120), None)
    assert show.end(tmp_path, [])
    assert not show.end(tmp_path, ["the worker ended (signal SIGKILL); it is started again"])
    assert "✗ the worker ended (signal SIGKILL)" in paper.getvalue()
    assert "The season went wrong once" in paper.getvalue()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (140, 50)])
def test_the_view_fits_the_terminal(width: int, height: int) -> None:
    season = read_season()
    frame = Frame(season, "http://localhost:8233")
    for number, kind in enumerate(KINDS * 2):
        frame.tell(replace(message(kind, number), words="a subject that is rather long " * 5))
    frame.tell(
        FeedEntry(at=AT, who="event", what="escalated", line="1002/1", words="", data={"reason": "late"})
    )
    frame.tell(FeedEntry(at=AT, who="Oakworks", what="world", line="PO-501", words="12 days later"))
    frame.see([replace(LINE, id=f"100{number}/1") for number in range(8)], AT)
    paper = io.StringIO()
    Console(width=width, height=height, file=paper, force_terminal=False).print(frame.draw(width, height))
    drawn = paper.getvalue().splitlines()
    assert len(drawn) <= height
    assert max(map(len, drawn)) <= width
    assert "Oakworks 12 days later" in paper.getvalue()
