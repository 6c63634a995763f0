"""The few numbers that steer the arrival model."""

from dataclasses import dataclass

HALF_LIVES = (15.0, 45.0, 120.0, 365.0, 1000.0)
"""The grid of half-lives in days, for tuning and for the neighbours that a forecast is averaged over."""

Memory = tuple[float, float]
"""Half-lives in days: of the supplier's own orders, and of everyone's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Hyper-parameters of the arrival model, chosen by `tuning.tune` or these defaults.

    k: pseudo-orders of everyone's history in each curve. k2: of the supplier's history at other destinations.
    half_life: days after which an order of the supplier counts half. everyone_half_life: the same for
    everyone's orders, None if no different. averaged: take the mean curve of these half-lives and of both
    one step shorter and longer. level: the chance the curve must show for the P90; it
    differs from 0.9 only by what `tune` saw missing. trust_stated: use the ratio to the supplier's stated
    lead time where a day is stated; tuning turns it off for a shop whose suppliers' days say nothing.
    """

    k: float = 3.0
    half_life: float = 365.0
    k2: float = 10.0
    level: float = 0.9
    trust_stated: bool = True
    everyone_half_life: float | None = None
    averaged: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that mean nothing."""
        if not (self.k >= 0 and self.k2 >= 0 and self.half_life > 0 and (self.everyone_half_life or 1) > 0):
            raise ValueError("k and k2 must not be negative, half-lives must be positive")
        if not 0.5 < self.level < 1:
            raise ValueError("level must lie between 0.5 and 1")

    @property
    def levels(self) -> tuple[float, float, float]:
        """The chances behind P10, P50 and P90."""
        return (0.1, 0.5, self.level)

    @property
    def memories(self) -> tuple[Memory, ...]:
        """What the forecast's curve is the mean of."""
        everyone = self.half_life if self.everyone_half_life is None else self.everyone_half_life
        if not self.averaged:
            return ((self.half_life, everyone),)
        return tuple(zip(_with_neighbours(self.half_life), _with_neighbours(everyone), strict=True))


def _with_neighbours(half_life: float) -> tuple[float, float, float]:
    shorter = max((each for each in HALF_LIVES if each < half_life), default=half_life)
    longer = min((each for each in HALF_LIVES if each > half_life), default=half_life)
    return shorter, half_life, longer


DEFAULT = Parameters()
