"""The shop's colour, made readable on light and on dark (contrast after WCAG 2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
READABLE = 4.5
"""The contrast that a text of usual size needs."""
SEEN = 3.0
"""The contrast that a button needs with what is around it (1.4.11)."""
BRIGHT = 12.0
"""The contrast that black and navy get in the dark: with less they are grey, like what is disabled."""
DULL = 32
"""What the parts of a colour differ by, of 255, in which people see hardly more than grey."""
CARD = "#ffffff"
"""The ground of a mail in the light."""
CARD_AT_NIGHT = "#1c2027"
"""The ground of a mail in the dark."""
_PAPER, _NIGHT = "#f8f5ef", "#242932"
"""The grounds of the mails' panels, on which words are harder to read than on the white and black around."""
_STEPS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Tint:
    """light, dark: of words on a light and on a dark ground. button: the ground of a button; on_button: of
    the words on it; edge: of the line around it, which a white or cream one needs to be seen. night_button,
    on_night_button: the same in the dark, where black or navy is lost.
    """

    light: str
    dark: str
    button: str
    on_button: str
    edge: str
    night_button: str
    on_night_button: str


@lru_cache(maxsize=64)
def tint(colour: str) -> Tint:
    """What a colour (#rrggbb) becomes where it has to be read."""
    dark, is_seen = _towards("#ffffff", colour, ground=_NIGHT), contrast(colour, CARD_AT_NIGHT) >= SEEN
    if not is_seen and _differ(dark) < DULL:
        dark = _towards("#ffffff", colour, ground=_NIGHT, contrasting=BRIGHT)
    night_button = colour if is_seen else dark
    return Tint(
        light=_towards("#000000", colour, ground=_PAPER),
        dark=dark,
        button=colour,
        on_button=_words_on(colour),
        edge=_towards("#000000", colour, ground=CARD, contrasting=SEEN),
        night_button=night_button,
        on_night_button=_words_on(night_button),
    )


def _words_on(colour: str) -> str:
    """White, or black where white cannot be read."""
    return max("#ffffff", "#000000", key=lambda words: (contrast(words, colour) >= READABLE, words))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 (none) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _differ(colour: str) -> int:
    return max(_parts(colour)) - min(_parts(colour))


def _towards(end: str, colour: str, *, ground: str, contrasting: float = READABLE) -> str:
    """The colour, mixed with as much of `end` as it takes to be read, or but seen, on the ground."""
    pairs = list(zip(_parts(colour), _parts(end), strict=True))
    for step in range(_STEPS + 1):
        mixed = "#" + "".join(f"{round(a + (b - a) * step / _STEPS):02x}" for a, b in pairs)
        if contrast(mixed, ground) >= contrasting:
            return mixed
    return end


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
