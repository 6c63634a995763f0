"""The program as `pip install` leaves it: built, installed into an empty place, called from elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import LONGEST_WAIT_S, environment, running, until

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("backorder", "workflows", "activities", "starter", "web", "migrations", "policies")
LINE = [
    *("--sku", "LAMP", "--quantity", "2", "--unit-price", "10.00", "--currency", "EUR"),
    *("--payment", "captured"),
    *("--customer", "ann", "--name", "Ann", "--email", "ann@example.com", "--region", "DE"),
]


def build(source: Path, target: str, out: Path) -> Path:
    """Build a wheel or an sdist of a folder, as pip and uv do. Returns its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=LONGEST_WAIT_S)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel of this folder, and the one of its sdist."""
    folder = tmp_path_factory.mktemp("built")
    with tarfile.open(build(ROOT, "sdist", folder / "sdist")) as sdist:
        sdist.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return build(ROOT, "wheel", folder / "wheel"), build(unpacked, "wheel", folder / "again")


@pytest.fixture(scope="module")
def installed(wheels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the sdist's wheel; returns its folder of commands.

    What the program needs is taken from this one's environment, whose link to the source tree is not.
    """
    home = tmp_path_factory.mktemp("installed") / "env"
    venv.create(home, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install"]
    subprocess.run(
        [*pip, "-qq", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheels[1])],
        check=True,
        timeout=LONGEST_WAIT_S,
    )
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "what_it_needs.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin"


def called(*command: str | Path, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT_S,
        check=False,
    )


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as found:
        return set(found.namelist())


def test_a_wheel_holds_what_the_program_reads(wheels: tuple[Path, Path]) -> None:
    """Every file of the packages as they are in the source tree, also by the way of an sdist."""
    here = [path for each in PACKAGES for path in (ROOT / each).rglob("*") if path.is_file()]
    source = {str(path.relative_to(ROOT)) for path in here if path.suffix != ".pyc"}
    for wheel in wheels:
        found = names(wheel)
        assert source - found == set()
        assert "worker.py" in found
        assert {
            f"{each}/py.typed" for each in ("backorder", "workflows", "activities", "starter", "web")
        } <= found
        assert any(each.endswith(".dist-info/licenses/LICENSE") for each in found)
        assert not {each.partition("/")[0] for each in found} & {"tests", "bench", "docs"}


def test_it_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    """Help, a shipped policy, a database made and read, no Temporal: none that answers, none to start."""
    backorder, python = installed / "backorder", installed / "python"
    modules = "import backorder, json, sys, worker"
    show = f"{modules}; print(json.dumps([backorder.__file__, worker.__file__, sys.path]))"
    ours, worker, path = json.loads(called(python, "-c", show, cwd=tmp_path).stdout)
    assert all(Path(each).is_relative_to(installed.parent) for each in (ours, worker))
    assert str(ROOT) not in path

    assert "Exit codes" in called(backorder, "--help", cwd=tmp_path).stdout
    assert called(python, "-m", "starter", "--version", cwd=tmp_path).stdout.startswith("backorder ")
    policy = Path(ours).parents[1] / "policies" / "standard.toml"
    checked = called(backorder, "policy", "check", policy, cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr

    data = {"BACKORDER_DATA": str(tmp_path / "data")}
    made = called(backorder, "db", "upgrade", "--json", cwd=tmp_path, **data)
    assert made.returncode == 0, made.stderr
    assert any(each.startswith("standard") for each in json.loads(made.stdout)["policies"])
    listed = called(backorder, "list", "--json", cwd=tmp_path, **data)
    assert listed.returncode == 0, listed.stderr
    away = called(backorder, "worker", cwd=tmp_path, TEMPORAL_ADDRESS="127.0.0.1:1", **data)
    assert away.returncode == 3, away.stderr
    assert "127.0.0.1:1" in away.stderr
    without = called(backorder, "up", cwd=tmp_path, PATH="/bin", BACKORDER_DATA=str(tmp_path / "new"))
    assert without.returncode == 2
    assert "backorder[embedded]" in without.stderr
    assert not (tmp_path / "new").exists(), "what can fail fails first"


async def test_a_line_lives_on_what_was_installed(installed: Path, tmp_path: Path) -> None:
    """The whole stack out of the wheel: the worker, the policies, the migrations, the words of a message."""
    backorder, data = installed / "backorder", {"BACKORDER_DATA": str(tmp_path / "data")}

    def value(*arguments: str) -> Any:
        ended = called(backorder, *arguments, "--json", cwd=tmp_path, **data)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def messages() -> Any:
        return value("show", "L-1/1")["messages"]

    # The server's binary stands beside this environment's Python, not beside the new one's.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # On a fast clock the first message does not wait a minute for other lines of its order.
    fast = ("up", "--day", "1m")
    up = running(tmp_path / "up.txt", *fast, program=[str(backorder)], cwd=tmp_path, PATH=path, **data)
    with up as stack:
        await until(lambda: stack.says("Backorder is up"))
        value("supply", "supplier", "acme", "--name", "Acme", "--lead-days", "14")
        product = ("--name", "Lamp", "--price", "10.00", "--currency", "EUR", "--supplier", "acme")
        value("supply", "product", "LAMP", *product)
        assert value("start", "L-1/1", *LINE)["running"]
        await until(lambda: [each["state"] for each in messages()] == ["sent"])
        (told,) = messages()
        message = called(backorder, "message", told["id"], cwd=tmp_path, **data)
        assert "Ann" in message.stdout, message.stderr
        assert stack.stop() == 0
