"""One policy, from whoever hands in its text: checked as a file is, put on record, or only looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from backorder.domain.calendar import Calendar
from backorder.domain.law.packs import regions_of
from backorder.domain.policy.policy import Policy
from backorder.domain.policy.policy_file import Fault, PolicyError, breaches_of, read_policy, warnings_of
from backorder.errors import RefusedError
from backorder.schemas.policies import PolicyText
from backorder.storage.engine import reading, writing
from backorder.storage.policies import PolicyRepository

_PLAIN_KEY = re.compile(r"[\w\[\].-]+")
FIELD = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyLoaded:
    """A policy, as it was loaded or would be.

    version: a digest of its text, which names it. new: that version was never loaded before. current: it is
    what new lines get. stages: how many it has. packs: the law of each region under it; `*` is every region.
    warnings: what of it is not acted on, or can hardly be meant. preview: nothing was written.
    """

    name: str
    version: str
    new: bool
    current: bool
    stages: int
    packs: dict[str, tuple[str, ...]]
    warnings: tuple[str, ...]
    preview: bool


def in_words(fault: Fault, field: str) -> str:
    """A fault of a policy's text, as one of the field that holds it: `text.promise.settle: line 3: ...`."""
    if fault.key and _PLAIN_KEY.fullmatch(fault.key):
        return f"{field}.{fault.key}: line {fault.line}: {fault.problem}"
    key = f"{fault.key}: " if fault.key else ""
    return f"{field}: line {fault.line}: {key}{fault.problem}"


def policy_of(text: str, calendar: Calendar, field: str = FIELD) -> Policy:
    """A policy out of its text. field: that holds it. Raises RefusedError with every fault."""
    try:
        return read_policy(text, calendar=calendar)
    except PolicyError as error:
        raise RefusedError([in_words(each, field) for each in error.faults]) from None


def policies_of(texts: Sequence[str], calendar: Calendar, field: str) -> list[Policy]:
    """Several policies. Raises RefusedError with every fault of every one."""
    found: list[Policy] = []
    faults: list[str] = []
    for number, text in enumerate(texts):
        try:
            found.append(policy_of(text, calendar, f"{field}.{number}"))
        except RefusedError as error:
            faults += error.faults
    if faults:
        raise RefusedError(faults)
    return found


def faults_of_texts(texts: Sequence[str | None], calendar: Calendar, field: str | None = None) -> list[str]:
    """What is wrong with policies of which each may be None: wrong by itself. field: that holds them, with
    the number of each; None: there is one, see FIELD.
    """
    faults: list[str] = []
    for number, text in enumerate(texts):
        try:
            policy_of(text, calendar, f"{field}.{number}" if field else FIELD) if text is not None else None
        except RefusedError as error:
            faults += error.faults
    return faults


def breaches(text: str) -> tuple[str, ...]:
    """What a sound policy rules that breaks a law it names, with the law: it cannot be loaded."""
    return tuple(in_words(each, FIELD) for each in breaches_of(text))


def faults_of(name: str | None, text: str | None, calendar: Calendar) -> list[str]:
    """What is wrong with a policy, what breaks a law that it names included.

    name, text: None for one that is wrong by itself.
    """
    if text is None:
        return []
    try:
        found = policy_of(text, calendar)
    except RefusedError as error:
        return [*error.faults]
    faults = [*breaches(text)]
    if name is not None and found.name != name:
        faults.insert(0, f'{FIELD}.name: is "{found.name}", and the path says "{name}"')
    return faults


def load_policy(engine: Engine, policies: PolicyRepository, wanted: PolicyText) -> PolicyLoaded:
    """Put a policy on record, so that new lines get it; what is on record already is not written again.

    Raises RefusedError with every fault.
    """
    _sound(wanted, policies.calendar)
    with writing(engine) as connection:
        known, _ = policies.versions(connection, wanted.name)
        found = policies.load(connection, wanted.text)
    return _said(found, wanted.text, new=found.version not in known, current=True)


def look_at_policy(
    engine: Engine, policies: PolicyRepository, wanted: PolicyText, *, preview: bool
) -> PolicyLoaded:
    """What a policy would be, and how it stands. preview: it is to be loaded. Raises RefusedError."""
    _sound(wanted, policies.calendar)
    with reading(engine) as connection:
        return _as_it_stands(connection, policies, wanted.text, preview=preview)


def _as_it_stands(
    connection: Connection, policies: PolicyRepository, text: str, *, preview: bool
) -> PolicyLoaded:
    found = read_policy(text, calendar=policies.calendar)
    known, current = policies.versions(connection, found.name)
    new = preview and found.version not in known
    return _said(found, text, new=new, current=found.version == current, preview=preview)


def _sound(wanted: PolicyText, calendar: Calendar) -> None:
    if faults := faults_of(wanted.name, wanted.text, calendar):
        raise RefusedError(faults)


def _said(found: Policy, text: str, *, new: bool, current: bool, preview: bool = False) -> PolicyLoaded:
    return PolicyLoaded(
        name=found.name,
        version=found.version,
        new=new,
        current=current,
        stages=len(found.stages),
        packs={name: tuple(regions) for name, regions in regions_of(found.pack).items()},
        warnings=tuple(in_words(each, FIELD) for each in warnings_of(text)),
        preview=preview,
    )
