"""SMS through Twilio, with the official SDK."""

# mypy: disable-error-code="import-untyped,misc"
# The SDK has annotations but no py.typed marker.

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

from backorder.domain.delivery_reports import Reported
from backorder.messaging import outcomes, twilio_codes
from backorder.messaging.provider_reports import ProviderReport
from backorder.messaging.sdk_logging import silence
from backorder.messaging.twilio_codes import Codes
from backorder.messaging.twilio_statuses import refusal_of, report_of
from backorder.ports import LookedUp, Outgoing, Sent

if TYPE_CHECKING:
    from twilio.rest.api.v2010.account.message import MessageInstance

SEND_ID = "send_id"
"""The query parameter of the status callback that carries a send's own ID."""

_NAME = "Twilio"
_CLOCKS = timedelta(minutes=10)
"""How far Twilio's clock and ours may be apart."""
_LOOKED_AT = 200
"""The newest texts to a number that a look-up goes through: one page."""

silence("twilio.http_client")


class TwilioSender:
    """Hands texts to Twilio, one request and one connection each; safe to share between threads.

    from_number or messaging_service_sid: exactly one of them. base_url: another host than Twilio's (a
    test's). status_callback: our webhook, told of each state with the send's ID as `send_id`. timeout:
    seconds for connecting and again for each wait for an answer. codes: the table of error codes.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        from_number: str = "",
        messaging_service_sid: str = "",
        base_url: str | None = None,
        status_callback: str | None = None,
        timeout: float = 10.0,
        codes: Codes | None = None,
    ) -> None:
        """Raises ValueError for settings with which no text can go."""
        if not account_sid or not auth_token:
            raise ValueError("Twilio needs an account SID and an auth token")
        if bool(from_number) == bool(messaging_service_sid):
            raise ValueError("Twilio needs a number or a messaging service, one of them")
        if timeout <= 0:
            raise ValueError("the timeout must be positive")
        self._account = (account_sid, auth_token)
        self._origin = (
            {"from_": from_number} if from_number else {"messaging_service_sid": messaging_service_sid}
        )
        self._base_url = base_url.rstrip("/") if base_url else ""
        self._status_callback = status_callback
        self._timeout = timeout
        self._codes = codes or twilio_codes.load()

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand one text over, once. What the outcomes mean: backorder.ports.Sent and outcomes."""
        if refusal := outcomes.unsendable(outgoing, "sms"):
            return refusal
        http = _OneRequest(self._base_url, self._timeout)
        try:
            message = Client(*self._account, http_client=http).messages.create(
                to=outgoing.to, body=outgoing.text, **self._origin, **self._callback(outgoing)
            )
        except (TwilioRestException, TwilioServiceException) as error:
            return self._answered(outgoing, error.status, error.code, http.headers)
        except requests.RequestException as error:
            if _never_left(error):
                return outcomes.unreached(_NAME)
            late = isinstance(error, requests.Timeout)
            return outcomes.unclear(_NAME, "timeout" if late else "broken")
        except (TwilioException, ValueError, LookupError, TypeError, AttributeError):
            return outcomes.unclear(_NAME, "garbled")  # 2xx, but not in Twilio's words
        return Sent(outcome="accepted", provider_id=message.sid or "")

    def find(self, outgoing: Outgoing, since: datetime) -> LookedUp:
        """Look a text up among those to its number: the one with its very words, not older than the claim,
        and none that is known as another one.
        """
        http = _OneRequest(self._base_url, self._timeout)
        try:
            listed = Client(*self._account, http_client=http).messages.list(
                to=outgoing.to, limit=_LOOKED_AT, page_size=_LOOKED_AT
            )
        except (TwilioRestException, TwilioServiceException) as error:
            return outcomes.unasked(_NAME, str(error.code or error.status))
        except requests.RequestException as error:
            return outcomes.unasked(_NAME, "timeout" if isinstance(error, requests.Timeout) else "broken")
        except (TwilioException, ValueError, LookupError, TypeError, AttributeError):
            return outcomes.unasked(_NAME, "garbled")
        for each in listed:
            written = each.date_created
            if each.sid in outgoing.others:
                continue
            if each.body == outgoing.text and (written is None or written >= since - _CLOCKS):
                return LookedUp(
                    sighting="found", provider_id=each.sid or "", report=self._report(outgoing, each, since)
                )
        return outcomes.absent(_NAME)

    def _report(self, outgoing: Outgoing, text: MessageInstance, since: datetime) -> ProviderReport | None:
        """What became of a text that is listed, as its callback says it; None for no more than on its way."""
        code = "" if text.error_code is None else str(text.error_code)
        found = report_of(
            text.sid or "",
            text.status or "",
            code,
            self._codes,
            at=text.date_updated or since,
            send=outgoing.id,
            address=outgoing.to,
        )
        return None if found is None or found.said is Reported.ACCEPTED else found

    def _callback(self, outgoing: Outgoing) -> dict[str, str]:
        if not self._status_callback:
            return {}
        sign = "&" if urlsplit(self._status_callback).query else "?"
        return {"status_callback": f"{self._status_callback}{sign}{urlencode({SEND_ID: outgoing.id})}"}

    def _answered(
        self, outgoing: Outgoing, status: int, code: int | None, headers: Mapping[str, str]
    ) -> Sent:
        """The outcome for an answer that is not 2xx. code: Twilio's, or the status where it has none."""
        number = code or status
        shown = str(number)
        asked = outcomes.wait_asked(headers)
        treatment = self._codes.treatment(number)
        waits = self._codes.waits
        if status == 429:
            return outcomes.busy(_NAME, shown, waits.get("back_off") if asked is None else asked)
        if status >= 500 or status == 408:
            return outcomes.unclear(_NAME, shown, asked)
        if treatment == "pause" or status < 400 or status in outcomes.OF_THE_SHOP:
            return outcomes.paused(_NAME, shown)
        if treatment in twilio_codes.TRANSIENT:
            said = outcomes.unwilling if treatment in twilio_codes.OF_ONE else outcomes.busy
            return said(_NAME, shown, waits.get(treatment) if asked is None else asked)
        report = refusal_of(outgoing.id, outgoing.to, shown, self._codes, at=datetime.now(UTC))
        return outcomes.refused(_NAME, shown, treatment, report)


def _never_left(error: requests.RequestException) -> bool:
    """Whether the connection failed before a byte of the request was sent."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError) or any(
        isinstance(arg, ssl.SSLCertVerificationError) for arg in getattr(reason, "args", ())
    )


class _OneRequest(TwilioHttpClient):
    """One send's HTTP: keeps the answer's headers, which the SDK's exceptions drop.

    Its own connection each time: on an idle one that Twilio has closed, a POST's fate would be unclear.
    """

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__(pool_connections=False, timeout=timeout, max_retries=0)
        self._base_url = base_url
        self.headers: Mapping[str, str] = {}

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request without retries and redirects. Raises requests.RequestException."""
        parts = urlsplit(url)
        with requests.Session() as session:
            answer = session.request(
                method,
                f"{self._base_url}{parts.path}" if self._base_url else url,
                params=params,
                data=data,
                headers={**(headers or {}), "Connection": "close"},
                auth=auth,
                timeout=timeout or self.timeout,
                allow_redirects=False,
            )
        self.headers = answer.headers
        return Response(answer.status_code, answer.text, answer.headers)
