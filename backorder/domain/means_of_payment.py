"""How money goes back, by the names that order systems have for it."""

from __future__ import annotations

import re

STORE_CREDIT = re.compile(
    r"(?:store |shop |gift |credit |discount )?(?:coupon|voucher)s?(?: code)?"
    r"|(?:in )?(?:store|shop|merchandise|site) ?credits?|credit notes?"
)
"""Means that are no money; words alone, with one space between."""


def bare(means: str) -> str:
    """A name in small letters, however a program joins its words: STORE_CREDIT, store-credit, storeCredit."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", means)
    return " ".join(re.findall(r"[^\W_]+", apart.casefold()))


def is_store_credit(means: str) -> bool:
    """Whether the means are no money, but something to buy with at this shop."""
    return STORE_CREDIT.fullmatch(bare(means)) is not None
