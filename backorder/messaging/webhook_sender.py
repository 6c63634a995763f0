"""Handing an event to a receiver over HTTP, as Standard Webhooks has it."""

from __future__ import annotations

import ssl
import threading
import time
from importlib.metadata import version

import httpcore

from backorder.domain.event_delivery import LONGEST_ASKED
from backorder.domain.webhook_signature import signatures
from backorder.messaging.outcomes import wait_asked
from backorder.messaging.public_network import CheckedBackend, LookUp, PrivateAddressError, look_up
from backorder.ports import Answered, EventCall

PRIVATE = "BACKORDER_RECEIVERS_PRIVATE"
_AGENT = f"backorder/{version('backorder')}"


class WebhookSender:
    """The way out of events. Never raises for what a receiver does; never retries, never follows a redirect.

    private: receivers at private addresses are allowed. seconds: for a call, all in all.
    """

    def __init__(self, *, private: bool = False, seconds: float = 15.0, look_up: LookUp = look_up) -> None:
        self.seconds = seconds
        self._private = private
        self._look_up = look_up
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def send(self, call: EventCall) -> Answered:
        """Hand one event over, once, signed as of now."""
        headers = self._headers(call, int(time.time()))
        trust = self._trust() if call.url.startswith("https:") else None
        deadline = time.monotonic() + self.seconds
        backend = CheckedBackend(self._look_up, private=self._private, deadline=deadline)
        pool = httpcore.ConnectionPool(
            ssl_context=trust, network_backend=backend, max_connections=1, max_keepalive_connections=0
        )
        try:
            with pool, pool.stream("POST", call.url, headers=headers, content=call.body) as answer:
                # Its body says nothing that counts, and need not have an end.
                status = answer.status
                said = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
        except PrivateAddressError as error:
            return Answered(reason=f"it is at the private address {error}, which {PRIVATE} does not allow")
        except (httpcore.TimeoutException, TimeoutError):
            return Answered(reason=f"it did not answer within {self.seconds:g} seconds")
        except httpcore.ConnectError as error:
            return Answered(reason=f"it cannot be connected to: {_words(error)}")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            return Answered(reason=f"it broke the call off: {_words(error)}")
        except OSError as error:
            return Answered(reason=f"its name cannot be looked up: {_words(error)}")
        if 200 <= status < 300:
            return Answered(taken=True)
        moved = "; redirects are not followed, name the new address" if 300 <= status < 400 else ""
        return Answered(
            reason=f"it answered {status}{moved}", retry_after=wait_asked(said, LONGEST_ASKED.total_seconds())
        )

    def _headers(self, call: EventCall, timestamp: int) -> list[tuple[bytes, bytes]]:
        signed = signatures(call.secrets, call.event, timestamp, call.body)
        headers = {
            "content-type": "application/json",
            "user-agent": _AGENT,
            "accept": "*/*",
            "webhook-id": call.event,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signed,
        }
        return [(name.encode(), value.encode()) for name, value in headers.items()]

    def _trust(self) -> ssl.SSLContext:
        """What the machine trusts, and what comes with the library where it knows nobody; read once."""
        with self._lock:
            if self._tls is None:
                self._tls = httpcore.default_ssl_context()
                self._tls.load_default_certs()
            return self._tls


def _words(error: BaseException) -> str:
    """What the system said, in lower case."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    words = getattr(cause, "strerror", None) or str(cause) or type(error).__name__
    return str(words)[:200].lower()
