"""What may be called over HTTP about people: customers, messages and where they may go, tasks, events."""

from __future__ import annotations

from collections.abc import Sequence

from starter.http_call import AnswerT, Caller, HttpCall


class MessageCalls(Caller[AnswerT]):
    """Calls about customers, messages, channels, tasks and events."""

    def customer(self, id: str) -> AnswerT:
        """What is held about a customer."""
        return self._get("/v1/customers/{id}", id=id)

    def erase_customer(self, id: str) -> AnswerT:
        """Erase a customer; 409 where something of theirs is open, and then it is done later."""
        return self._send(HttpCall(method="DELETE", path="/v1/customers/{id}", ids={"id": id}))

    def change_customer(self, id: str, **changes: object) -> AnswerT:
        """Correct what is on record about a customer."""
        return self._put("/v1/customers/{id}", changes, id=id)

    def message(self, id: str) -> AnswerT:
        """A message as its reader has it, with every send of it."""
        return self._get("/v1/messages/{id}", id=id)

    def preview_message(self, kind: str, *, locale: str = "en", india: bool = False) -> AnswerT:
        """How a kind of message reads; india: the text as it goes there."""
        query = {"locale": locale} | ({"india": india} if india else {})
        return self._get("/v1/message-previews/{kind}", query, kind=kind)

    def texts_to_register(self, *, locale: str = "") -> AnswerT:
        """The texts that must be registered before they go to India."""
        return self._get("/v1/message-templates/dlt", {"locale": locale} if locale else {})

    def cancel_message(self, id: str, **fields: object) -> AnswerT:
        """Take a message back that has not gone."""
        return self._post("/v1/messages/{id}/cancel", fields, id=id)

    def channels(self) -> AnswerT:
        """The channels and their states."""
        return self._get("/v1/channels")

    def pause_channel(self, name: str, **fields: object) -> AnswerT:
        """Send nothing on a channel."""
        return self._post("/v1/channels/{name}/pause", fields, name=name)

    def resume_channel(self, name: str, **fields: object) -> AnswerT:
        """Send on a channel again."""
        return self._post("/v1/channels/{name}/resume", fields, name=name)

    def suppress_address(self, *, channel: str, address: str, **fields: object) -> AnswerT:
        """Let nothing go to an address any more, or no promotion: covers, reason, by."""
        return self._post("/v1/suppressions", {"channel": channel, "address": address, **fields})

    def lift_suppression(self, *, channel: str, address: str, **fields: object) -> AnswerT:
        """Let messages go to an address again: by. The answer says what is on record of it."""
        return self._post("/v1/suppressions/lift", {"channel": channel, "address": address, **fields})

    def end_task(self, id: str, **fields: object) -> AnswerT:
        """Say that a task is done: note."""
        return self._post("/v1/tasks/{id}/done", fields, id=id)

    def note_task(self, id: str, text: str, **fields: object) -> AnswerT:
        """Leave a note on a task."""
        return self._post("/v1/tasks/{id}/notes", {"text": text, **fields}, id=id)

    def read_events(self, *, after: int = 0, limit: int = 100, types: Sequence[str] = ()) -> AnswerT:
        """Events behind a position; a key that acknowledges takes over all up to `after`."""
        return self._get("/v1/events", {"after": after, "limit": limit, "type": [*types]})

    def receivers(self) -> AnswerT:
        """The receivers of events."""
        return self._get("/v1/receivers")

    def put_receiver(self, id: str, *, url: str, **fields: object) -> AnswerT:
        """Make or change a receiver; a new one's secret stands in this answer alone."""
        return self._put("/v1/receivers/{id}", {"url": url, **fields}, id=id)

    def remove_receiver(self, id: str) -> AnswerT:
        """Send nothing more to a receiver."""
        return self._send(HttpCall(method="DELETE", path="/v1/receivers/{id}", ids={"id": id}))

    def rotate_receiver(self, id: str) -> AnswerT:
        """Give a receiver another secret."""
        return self._send(HttpCall(method="POST", path="/v1/receivers/{id}/rotate", ids={"id": id}))

    def resend_event(self, receiver: str, event: str) -> AnswerT:
        """Send an event to a receiver again."""
        path = "/v1/receivers/{id}/deliveries/{event}/resend"
        return self._send(HttpCall(method="POST", path=path, ids={"id": receiver, "event": event}))

    def resend_events(self, receiver: str) -> AnswerT:
        """Send to a receiver again what was given up, 1,000 events at once; the answer says what is left."""
        return self._send(HttpCall(method="POST", path="/v1/receivers/{id}/resend", ids={"id": receiver}))
