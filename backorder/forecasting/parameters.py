"""The few numbers that steer the arrival model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Hyper-parameters of the arrival model, chosen by `tuning.tune` or these defaults.

    k: pseudo-orders of everyone's history in each curve. k2: of the supplier's history at other destinations.
    half_life: days after which an order counts half. level: the chance the curve must show for the P90; it
    differs from 0.9 only by what `tune` saw missing. trust_stated: use the ratio to the supplier's stated
    lead time where a day is stated; tuning turns it off for a shop whose suppliers' days say nothing.
    """

    k: float = 3.0
    half_life: float = 365.0
    k2: float = 10.0
    level: float = 0.9
    trust_stated: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that mean nothing."""
        if not (self.k >= 0 and self.k2 >= 0 and self.half_life > 0):
            raise ValueError("k and k2 must not be negative, half_life must be positive")
        if not 0.5 < self.level < 1:
            raise ValueError("level must lie between 0.5 and 1")

    @property
    def levels(self) -> tuple[float, float, float]:
        """The chances behind P10, P50 and P90."""
        return (0.1, 0.5, self.level)


DEFAULT = Parameters()
