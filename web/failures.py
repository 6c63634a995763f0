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
