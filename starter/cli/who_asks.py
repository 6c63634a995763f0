"""Who gives a command, as the audit names them, and what the audit says of what it changes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from backorder.services.export_evidence import Requester
    from backorder.storage.engine import Companion

_REQUEST = "backorder.request"
"""Where a command line keeps the ID under which all that it changes stands in the audit."""
_LONGEST = 128
"""Letters of a name that the audit holds."""


def machine_user() -> str:
    """Whoever the machine takes the person at it for."""
    return os.environ.get("USER", "") or "command line"


def by_option(what: str, name: str = "by") -> Callable[[Callable[..., object]], Callable[..., object]]:
    """The option that says who it is; whoever says nothing is the machine's user. name: of the parameter."""
    return click.option("--by", name, default=machine_user, help=f"{what} Default: the machine's user.")


def requester(call: str, by: str) -> Requester:
    """Whoever gives it, at this moment. call: the command. by: as they said it; "" for the machine's user."""
    from backorder.services.export_evidence import Requester
    from backorder.services.services import machine_now

    return Requester(
        actor=(by.strip() or machine_user())[:_LONGEST],
        call=call,
        request_id=f"{call.split()[1]}-{secrets.token_hex(8)}",
        now=machine_now(),
    )


@contextmanager
def audited(
    *objects: tuple[str, str],
    by: str = "actor",
    replaces: bool = False,
    removes: bool = False,
    skus: Sequence[str] = (),
    version: str | None = None,
) -> Iterator[None]:
    """Whatever of these objects is changed within is in the audit: who gave this command, before and after.

    Nothing is where nothing changes, or where it fails. objects: each its kind and its ID, as the HTTP call
    names them that does the same. by: the command's parameter in which a person names themselves; without
    one, or where nobody said it, the machine's user. replaces, removes, skus: see `Act`. version: the version
    that the object has to have still, "" where it must not be there; None for any. Raises PreconditionError.
    """
    with _beside(_act(objects, by, replaces=replaces, removes=removes, skus=skus, version=version)):
        yield


@contextmanager
def audited_lines(ids: Sequence[str]) -> Iterator[None]:
    """The same of many lines that are put on record."""
    from backorder.storage.acting_on_lines import ActOnLines

    asked = this_command()
    act = ActOnLines(
        actor=asked.actor, call=asked.call, backorders=ids, request_id=asked.request_id, at=asked.now
    )
    with _beside(act):
        yield


@contextmanager
def _beside(written: Companion) -> Iterator[None]:
    from backorder.storage.engine import companion

    token = companion.set(written)
    try:
        yield
    finally:
        companion.reset(token)


def _act(
    objects: Sequence[tuple[str, str]],
    by: str,
    *,
    replaces: bool,
    removes: bool,
    skus: Sequence[str],
    version: str | None,
) -> Companion:
    from backorder.storage.acting import Act
    from backorder.storage.acting_on_objects import ActOnObjects

    asked = this_command(by)
    if len(objects) != 1:
        return ActOnObjects(
            actor=asked.actor, call=asked.call, objects=objects, request_id=asked.request_id, at=asked.now
        )
    return Act(
        actor=asked.actor,
        call=asked.call,
        object=objects[0],
        request_id=asked.request_id,
        at=asked.now,
        replaces=replaces,
        removes=removes,
        skus=skus,
        expected=(version,) if version else (),
        unexpected=("*",) if version == "" else (),
    )


def this_command(by: str = "actor") -> Requester:
    """Whoever gives the command that runs; all that it changes has one request's ID. by: see `audited`."""
    from dataclasses import replace

    context = click.get_current_context()
    typed = context.get_parameter_source(by) is click.core.ParameterSource.COMMANDLINE
    asked = requester(_named(context), str(context.params.get(by) or "") if typed else "")
    return replace(asked, request_id=context.meta.setdefault(_REQUEST, asked.request_id))


def _named(context: click.Context) -> str:
    """The command, as the documentation names it, however the program was called."""
    names: list[str] = []
    while context.parent is not None:
        names.append(context.info_name or "")
        context = context.parent
    return " ".join(["backorder", *reversed(names)])
