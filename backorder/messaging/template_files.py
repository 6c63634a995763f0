"""Where templates are read from: the folders as they are, or as they were when a program began with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

ReadFile: TypeAlias = Callable[[Path], bytes | None]
"""Reads a template; None where there is no such file."""


def on_disk(file: Path) -> bytes | None:
    """A template as it is now."""
    return file.read_bytes() if file.is_file() else None


def as_of_now(folders: Sequence[Path]) -> ReadFile:
    """Templates as they are now, whatever becomes of the files: those of one message stay of one edit.

    folders: each with one folder a locale.
    """
    places = (place for folder in folders if folder.is_dir() for place in folder.iterdir() if place.is_dir())
    return {file: file.read_bytes() for place in places for file in place.iterdir() if file.is_file()}.get
