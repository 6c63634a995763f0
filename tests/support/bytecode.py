"""A plugin of pytest: the processes that share the tests share the work of compiling them too.

Each of them imports every module of the tests, and with it the whole program.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Where no bytecode may stand beside the source, all processes find it in pytest's cache."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = str(early_config.rootpath / ".pytest_cache" / "d" / "bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        sys.pycache_prefix, sys.dont_write_bytecode = folder, False


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """The first process compiles the program before there are others, which need it at once."""
    if session.config.getoption("numprocesses", None):
        for name in ("worker", "starter.__main__", "web.app"):
            import_module(name)


def pytest_collection(session: pytest.Session) -> None:
    """Of several processes each begins elsewhere, so that what one has compiled is there for the others."""
    if hands := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
        files = list(_files(session))
        place = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) * len(files) // hands
        for file in files[place:] + files[:place]:
            name = ".".join(file.relative_to(session.config.rootpath).with_suffix("").parts)
            with suppress(Exception):  # the collection says what is wrong with it
                import_module(name)


def _files(session: pytest.Session) -> Iterator[Path]:
    asked = (Path(each.partition("::")[0]).absolute() for each in session.config.args)
    return chain.from_iterable(
        [each] if each.suffix == ".py" else sorted(each.rglob("test_*.py")) for each in asked
    )
