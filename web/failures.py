"""What is wrong with a request as HTTP itself sees it."""

from __future__ import annotations

from collections.abc import Mapping


class HttpError(Exception):
    """A request that is answered with a status. words: what is wrong, and what to do."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = dict(headers or {})


DEFECT = "a defect of the program; it is in its log under this request's ID"
AWAY = "the database does not answer; try again"


def no_json() -> HttpError:
    """A body that does not say that it is JSON."""
    return HttpError(415, "the body must be JSON; say so with Content-Type: application/json")


def too_large(most: int) -> HttpError:
    """A body of more than so many bytes."""
    return HttpError(413, f"{most:,} bytes are the most")


def too_slow(seconds: float) -> HttpError:
    """A body that was not there after so many seconds."""
    return HttpError(408, f"the body did not come within {seconds:g} s")


def too_many(seconds: int, headers: Mapping[str, str] | None = None) -> HttpError:
    """More requests than a key has; the next one may come after so many seconds."""
    words = f"too many requests of this key; again in {seconds} s"
    return HttpError(429, words, {**(headers or {}), "retry-after": str(seconds)})
