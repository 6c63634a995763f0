"""What may be called over HTTP by operators' programs: the keys of others, and how it all stands."""

from __future__ import annotations

from collections.abc import Sequence

from starter.http_call import AnswerT, Caller, HttpCall


class OperatorCalls(Caller[AnswerT]):
    """Calls about keys, of which `list_all` has the list, and about all at once."""

    def status(self) -> AnswerT:
        """How it all stands: lines, messages, channels, workers, and what is overdue."""
        return self._get("/v1/status")

    def create_key(self, *, name: str, roles: Sequence[str], **fields: object) -> AnswerT:
        """Make a key: networks, expires_at, acknowledges. It stands in this answer alone."""
        return self._post("/v1/keys", {"name": name, "roles": [*roles], **fields})

    def revoke_key(self, id: str) -> AnswerT:
        """Make a key useless, from now on."""
        return self._send(HttpCall(method="DELETE", path="/v1/keys/{id}", ids={"id": id}))
