"""`backorder message preview` and `export`: how a kind reads, without a server or a database."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from backorder.domain.notifications import COMMERCIAL_KINDS, KINDS, NOTIFICATIONS, SUPPLIER_KINDS, Kind
from backorder.messaging.gsm import segments
from backorder.settings import Settings
from tests.support.command_line import Command, assert_refused, command_on

PAGES = {"BACKORDER_PUBLIC_URL": "https://orders.test"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line where no database is."""
    monkeypatch.setenv("BACKORDER_SHOP_NAME", "Fell & Fjord")
    return command_on(Settings(data=tmp_path, database_url=f"sqlite:///{tmp_path}/none.db"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_shown_without_a_database(run: Command, tmp_path: Path, kind: str) -> None:
    page = tmp_path / "page.html"
    found = json.loads(run("message", "preview", kind, "--out", str(page), "--json").stdout)
    assert found["email"]["subject"]
    assert "Fell & Fjord" in found["email"]["text"]
    assert page.read_text(encoding="utf-8") == found["email"]["html"]
    assert "Fell\u00a0&amp;\u00a0Fjord" in found["email"]["html"]
    assert (found["sms"] is None) == (kind in SUPPLIER_KINDS)
    if found["sms"] is not None:
        assert 1 <= found["sms"]["segments"] == segments(found["sms"]["text"]) <= 2
    if not (NOTIFICATIONS[Kind(kind)].beside or kind in COMMERCIAL_KINDS):
        assert "lamp" in found["email"]["text"]
    assert not (tmp_path / "none.db").exists()


def test_a_preview_is_one_channel_or_all_and_names_what_is_wrong(run: Command, tmp_path: Path) -> None:
    both, text = (
        run("message", "preview", "delayed").stdout,
        run("message", "preview", "delayed", "--channel", "sms"),
    )
    assert "This will take longer than we said" in both
    assert "1 SMS" in both
    assert "This will take longer" not in text.stdout
    assert "1 SMS" in text.stdout
    assert_refused(run("message", "preview", "late", "--channel", "sms"), "--channel", "by email alone")
    assert_refused(run("message", "preview", "delayed", "--locale", "x!"), "--locale")
    assert_refused(
        run("message", "preview", "delayed", "--out", str(tmp_path / "no" / "x.html")), "--out", "no folder"
    )


def test_a_preview_speaks_each_language_with_the_button_and_what_a_text_costs(
    run: Command, tmp_path: Path
) -> None:
    said = set()
    for locale in ("en_GB", "de_AT", "es_MX", "fr", "hi_IN", "pt_BR"):
        found = json.loads(
            run("message", "preview", "delayed", "--locale", locale, "--json", env=PAGES).stdout
        )
        assert 'href="https://orders.test/b/' in found["email"]["html"]
        assert f'<html lang="{locale.replace("_", "-")}"' in found["email"]["html"]
        assert found["sms"]["segments"] == segments(found["sms"]["text"])
        said.add(found["email"]["subject"].replace("Oak desk lamp, brass", ""))
    assert len(said) == 6
    asked = json.loads(run("message", "preview", "confirm_date", "--json", env=PAGES).stdout)
    assert 'href="https://orders.test/s/' in asked["email"]["html"]


@pytest.mark.parametrize(
    ("two_way", "to_india", "digits"), [("1", False, True), ("0", False, False), ("1", True, False)]
)
def test_a_preview_asks_for_digits_where_the_text_itself_does(
    run: Command, two_way: str, to_india: bool, digits: bool
) -> None:
    told = PAGES | {"BACKORDER_SMS_TWO_WAY": two_way}
    flags = ("--india",) if to_india else ()
    found = json.loads(run("message", "preview", "consent_request", *flags, "--json", env=told).stdout)["sms"]
    assert ("Reply 1 to keep waiting, 2 for a refund." in found["text"]) == digits
    assert found["segments"] == segments(found["text"])
    delayed = json.loads(run("message", "preview", "delayed", "--json", env=told).stdout)["sms"]["text"]
    assert "Reply 1" not in delayed


def test_a_preview_can_be_opened_in_a_browser(run: Command, tmp_path: Path) -> None:
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\ncp "${{1#file://}}" {seen}\n')
    browser.chmod(0o755)
    shown = run("message", "preview", "delayed", "--locale", "de", "--open", env={"BROWSER": str(browser)})
    assert "the HTML of the email is in" in shown.stdout + shown.stderr
    assert "Es dauert länger als zugesagt" in seen.read_text(encoding="utf-8")


def test_the_texts_to_india_are_written_down_for_its_registers(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "dlt.csv"
    found = json.loads(run("message", "export", "--dlt", "--out", str(file), "--json", env=PAGES).stdout)
    assert found["whitelist"] == "https://orders.test"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert [row["text"] for row in rows] == [each["text"] for each in found["texts"]]
    delayed = next(each for each in found["texts"] if (each["kind"], each["language"]) == ("delayed", "en"))
    tag = "{#alphanumeric#}"
    assert delayed["text"] == (
        f"Fell & Fjord: sorry, {tag} is delayed. The new date: https://orders.test/b/{tag}"
    )
    assert [each["reason"] for each in delayed["variables"]] == [None, None]
    sent = json.loads(run("message", "preview", "delayed", "--india", "--json", env=PAGES).stdout)["sms"][
        "text"
    ]
    assert re.fullmatch(re.escape(delayed["text"]).replace(re.escape(tag), ".{1,30}"), sent)
    hindi = run("message", "export", "--dlt", "--locale", "hi", env=PAGES).stdout
    assert "is delayed" not in hindi
    assert "Address to whitelist: https://orders.test" in hindi
    assert_refused(run("message", "export", env=PAGES), "--dlt")
    assert_refused(run("message", "export", "--dlt"), "BACKORDER_PUBLIC_URL")
    assert_refused(run("message", "preview", "delayed", "--india"), "BACKORDER_PUBLIC_URL")
