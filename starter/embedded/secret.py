"""The secret of a data folder: made once, read by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FILE = "secret"


def found_secret(data: Path) -> str:
    """The folder's secret; "" where it has none."""
    try:
        return (data / FILE).read_text().strip()
    except OSError:
        return ""


def kept_secret(data: Path) -> str:
    """The folder's secret; a new one where it has none yet."""
    path = data / FILE
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
