"""Money: a Decimal amount with its ISO 4217 currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from backorder.domain.texts import shown

_ISO_4217 = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN "
    "UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""The currencies in use, by the digits of their minor unit: for words, numbers and what comes in alike."""
DIGITS = {code: digits for digits, codes in _ISO_4217.items() for code in codes.split()}


_GROUP = 3
MOST_DIGITS = 6
"""Digits after the point that are read at all; a currency has fewer."""
_AMOUNT = re.compile(rf"\d{{1,10}}(\.\d{{1,{MOST_DIGITS}}})?", re.ASCII)
_SEPARATED = re.compile(r"\d+([.,' \u00a0\u202f\u2019]\d+)+", re.ASCII)
_WITH_CURRENCY = re.compile(
    r"[^\d\s.,'+-]+\s*[\d][\d.,' \u00a0\u202f\u2019]*|\d[\d.,' \u00a0\u202f\u2019]*\s*[^\d\s.,'+-]+"
)
"""A number with a currency's sign or name before or after it."""
_SEPARATORS = "write no separator of thousands, and a point before the decimals, like 1299.50"


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


def digits(currency: str) -> int:
    """Digits of a currency's minor unit; two for one that is in no table any more."""
    return DIGITS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded half up to the currency's minor unit (ISO 4217: yen none, dinars three)."""
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), rounding=ROUND_HALF_UP)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether an amount is one in the currency's minor units."""
    return amount.is_finite() and amount == rounded(amount, currency)


def amount_of(text: str) -> Decimal:
    """An amount as people and programs write it: digits, and perhaps a point and more of them.

    Raises ValueError in words for anything else. Whether it is too fine is for its currency to say.
    """
    text = text.strip()
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"{shown(text)} {_why_no_amount(text)}")
    return Decimal(text)


def fault_of_amount(amount: Decimal, currency: str) -> str | None:
    """What is wrong with an amount that came in, in this currency."""
    most = digits(currency)
    if not is_exact(amount, currency):
        few = f"has {most} digits after the point" if most else "has no digits after the point"
        return f"{amount} is finer than the currency: {currency} {few}; {_SEPARATORS}"
    if amount.as_tuple().exponent == -_GROUP and most < _GROUP:
        return f"{amount} may mean thousands: three digits follow the point, and {currency} has {most}"
    return None


def _why_no_amount(text: str) -> str:
    if re.fullmatch(r"\d{11,}(\.\d+)?", text, re.ASCII):
        return "is too large; 9999999999 is the most"
    if re.fullmatch(r"\d+\.\d{7,}", text, re.ASCII):
        return "is finer than any currency"
    if _SEPARATED.fullmatch(text):
        return f"is not a plain number; {_SEPARATORS}"
    if text.startswith("-"):
        return "is below zero"
    if _WITH_CURRENCY.fullmatch(text):
        return (
            "names its currency: write the digits alone, like 1299.50; the currency stands in its own field"
        )
    return "is no amount; write digits, like 1299.50"


def share(total: Decimal, currency: str, *, units: int, ordered: int) -> Decimal:
    """What `units` of `ordered` are worth: pro rata of `total`, rounded."""
    return rounded(total * units / ordered, currency)
