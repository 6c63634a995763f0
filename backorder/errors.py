"""What can go wrong, each in words for the person who has to do something about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backorder.domain.line.alternatives import OfferTerms


class BackorderError(Exception):
    """Something about the request is wrong."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or ""))


class UnitsNeededError(Exception):
    """What is decided moves units that are not locked: they have to be before its messages are."""


class UnknownBackorderError(BackorderError):
    """There is no such backorder. siblings: the lines that its order has."""

    def __init__(self, id: str, siblings: Sequence[str] = ()) -> None:
        known = f"; its order has {', '.join(siblings)}" if siblings else ""
        super().__init__(f"there is no backorder {id}{known}")
        self.id = id


class ConflictError(BackorderError):
    """The same ID was used before with other content. differing: each field that differs, and how."""

    def __init__(self, message: str = "", differing: Sequence[tuple[str, str]] = ()) -> None:
        told = "; ".join(f"{name} {words}" for name, words in differing)
        super().__init__(f"{message}: {told}" if told else message)
        self.message = message
        self.differing = tuple(differing)


class RefusedError(BackorderError):
    """The input is wrong; `faults` lists everything that is."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class WouldDropError(RefusedError):
    """What is asked for gives up something on record; `faults` says what, and whom it concerns."""


class SetupError(BackorderError):
    """A setting or a part that is needed is missing or wrong."""


class AwayError(SetupError):
    """Something that is needed does not answer right now; a little later it may."""


class UnknownMessageError(BackorderError):
    """There is no such message."""

    def __init__(self, id: str, *, several: bool = False) -> None:
        super().__init__(
            f"several messages begin with {id}: write more of it" if several else f"there is no message {id}"
        )
        self.id = id


class UnknownCustomerError(BackorderError):
    """There is no such customer."""

    def __init__(self, id: str) -> None:
        super().__init__(f"there is no customer {id}: one is on record with the first order line")
        self.id = id


class ErasedError(UnknownCustomerError):
    """Nothing is held of this customer any more."""

    def __init__(self, id: str, on: date) -> None:
        BackorderError.__init__(self, f"customer {id} was erased on {on}: nothing is held of them any more")
        self.id = id


class LinkUsedError(BackorderError):
    """The link has made an address somebody's already, or another one was named since."""


class ErasureWaitsError(BackorderError):
    """The wish to be erased is kept, and waits. waits_for: what is open, each in words."""

    def __init__(self, id: str, waits_for: Sequence[str], answer_by: date | None) -> None:
        told = f"; tell the customer by {answer_by}" if answer_by else ""
        super().__init__(
            f"customer {id} is erased by itself once nothing of theirs is open: {', '.join(waits_for)}{told}"
        )
        self.waits_for = tuple(waits_for)


class UnreadableError(BackorderError):
    """A row holds what this version cannot read; the message says in which column, never what it holds."""


class NewerVersionError(BackorderError):
    """A newer version of the program wrote this, and it is left to that."""


class UnknownError(BackorderError):
    """There is no such thing."""


class RejectedError(BackorderError):
    """The engine ruled on a request, and said no: as things stand it cannot be done.

    terms: how an offer stands now, where that is why.
    """

    def __init__(self, message: str = "", terms: OfferTerms | None = None) -> None:
        super().__init__(message)
        self.terms = terms


class CallError(BackorderError):
    """The call as a whole does not count, whatever it asks for."""


class UnauthorizedError(CallError):
    """A key is needed: `Authorization: Bearer KEY`."""


class ForbiddenError(BackorderError):
    """The key does not have the role that this needs."""


class PreconditionError(CallError):
    """What was to be changed is not any more as the caller knew it."""


class RepeatedKeyError(CallError):
    """The idempotency key was used before, for something else."""


class DoneBeforeError(CallError):
    """The same was asked for before, with the same idempotency key; it is done. at: since when (machine).

    in_ids: that instant is a part of the IDs that were made of the key.
    """

    def __init__(self, at: datetime, *, in_ids: bool = True) -> None:
        super().__init__()
        self.at = at
        self.in_ids = in_ids
