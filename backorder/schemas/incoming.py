"""What everything that comes in has in common, and how its faults are put into words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from types import MappingProxyType, new_class
from typing import ClassVar, NamedTuple, TypeAlias, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from backorder.domain import iso
from backorder.domain.money import fault_of_amount, rounded
from backorder.domain.texts import shown
from backorder.errors import RefusedError

ModelT = TypeVar("ModelT", bound="Incoming")
HAPPENED = (
    "ordered_at",
    "completed_at",
    "told_at",
    "at",
    "received_at",
    "as_of",
    "shipped_at",
    "sent_at",
    "failed_at",
    "returned_at",
)
"""Fields that say when something happened: a day ahead of business time at most."""
TO_COME = ("by", "by_date", "ship_by", "until", "stated_date", "date", "expires_at")
"""Fields that say when something will happen: five years ahead at most."""


class Wrong(NamedTuple):
    """What is wrong with fields of a model together, or with one because of another."""

    fields: str
    words: str


class Rule(NamedTuple):
    """A rule over several fields of a model. It is asked where all of them are sound by themselves.

    faults: of the model, which may have been built without its other fields, as may the elements of its
    lists, where they are None; the second value says which fields nobody gave, so that what is usual counts.
    """

    fields: tuple[str, ...]
    faults: Callable[..., Iterable[Wrong]]


class Incoming(BaseModel):
    """What everything that comes in has in common: no unknown fields, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    _warnings: tuple[str, ...] = PrivateAttr(default=())
    _faulty: frozenset[str] = PrivateAttr(default=frozenset())
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(
        cls, raw: object, handler: ModelWrapValidatorHandler[Incoming], info: ValidationInfo
    ) -> Incoming:
        """The faults of rules stand beside those of single fields."""
        usual = frozenset((info.context or {}).get("usual", ()))
        try:
            found = handler(raw)
        except ValidationError as error:
            apart = [_kept(each) for each in error.errors(include_url=False)]
            together = list(_of_rules(cls, raw, error, info, usual))
            if not together:
                raise
            raise ValidationError.from_exception_data(cls.__name__, [*apart, *together]) from None
        if faults := list(_asked(cls.rules, found, usual)):
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return found

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the person should know of what was taken all the same, each with its field."""
        return self._warnings

    @property
    def faulty(self) -> frozenset[str]:
        """The fields that were said and are not sound, of what `sound` left."""
        return self._faulty

    @field_validator("*", mode="after")
    @classmethod
    def _timely(cls, value: object, info: ValidationInfo) -> object:
        now = (info.context or {}).get("now")
        if now is not None and info.field_name and (fault := _untimely(info.field_name, value, now)):
            raise ValueError(fault)
        return value

    def untimely(self, now: datetime) -> Iterator[str]:
        """What cannot have happened by the business instant `now`, or is too far ahead of it."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if fault := _untimely(name, value, now):
                yield f"{name}: {fault}"
            for inner in value if isinstance(value, tuple) else (value,):
                if isinstance(inner, Incoming):
                    yield from (f"{name}.{fault}" for fault in inner.untimely(now))


def _untimely(name: str, value: object, now: datetime) -> str | None:
    if not isinstance(value, date):
        return None
    if name in HAPPENED:
        return iso.fault_of_past(value, now)
    return iso.fault_of_plan(value, now) if name in TO_COME else None


def parse(
    model: type[ModelT],
    raw: Mapping[str, object],
    *,
    now: datetime | None = None,
    zone: str | None = None,
    usual: Mapping[str, object] | None = None,
    typed: bool = False,
    as_json: bool = False,
) -> ModelT:
    """Check raw input. Raises RefusedError with every fault, each with the field it is about.

    now: the business instant, that bounds what may have happened and what may come. zone: the shop's, in
    which a time without a zone is read; None refuses such a time. usual: what counts where a field was not
    given; such a field does not count as given (`model_fields_set`). typed: a person said it at this moment,
    so that a time may be a length such as 3d: from now on, and back for what happened. Needs now and zone.
    as_json: numbers and yes or no have to be those of JSON; else they may be text, as in a table's cells.
    """
    noted: list[str] = []
    context: dict[str, object] = {
        "now": now,
        "zone": zone,
        "warnings": noted,
        "back": HAPPENED if typed else None,
        "as_json": as_json,
    }
    context["usual"] = (usual or {}).keys() - raw.keys()
    try:
        found = model.model_validate({**(usual or {}), **raw}, context=context)
    except ValidationError as error:
        raise RefusedError(list(_faults(error))) from None
    found._warnings = tuple(noted)
    found.__pydantic_fields_set__.difference_update((usual or {}).keys() - raw.keys())
    return found


