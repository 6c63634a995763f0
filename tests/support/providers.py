"""SendGrid and Twilio on loopback: real HTTP servers that record what they get and misbehave on demand.

with SendGridFake() as fake:
    sender = SendGridSender(fake.api_key, "shop@example.test", "Shop", base_url=fake.url)
    fake.next(Answer(429, headers={"Retry-After": "7"}))
"""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

_TO = re.compile(r'to_email = "([^"]+)"')


@dataclass(frozen=True)
class Request:
    """What the fake was sent. body: parsed JSON, or a form's fields with their last value each."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. taken: the request is dealt with as usual before, whatever the answer says."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False


@dataclass(frozen=True)
class Drop:
    """Close the connection after the request was read; midway through the answer if `partly`.

    taken: the request is dealt with as usual before.
    """

    partly: bool = False
    taken: bool = False


@dataclass(frozen=True)
class Drip:
    """Deal with the request as usual, and send the answer a byte at a time until `release` is called.

    pause: seconds between two bytes.
    """

    pause: float = 0.02


@dataclass(frozen=True)
class Hang:
    """Say nothing until `release` is called, then answer as usual. lost: then drop the request instead."""

    lost: bool = False


@dataclass(frozen=True)
class Late:
    """Deal with the request as usual, so many seconds later, whoever still waits for the answer."""

    seconds: float


Behaviour = Answer | Drop | Drip | Hang | Late


class Fake:
    """A provider on loopback, as a context manager.

    url: its base URL. requests: everything it was sent, oldest first. accepted: those that it took.
    trouble: what to do with any request for as long as it is set; None from it for the usual.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.accepted: list[Request] = []
        self.trouble: Callable[[Request], Behaviour | None] | None = None
        self._script: deque[Behaviour] = deque()
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._stop()

    def next(self, *behaviours: Behaviour) -> None:
        """What to do with the next requests, one each; after that it behaves as the provider does."""
        with self._lock:
            self._script.extend(behaviours)

    def wait(self, seconds: float) -> None:
        """Wait until everything is let go of, so long at most."""
        self._released.wait(seconds)

    def release(self) -> None:
        """Let go of every request that hangs, now and from now on."""
        self._released.set()

    @property
    def released(self) -> bool:
        """Whether nothing is held up any more."""
        return self._released.is_set()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse every connection, at the same address; what is under way goes on."""
        address = self._server.server_address
        self._stop()
        with socket.socket() as place:  # nobody listens there, and nobody else can take it
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(address)
            try:
                yield
            finally:
                self._serve(place.dup())

    def _serve(self, place: socket.socket) -> None:
        """Listen at a place that is bound."""
        self._server = _Server(place.getsockname(), _Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket, self._server.fake = place, self
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def ask(self, request: Request) -> Answer | Drop | Drip:
        """What becomes of a request."""
        with self._lock:
            self.requests.append(request)
            behaviour = self._script.popleft() if self._script else None
        if behaviour is None and self.trouble is not None:
            behaviour = self.trouble(request)
        if isinstance(behaviour, Hang):
            self._released.wait()
            behaviour = Drop() if behaviour.lost else None
        elif isinstance(behaviour, Late):
            self.wait(behaviour.seconds)
            behaviour = None
        if isinstance(behaviour, Answer | Drop) and not behaviour.taken:
            return behaviour
        answer = self.judge(request)
        if answer.status < 300 and self.is_send(request):
            with self._lock:
                self.accepted.append(request)
        return behaviour or answer

    def is_send(self, request: Request) -> bool:
        """Whether a request hands a text over."""
        return request.method == "POST"

    def addressee(self, request: Request) -> str:
        """Whose text a request hands over or looks up; "" where it names nobody."""
        raise NotImplementedError  # each provider's requests have their own form

    def judge(self, request: Request) -> Answer:
        """The provider's own answer."""
        raise NotImplementedError  # each provider answers in its own way


