"""Money: a Decimal amount with its ISO 4217 currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 minor units that differ from two.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = dict.fromkeys(_WHOLE.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency.

    amount: major units (12.50 means twelve and a half), already rounded to the currency's minor unit.
    currency: three capital letters, ISO 4217.
    """

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded half up to the currency's minor unit (ISO 4217: yen none, dinars three)."""
    return amount.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), rounding=ROUND_HALF_UP)


def share(total: Decimal, currency: str, *, units: int, ordered: int) -> Decimal:
    """What `units` of `ordered` are worth: pro rata of `total`, rounded."""
    return rounded(total * units / ordered, currency)
