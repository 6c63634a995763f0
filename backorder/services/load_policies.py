"""The policies of a folder, put on record: all of them, or none if one is faulty."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from backorder.domain.policy.policy_file import PolicyError, breaches_of, read_policy
from backorder.errors import SetupError
from backorder.storage.acting_on_objects import ActOnObjects
from backorder.storage.engine import writing
from backorder.storage.policies import PolicyRepository

if TYPE_CHECKING:
    from backorder.services.export_evidence import Requester

log = logging.getLogger(__name__)


def load_policies(
    engine: Engine, policies: PolicyRepository, folder: Path, asked: Requester | None
) -> list[str]:
    """Load every policy file of a folder; what breaks a law that it names is said in the log.

    asked: who has them loaded, for the audit; None for the program itself. Raises SetupError with every fault
    of every file.
    """
    faults, found = [], {}
    for path in sorted(folder.glob("*.toml")):
        try:
            text = path.read_text(encoding="utf-8-sig")
            found[path] = (read_policy(text, calendar=policies.calendar).name, text)
        except PolicyError as error:
            faults += [f"{path}: {fault}" for fault in error.faults]
        except UnicodeDecodeError as error:
            faults.append(f"{path}: is not UTF-8 ({error.reason} at byte {error.start})")
    if faults:
        raise SetupError("\n".join(faults))
    if not found and folder.is_file():
        raise SetupError(f"{folder} is a file: name the folder that it lies in")
    if not found:
        raise SetupError(f"{folder}: there is no policy file")
    names = [name for name, _ in found.values()]
    with writing(engine) as connection, _audited(connection, names, asked):
        for _, text in found.values():
            policies.load(connection, text)
    for path, (name, text) in found.items():
        for fault in breaches_of(text):
            log.warning("a policy breaks a law: %s: %s", path, fault, extra={"policy": name})
    return names


@contextmanager
def _audited(connection: Connection, names: list[str], asked: Requester | None) -> Iterator[None]:
    """Write down who changed what of policies."""
    if asked is None:
        yield
        return
    objects = [("policy", name) for name in sorted(set(names))]
    act = ActOnObjects(
        actor=asked.actor, call=asked.call, objects=objects, request_id=asked.request_id, at=asked.now
    )
    act.before(connection)
    yield
    act.after(connection)
