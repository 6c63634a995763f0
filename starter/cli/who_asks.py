"""Who gives a command, as the audit names them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from backorder.services.export_evidence import Requester


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
        actor=by or machine_user(),
        call=call,
        request_id=f"{call.split()[1]}-{secrets.token_hex(8)}",
        now=machine_now(),
    )
