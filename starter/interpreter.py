"""How Python is tuned for a process that works on a task queue."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, get_type_hints

from activities.dispatch import Deliver, Delivered
from activities.replans import Replan
from backorder.domain.clock import Clock
from backorder.domain.line.alternatives import OfferTerms
from backorder.ports import LineReviewed, Replanned, RequestOutcome, Review, Reviewed
from workflows.backorder import BackorderInput, Request

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SWITCH_S = 0.0005
"""How long a thread may compute before another one gets its turn: with Python's 5 ms the event loop would
wait as long each time that something comes in, and a replanning would call half as many lines in a second."""
SAID_MOST: tuple[type[DataclassInstance], ...] = (
    BackorderInput,
    Clock,
    Deliver,
    Delivered,
    LineReviewed,
    OfferTerms,
    Replan,
    Replanned,
    Request,
    RequestOutcome,
    Review,
    Reviewed,
)
"""What workflows and activities say to each other most. The SDK compiles the type of each field anew for each
of them that it reads, where it stands as text: twice the time of all the rest."""
COLLECT = (10_000, 10, 100)
"""When Python looks for garbage that refers to itself: ten times less often than it would. Each of thousands
of sleeping lines keeps hundreds of objects, and looking through them all stops everything for a second."""


def tune() -> None:
    """Tune the interpreter for a worker, once everything is loaded; what is loaded is never garbage."""
    know_types()
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


def know_types() -> None:
    """Look the types of what is said most up once, where they stand as text."""
    for each in SAID_MOST:
        each.__annotations__ = get_type_hints(each)
