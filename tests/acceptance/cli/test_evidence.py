"""`backorder evidence`: written, checked on another machine, and with another key from then on."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from starter.embedded.secret import FILE
from tests.support.command_line import Command, assert_refused
from tests.support.shop import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Files are the same on every database."""


def pem(path: Path) -> Path:
    """A key of its own in a file."""
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_the_folder_of_the_embedded_stack_signs_with_its_own_secret(
    run: Command, shop: Shop, tmp_path: Path
) -> None:
    shop.start()
    data = tmp_path / "data"
    data.mkdir()
    (data / FILE).write_text("8d0bd1b2c4f5a697d8e1f2a3b4c5d6e7\n")
    with (
        closing(connect(str(shop.services.engine.url.database))) as old,
        closing(connect(data / "backorder.db")) as new,
    ):
        old.backup(new)
    env = {"BACKORDER_DATA": str(data)}
    assert_refused(run("evidence", "O-1/1", env=env), "BACKORDER_SECRET")  # the database is another one
    env["BACKORDER_DATABASE_URL"] = ""
    assert run("evidence", "O-1/1", "--to", str(tmp_path), env=env).exit_code == 0
    assert run("evidence", "verify", str(tmp_path / "evidence-O-1-1.json"), env=env).exit_code == 0


def test_a_line_is_proven_to_whoever_has_the_published_keys(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.start()
    shop.dispatch()
    assert_refused(run("evidence", "O-1/1"), "BACKORDER_SECRET")
    monkeypatch.setenv("BACKORDER_EVIDENCE_KEY", str(pem(tmp_path / "first.pem")))
    done = run("evidence", "O-1/1", "--to", str(tmp_path), "--by", "Eva")
    assert done.exit_code == 0, done.output
    file, page = tmp_path / "evidence-O-1-1.json", tmp_path / "evidence-O-1-1.html"
    # Another key signs from now on; the one of before is still published.
    monkeypatch.setenv("BACKORDER_EVIDENCE_KEY", str(pem(tmp_path / "second.pem")))
    keys = tmp_path / "keys.json"
    keys.write_text(run("evidence", "keys").stdout)
    assert len(json.loads(keys.read_text())["keys"]) == 2
    monkeypatch.setenv("BACKORDER_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    for each in (file, page):
        assert run("evidence", "verify", str(each), "--keys", str(keys)).exit_code == 0
    file.write_bytes(file.read_bytes().replace(b"Ann", b"Ben", 1))
    said = run("evidence", "verify", str(file), "--keys", str(keys), "--json")
    assert (said.exit_code, json.loads(said.stdout)["whole"]) == (1, False)
    assert "changed after it was signed" in json.loads(said.stdout)["faults"][0]
    (tmp_path / "none.json").write_text("[1]")
    assert_refused(run("evidence", "verify", str(page), "--keys", str(tmp_path / "none.json")), "keys")
    forged = json.loads(file.read_bytes())
    forged["evidence"]["line"]["id"] = "O-1/1\n\x1b[2J\u202ewhole"
    file.write_text(json.dumps(forged))
    said = run("evidence", "verify", str(file), "--keys", str(keys))
    assert said.exit_code == 1
    assert "this evidence of O-1/1\\n\\x1b[2J\\u202ewhole is not whole" in said.stdout
    shop.unprotect("timeline")
    shop.run("UPDATE timeline SET detail = 'nothing' WHERE place = 1")
    monkeypatch.setenv("BACKORDER_DATABASE_URL", shop.services.engine.url.render_as_string(False))
    done = run("evidence", "O-1/1", "--to", str(tmp_path))
    assert (done.exit_code, "the record is not whole: row 1 of O-1/1 was changed" in done.stderr) == (0, True)
    said = run("evidence", "verify", str(page))
    assert (said.exit_code, "row 1 of O-1/1 was changed" in said.stdout) == (1, True)
    monkeypatch.setenv("BACKORDER_EVIDENCE_KEY", str(file))
    assert_refused(run("evidence", "export", "O-1"), "O-1")