_Parts: TypeAlias = Mapping[str, Mapping[int, object]]
"""The sound elements of lists by their places, where others are not; by the list's name."""


def _asked(
    rules: Iterable[Rule], model: BaseModel, usual: frozenset[str], parts: _Parts = MappingProxyType({})
) -> Iterator[InitErrorDetails]:
    for rule in rules:
        for fields, words in rule.faults(model, usual):
            context = {"fields": _numbered(fields, parts), "words": words}
            yield {"type": PydanticCustomError("fields", "{words}", context), "input": None}


def _of_rules(
    model: type[Incoming], raw: object, error: ValidationError, info: ValidationInfo, usual: frozenset[str]
) -> Iterator[InitErrorDetails]:
    """What the rules say of the fields that are sound, where others are not."""
    places = _places(error)
    faulty = {str(place[0]) for place in places}
    if not isinstance(raw, Mapping):
        return
    found = {name: _sound_parts(model, raw.get(name), name, places, info.context) for name in faulty}
    parts = {name: some for name, some in found.items() if some}
    faulty -= parts.keys()
    left = tuple(rule for rule in model.rules if not faulty.intersection(rule.fields))
    if not left:
        return
    sound = {name: value for name, value in raw.items() if name not in faulty}
    sound |= {name: [*each.values()] for name, each in parts.items()}
    without = _without(model, frozenset(faulty.intersection(model.model_fields)))
    yield from _asked(left, without.model_validate(sound, context=info.context), usual, parts)


def _sound_parts(
    model: type[Incoming],
    value: object,
    name: str,
    places: Iterable[tuple[int | str, ...]],
    context: object,
) -> dict[int, object]:
    """The sound elements of a list by their places, and what is sound of the others, where nothing but
    elements of it is wrong.
    """
    mine = [place[1:] for place in places if place[0] == name]
    if not isinstance(value, list) or not all(place and isinstance(place[0], int) for place in mine):
        return {}
    kind = _element_of(model, name)
    found: dict[int, object] = {}
    for number, each in enumerate(value):
        faulty = [place[1:] for place in mine if place[0] == number]
        part = _sound_part(kind, each, faulty, context) if faulty else each
        if part is not None:
            found[number] = part
    return found


def _element_of(model: type[Incoming], name: str) -> type[Incoming] | None:
    """What a list is of; None where that has rules of its own, or is no object."""
    field = model.model_fields.get(name)
    kind = next(iter(get_args(field.annotation)), None) if field is not None else None
    return kind if isinstance(kind, type) and issubclass(kind, Incoming) and not kind.rules else None


def _sound_part(
    kind: type[Incoming] | None, raw: object, places: Sequence[tuple[int | str, ...]], context: object
) -> BaseModel | None:
    """What is sound of an element of a list, without its other fields; None where nothing can be said."""
    if kind is None or not isinstance(raw, Mapping) or not all(places):
        return None
    return _sound(kind, raw, frozenset(str(place[0]) for place in places), context)


def _sound(
    model: type[Incoming], raw: Mapping[str, object], faulty: frozenset[str], context: object
) -> BaseModel | None:
    left = {name: value for name, value in raw.items() if name not in faulty}
    try:
        return _without(model, faulty.intersection(model.model_fields)).model_validate(left, context=context)
    except ValidationError:
        return None


def sound(
    model: type[ModelT],
    raw: Mapping[str, object],
    *,
    now: datetime | None = None,
    zone: str | None = None,
    usual: Mapping[str, object] | None = None,
    typed: bool = False,
    as_json: bool = False,
) -> ModelT | None:
    """What is sound of raw input that `parse` refuses, for what only a record knows of it; see `parse`.

    Fields that are faulty or missing are None, whatever their type says; elements of a list stand in their
    places, without what is faulty of them. None where nothing can be said.
    """
    noted: list[str] = []
    context: dict[str, object] = {"now": now, "zone": zone, "warnings": noted}
    context |= {
        "back": HAPPENED if typed else None,
        "as_json": as_json,
        "usual": (usual or {}).keys() - raw.keys(),
    }
    given = {**(usual or {}), **raw}
    try:
        found: BaseModel | None = model.model_validate(given, context=context)
        faulty: set[str] = set()
    except ValidationError as error:
        places = _places(error)
        faulty = {str(place[0]) for place in places}
        lists = {name: _in_place(model, given.get(name), name, places, context) for name in faulty}
        noted.clear()
        whole = {name: each for name, each in lists.items() if each}
        found = _sound(model, given | whole, frozenset(faulty - whole.keys()), context)
        if found is None and whole:
            found = _sound(model, given, frozenset(faulty), context)
    if not isinstance(found, model):
        return None
    found._warnings, found._faulty = tuple(noted), frozenset(faulty & raw.keys())
    found.__pydantic_fields_set__.difference_update((usual or {}).keys() - raw.keys())
    return found


