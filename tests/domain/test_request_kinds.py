"""Kinds of requests: the table, and what comes in of each kind."""

from __future__ import annotations

import inspect
from typing import get_type_hints

from backorder import schemas
from backorder.domain.line.events import name_of
from backorder.domain.line.request_kinds import FROM_INSIDE, REQUEST_KINDS
from backorder.domain.line.table import TABLE
from starter.client import Backorders

FORMS = {form.kind: form for form in schemas.LineRequest.__subclasses__()}


def test_each_kind_has_one_form_that_becomes_its_event() -> None:
    assert set(FORMS) == set(REQUEST_KINDS) - FROM_INSIDE
    for kind, form in FORMS.items():
        assert get_type_hints(form.event)["return"] is REQUEST_KINDS[kind].event
        assert form.names in form.model_fields


def test_each_kind_is_a_method_of_the_client_that_takes_its_form() -> None:
    methods = dict(inspect.getmembers(Backorders, inspect.isfunction))
    for kind, form in FORMS.items():
        assert form in get_type_hints(methods[kind]).values()


def test_the_events_of_two_kinds_are_two_and_the_lifecycle_knows_them() -> None:
    events = [kind.event for kind in REQUEST_KINDS.values()]
    assert len({name_of(event) for event in events}) == len(events)
    known = {event for row in TABLE.values() for event in row}
    assert known.issuperset(events)
