"""A call of the HTTP API, and what its values look like in JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

from backorder.domain.json_types import Json

Answer = dict[str, Any]
"""An answer as it came. Who calls looks into it by names, as into all that `json` reads; see decision 13."""
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpCall:
    """One call. ids: what stands in the braces of its path. body: None for a call that has none."""

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None


def plain(value: object) -> Json:
    """A value as JSON has it. What is None is left out of objects only where a keyword said it."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return cast("Json", value)


class Caller(ABC, Generic[AnswerT]):
    """Makes calls, each as its method and path say."""

    @abstractmethod
    def _send(self, call: HttpCall) -> AnswerT:
        """Make a call."""

    def _post(
        self, path: str, body: Mapping[str, object], query: Mapping[str, object] | None = None, **ids: str
    ) -> AnswerT:
        return self._send(HttpCall(method="POST", path=path, ids=ids, body=body, query=query or {}))

    def _put(
        self, path: str, body: Mapping[str, object], query: Mapping[str, object] | None = None, **ids: str
    ) -> AnswerT:
        return self._send(HttpCall(method="PUT", path=path, ids=ids, body=body, query=query or {}))

    def _get(self, path: str, query: Mapping[str, object] | None = None, **ids: str) -> AnswerT:
        return self._send(HttpCall(method="GET", path=path, ids=ids, query=query or {}))
