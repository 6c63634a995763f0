"""The migrations are one chain: two that follow the same one leave a database that nobody can upgrade."""

from __future__ import annotations

import re
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
_ID = re.compile(r'^(down_revision|revision)(?:: [^=]+)? = "?(\w+)"?$', re.MULTILINE)


def test_the_migrations_are_one_chain() -> None:
    found = [
        dict(_ID.findall(path.read_text(encoding="utf-8"))) for path in sorted(VERSIONS.glob("[0-9]*.py"))
    ]
    revisions = [each["revision"] for each in found]
    assert [each["down_revision"] for each in found] == ["None", *revisions[:-1]]