def _places(error: ValidationError) -> list[tuple[int | str, ...]]:
    """Where something is wrong; a list is not too short for those of its entries that are."""
    found = [(each["type"], each["loc"]) for each in error.errors(include_url=False) if each["loc"]]
    inner = {place[:depth] for _, place in found for depth in range(1, len(place))}
    return [place for kind, place in found if kind != "too_short" or place not in inner]


def _in_place(
    model: type[Incoming],
    value: object,
    name: str,
    places: Iterable[tuple[int | str, ...]],
    context: object,
) -> list[object]:
    """The elements of a list in their places, where each is an object; else those that are sound."""
    found, kind = _sound_parts(model, value, name, places, context), _element_of(model, name)
    if kind is None or not isinstance(value, list) or not found:
        return [*found.values()]
    nothing = _without(kind, frozenset(kind.model_fields)).model_construct()
    return [found.get(number, nothing) for number in range(len(value))]


def _numbered(fields: str, parts: _Parts) -> str:
    """The names of fields with the places of elements in all of their list, not among its sound ones."""
    for name, each in parts.items():
        numbers = [*each]
        inner = re.compile(rf"\b{re.escape(name)}\.(\d+)")
        fields = inner.sub(partial(_place, name, numbers), fields)
    return fields


def _place(name: str, numbers: Sequence[int], found: re.Match[str]) -> str:
    return f"{name}.{numbers[int(found[1])]}"


@lru_cache(maxsize=200)
def _without(model: type[Incoming], fields: frozenset[str]) -> type[BaseModel]:
    """The same model without some of its fields, and without rules."""
    left_out = {"__annotations__": dict.fromkeys(fields, object), **dict.fromkeys(fields)}
    body = {"__module__": __name__, "rules": (), **left_out}
    return new_class(model.__name__, (model,), exec_body=lambda into: into.update(body))


def _kept(error: ErrorDetails) -> InitErrorDetails:
    """An error as it was found."""
    context = {**error.get("ctx", {}), "_words": error["msg"]}
    return {
        "type": PydanticCustomError(error["type"], "{_words}", context),
        "loc": error["loc"],
        "input": error["input"],
    }


def exact(amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
    currency = info.data.get("currency")
    if amount is None or not currency:
        return amount
    if fault := fault_of_amount(amount, currency):
        raise ValueError(fault)
    return rounded(amount, currency)


def before(day: date, instant: datetime) -> bool:
    """Whether a day was over, everywhere on earth, before an instant."""
    return (instant.date() - day).days > 1


_KINDS = {
    "missing": "is missing",
    "extra_forbidden": "is unknown here",
    "model_type": "must be an object with a name for each field",
    "model_attributes_type": "must be an object with a name for each field",
    "tuple_type": "must be a list",
    "invalid_key": "is no name of a field",
    "string_unicode": "a field's name holds half a character, which nothing can store",
}


def _faults(error: ValidationError) -> Iterable[str]:
    found = error.errors(include_url=False, include_input=False)
    inner = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    for each in found:
        if each["type"] == "too_short" and each["loc"] in inner:
            continue  # there are entries, and they are what is wrong
        where = ".".join(shown(part)[1:-1] for part in each["loc"])
        if each["type"] == "fields":
            named = each["ctx"]["fields"].split(", ")
            where = ", ".join(f"{where}.{name}" if where else name for name in named)
        words = _KINDS.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        if each["type"] in ("too_long", "too_short"):
            most, there = each["ctx"].get("max_length"), each["ctx"]["actual_length"]
            words = f"{most:,} are the most, not {there:,}" if most else "at least one has to be said"
        if each["type"] in ("string_too_long", "string_too_short"):
            most = each["ctx"].get("max_length")
            words = f"has more than {most:,} characters" if most else "is empty"
        if each["type"] == "greater_than":
            words = f"must be more than {each['ctx']['gt']}"
        if each["type"] == "literal_error":
            words = f"must be {each['ctx']['expected'].replace(chr(39), '')}"
        if each["type"] not in (
            "value_error",
            "fields",
        ):  # what we say ourselves may begin with somebody's ID
            words = words[:1].lower() + words[1:]
        yield f"{where}: {words}" if where else words
