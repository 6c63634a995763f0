"""Who gives a command, as the audit names them."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backorder.services.export_evidence import Requester


def requester(call: str, by: str) -> Requester:
    """Whoever gives it, at this moment. call: the command. by: as they said it; "" for the machine's user."""
    from backorder.services.export_evidence import Requester
    from backorder.services.services import machine_now

    return Requester(
        actor=by or os.environ.get("USER", "") or "command line",
        call=call,
        request_id=f"{call.split()[1]}-{secrets.token_hex(8)}",
        now=machine_now(),
    )
