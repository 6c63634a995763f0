"""What only a newer version knows, kept in stored JSON while an older one writes it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backorder.domain.json_types import Json, JsonObject

ONE_OF_ITS_KIND = frozenset({"quantity", "payment", "consent", "last_contacts"})
"""Parts that a line has one of, all its life: they change, and stay the same part."""
NAMES = ("id", "key", "refund", "request", "stands_as", "revision")
"""Fields by which a part is known for the same one, the first that it has."""


def keep_unknown(old: Json, before: Json, after: Json, written: Json, *, same: bool = True) -> Json:
    """What is to be written, with what it keeps of the old JSON.

    old: as it was stored. before: all that this version knows of it. after: all of what it becomes; written:
    the same without usual values. same: both are the same thing, so that its unknown fields still hold.
    """
    if (
        isinstance(written, dict)
        and isinstance(old, dict)
        and isinstance(before, dict)
        and isinstance(after, dict)
    ):
        if not (same or before == after or _is_same(before, after)):
            return written
        found = {name: _part(name, old, before, after, value) for name, value in written.items()}
        return {name: value for name, value in old.items() if name not in before} | found
    if (
        isinstance(written, list)
        and isinstance(old, list)
        and isinstance(before, list)
        and isinstance(after, list)
    ):
        return _items(old, before, after, written)
    return written


def _part(name: str, old: JsonObject, before: JsonObject, after: JsonObject, written: Json) -> Json:
    if name not in old or name not in before:
        return written
    same = name in ONE_OF_ITS_KIND
    return keep_unknown(old[name], before[name], after[name], written, same=same)


def _items(
    old: Sequence[Json], before: Sequence[Json], after: Sequence[Json], written: Sequence[Json]
) -> Sequence[Json]:
    """Items find themselves again by what they were or by their name, wherever they stand by now."""
    if len(old) != len(before):
        return written
    left = list(range(len(before)))
    found: list[Json] = []
    for now, value in zip(after, written, strict=True):
        place = next((each for each in left if before[each] == now), None)
        if place is None:
            place = next((each for each in left if _is_same(before[each], now)), None)
        if place is None:
            found.append(value)
            continue
        left.remove(place)
        found.append(keep_unknown(old[place], before[place], now, value, same=False))
    return found


def _is_same(one: Json, other: Json) -> bool:
    """Whether two parts go by the same name."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return False
    name = next((each for each in NAMES if one.get(each)), None)
    return name is not None and one[name] == other.get(name)
