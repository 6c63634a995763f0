"""What an adapter says about a send: one function for each thing that can have happened.

A refusal of the credentials or of the sending number is nobody's fault but the shop's: the message is fine
and was certainly not processed. It is `transient`, and `account` says so.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isnan

from backorder.messaging.provider_reports import ProviderReport
from backorder.ports import LookedUp, Outgoing, Sent

OF_THE_SHOP = frozenset({401, 402, 403, 404, 405, 407})
"""HTTP's answers to a send for which the message is not to blame: key, bill, sender, base URL, proxy."""
_LONGEST = 86_400.0
"""Seconds up to which a provider's own wish is honoured: a day."""
_LOOKED_UP_AFTER = 900.0
"""Seconds after which a text that may have gone is looked up at the latest, whatever its provider wishes."""


def busy(provider: str, code: str, retry_after: float | None) -> Sent:
    """The provider takes no more for now and has not processed the text."""
    return Sent(
        outcome="transient", code=code, retry_after=retry_after, reason=f"{provider} asks to wait ({code})."
    )


def unwilling(provider: str, code: str, retry_after: float | None) -> Sent:
    """Who it is for takes nothing for now. It was not processed."""
    reason = f"{provider} cannot hand it over for now ({code})."
    return Sent(outcome="transient", code=code, retry_after=retry_after, reason=reason, recipient=True)


def unreached(provider: str) -> Sent:
    """No connection came about, so nothing was said."""
    return Sent(outcome="transient", code="unreached", reason=f"{provider} could not be reached.")


def paused(provider: str, code: str) -> Sent:
    """Nothing will go through this channel until an operator acts."""
    reason = f"{provider} refuses this account or its settings ({code}): an operator must act."
    return Sent(outcome="transient", code=code, reason=reason, account=True)


def refused(provider: str, code: str, why: str = "", report: ProviderReport | None = None) -> Sent:
    """The provider will never take this text as it is. why: never from what the provider wrote.

    report: what that says of the address.
    """
    reason = f"{provider} refuses the message ({code}){': ' + why if why else ''}."
    return Sent(outcome="permanent", code=code, reason=reason, report=report)


def unclear(provider: str, code: str, retry_after: float | None = None) -> Sent:
    """The text may or may not have been processed. retry_after: seconds that the provider asks to wait."""
    reason = f"{provider} may or may not have the message ({code})."
    if retry_after is not None:
        retry_after = min(retry_after, _LOOKED_UP_AFTER)
    return Sent(outcome="unknown", code=code, retry_after=retry_after, reason=reason)


def absent(provider: str) -> LookedUp:
    """The provider was asked and does not know the text."""
    return LookedUp(sighting="absent", reason=f"{provider} does not know the message.")


def unasked(provider: str, code: str) -> LookedUp:
    """The provider could not be asked. That says nothing about the text, nor about the way out."""
    return LookedUp(sighting="failed", reason=f"{provider} could not be asked about the message ({code}).")


def unsendable(outgoing: Outgoing, channel: str) -> Sent | None:
    """The refusal of a text that must not reach a provider, or None: a break in what becomes a header."""
    if outgoing.channel != channel:
        return Sent(outcome="permanent", code="wrong-channel", reason=f"This way is for {channel} only.")
    for value in (outgoing.id, outgoing.to, outgoing.subject, outgoing.unsubscribe_url):
        if any(ord(c) < 32 or c in "\x7f\x85\u2028\u2029" for c in value):
            return Sent(
                outcome="permanent", code="line-break", reason="A header field contains a control character."
            )
    return None


def wait_asked(headers: Mapping[str, str] | None, longest: float = _LONGEST) -> float | None:
    """Seconds to wait by Retry-After (seconds or a date) or X-RateLimit-Reset (Unix time); None if unsaid."""
    named = {key.lower(): value.strip() for key, value in (headers or {}).items()}
    wait: float | None = None
    try:
        if asked := named.get("retry-after"):
            seconds = asked.replace(".", "", 1).isdecimal()
            wait = float(asked) if seconds else _date(asked).timestamp() - time.time()
        elif reset := named.get("x-ratelimit-reset"):
            wait = float(reset) - time.time()
    except (ValueError, OverflowError):
        return None
    return None if wait is None or isnan(wait) else min(max(wait, 0.0), longest)


def _date(written: str) -> datetime:
    """A date of HTTP, which is one of UTC whatever zone it names or leaves out."""
    found = parsedate_to_datetime(written)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