class SendGridFake(Fake):
    """`POST /v3/mail/send`, as strict as SendGrid's OpenAPI document where our payload could go wrong."""

    api_key = "SG.fake-key-that-must-stay-secret"

    def is_send(self, request: Request) -> bool:
        return request.path == "/v3/mail/send"

    def addressee(self, request: Request) -> str:
        if self.is_send(request):
            return str(request.body["personalizations"][0]["to"][0]["email"])
        named = _TO.search(str(request.body.get("query", "")))
        return named[1] if named else ""

    def judge(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return self.fault(401, "The provided authorization grant is invalid", None)
        if request.path.startswith("/v3/logs"):
            return self.logs(request)
        if (request.method, request.path) != ("POST", "/v3/mail/send"):
            return self.fault(404, "not found", None)
        body = request.body
        if "custom_args" in body or not body.get("personalizations"):
            return self.fault(400, "The personalizations are at fault", "personalizations")
        if "@" not in body["personalizations"][0]["to"][0]["email"]:
            return self.fault(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
        if not body.get("subject") or not body.get("content"):
            return self.fault(400, "The subject is required.", "subject")
        return Answer(202, headers={"X-Message-Id": f"sg-{len(self.requests)}"})

    def logs(self, request: Request) -> Answer:
        """The Email Logs: a list by address, and each email with its custom arguments."""
        known = {f"log-{number}": each.body for number, each in enumerate(self.accepted)}
        if request.method == "GET":
            body = known.get(request.path.rpartition("/")[2])
            if body is None:
                return self.fault(404, "not found", None)
            return Answer(200, {"custom_args": body["personalizations"][0].get("custom_args", {})})
        address = self.addressee(request)
        found = [
            {"sg_message_id": id, "subject": body["subject"], "to_email": address}
            for id, body in known.items()
            if body["personalizations"][0]["to"][0]["email"] == address
        ]
        return Answer(200, {"messages": found})

    @staticmethod
    def fault(status: int, message: str, name: str | None) -> Answer:
        """An error in SendGrid's form."""
        return Answer(status, {"errors": [{"message": message, "field": name, "help": None}]})


class TwilioFake(Fake):
    """`POST /2010-04-01/Accounts/{sid}/Messages.json`.

    stands: how the texts that it lists stand, and the code that says why.
    """

    account_sid = "AC" + "0" * 32
    auth_token = "fake-token-that-must-stay-secret"

    def __init__(self) -> None:
        super().__init__()
        self._sids: dict[int, str] = {}
        self._numbers = count(1)
        self.stands: tuple[str, int | None] = ("queued", None)

    def addressee(self, request: Request) -> str:
        return str((request.query if request.method == "GET" else request.body).get("To", ""))

    def judge(self, request: Request) -> Answer:
        basic = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}":
            return self.fault(401, 20003)
        if request.method == "GET":
            return self.list(request)
        if (request.method, request.path) != (
            "POST",
            f"/2010-04-01/Accounts/{self.account_sid}/Messages.json",
        ):
            return self.fault(404, 20404)
        body = request.body
        if not str(body.get("To", "")).startswith("+"):
            return self.fault(400, 21211)
        if not body.get("Body") or not (body.get("From") or body.get("MessagingServiceSid")):
            return self.fault(400, 21603)
        sid = self._sids[id(request)] = f"SM{next(self._numbers):032d}"
        return Answer(201, {"sid": sid, "status": "queued", "to": body["To"], "body": body["Body"]})

    def list(self, request: Request) -> Answer:
        """Texts to a number, the newest first."""
        mine = [each for each in tuple(self.accepted) if each.body["To"] == request.query.get("To")]
        status, code = self.stands
        texts = [
            {
                "sid": self._sids[id(each)],
                "to": each.body["To"],
                "body": each.body["Body"],
                "status": status,
                "error_code": code,
            }
            for each in mine
        ]
        return Answer(200, {"messages": texts[::-1], "page": 0, "page_size": 50})

    @staticmethod
    def fault(status: int, code: int, headers: Mapping[str, str] | None = None) -> Answer:
        """An error in Twilio's form; its message quotes the number, as Twilio's do."""
        body = {"code": code, "message": "The 'To' number +15005550001 is at fault", "status": status}
        return Answer(status, body, headers or {})


def closed_port() -> str:
    """A base URL at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # With Python's five, a few more calls at once have some of their connections reset.
    request_queue_size = 128
    fake: Fake


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._handle()

    def do_GET(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: tests read `requests`."""

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "")
        if "json" in kind:
            body = json.loads(raw or b"{}")
        else:
            body = {name: values[-1] for name, values in parse_qs(raw.decode()).items()}
        asked = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        fake = cast(_Server, self.server).fake
        answer = fake.ask(Request(self.command, asked.path, dict(self.headers.items()), body, query))
        try:
            self._reply(answer, fake)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up, as a test wanted

    def _reply(self, answer: Answer | Drop | Drip, fake: Fake) -> None:
        if isinstance(answer, Drip):
            self.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\n")
            while not fake.released:
                self.wfile.write(b" ")
                fake.wait(answer.pause)
            self.close_connection = True
            return
        if isinstance(answer, Drop):
            if answer.partly:
                self.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{")
            self.close_connection = True
            return
        content = b"" if answer.body is None else answer.body
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/json")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
