"""How money goes back, by the names that order systems have for it."""

from __future__ import annotations

import re
import unicodedata

STORE_CREDIT = re.compile(
    r"(?:store |shop |gift |credit |discount |e )?(?:coupon|voucher)s?(?: codes?)?"
    r"|(?:in )?(?:store|shop|merchandise|site) ?(?:credit|balance|wallet)s?|credit (?:note|balance)s?"
    r"|(?:account|wallet) credits?|(?:discount|promo(?:tion)?|gift) codes?"
    r"|(?:loyalty |reward |bonus )?points|gift certificates?"
    r"|(?:(?:shop )?\w*gut(?:schein(?:code|karte)?|haben)|avoir|bon d achat|ch[eè]que cadeau)s?|bons d achat"
    r"|(?:shop )?\w*gutschein(?:e|en|karten)|(?:bonus|treue)?punkte|rabattcodes?"
    r"|bons? cadeaux?|codes? (?:promo|de r[eé]duction)|points de fid[eé]lit[eé]|note de cr[eé]dit"
    r"|cr[eé]dit (?:(?:en|du|de la) )?(?:magasin|boutique)"
    r"|vales?(?: de)?(?: (?:compra|descuento|presente|regalo)s?)?|cup[oóõ](?:m|n|ns|nes)"
    r"|(?:saldo|cr[eé]dito) (?:(?:en|de)(?: la)? tienda|(?:na|da|em) loja)|saldo a favor|puntos|pontos"
    r"|nota de cr[eé]dito|cheques? regalo|c[oó]digos? de (?:descuento|desconto)"
    r"|(?:स्टोर|शॉप|दुकान) (?:क्रेडिट|बैलेंस)|(?:गिफ्ट |उपहार )?(?:वाउचर|कूपन)(?: कोड)?|पॉइंट्?स"
)
"""Means that are no money; words alone, with one space between. What nobody can tell from its name is money:
a plain credit goes to a card as well, a gift card may be what was paid by."""
_HOLDS_STORE_CREDIT = re.compile(
    r"(?<!\S)(?:(?:coupon|voucher)s?|(?:store|shop|merchandise) ?(?:credit|balance|wallet)s?|credit notes?"
    r"|(?:discount|promo(?:tion)?|gift) codes?|gift certificates?|\w*gutschein(?:e|en|codes?|karten?)?"
    r"|rabattcodes?|avoirs?|bons? (?:d achat|cadeaux?)|ch[eè]ques? cadeaux?|codes? (?:promo|de r[eé]duction)"
    r"|not[ea] de cr[eé]dito?|vales?(?: de)? (?:compra|descuento|presente|regalo)s?"
    r"|cup[oóõ](?:m|n|ns|nes)|cheques? regalo|c[oó]digos? de (?:descuento|desconto)|वाउचर|कूपन"
    r"|(?:loyalty|reward|bonus) points(?! of)|(?:points|\w*punkte|puntos|pontos)$)(?!\S)"
)
"""What is no money whoever's it is, and whatever else its name says: an Amazon voucher, 5000 points. Left out
is what is money by its other words: the balance of a PayPal account, a bank account's credit, a vale postal.
"""
_NOT_AT_A_BANK = re.compile(
    r"(?:e )?gift cards?(?: balance)?|geschenkkarten?|cartes? cadeaux?|tarjetas?(?: de)? regalo"
    r"|cart(?:ão|ões|ao|oes)(?: de)? presente"
    r"|(?:in |by )?cash|(?:in )?bar(?:geld|zahlung|auszahlung)?|(?:en )?(?:efectivo|esp[eè]ces)"
    r"|(?:em )?dinheiro"
    r"|(?:paper )?che(?:que|ck)s?|schecks?|ch[eè]ques?|invoices?|rechnung|facture|factura|fatura"
    r"|wallets?(?: balance)?|account balance|customer (?:account|balance|credit)|kundenkonto"
)
"""Other means that no bank shows by itself; a cheque shows once it is paid in."""
_SHORT = frozenset(["ach", "bacs", "eft", "emi", "imps", "neft", "pix", "rtgs", "sepa", "upi"])
"""Names of ways to pay that are written in capitals."""


def bare(means: str) -> str:
    """A name in small letters, however a program joins its words: STORE_CREDIT, store-credit, storeCredit."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", means)
    whole = unicodedata.normalize("NFC", apart.casefold())
    return " ".join("".join(each if _is_of_a_word(each) else " " for each in whole).split())


def _is_of_a_word(character: str) -> bool:
    """A letter, a digit, or a sign that is written on one, as the vowels of Hindi are."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def is_store_credit(means: str) -> bool:
    """Whether the means are no money, but something to buy with at a shop."""
    name = bare(means)
    return bool(STORE_CREDIT.fullmatch(name) or _HOLDS_STORE_CREDIT.search(name))


def is_shown_by_a_bank(means: str) -> bool:
    """Whether a bank shows what came by these means, or may do so."""
    return not is_store_credit(means) and _NOT_AT_A_BANK.fullmatch(bare(means)) is None


def spelt(means: str) -> str:
    """A name as people write it: a program's own, such as STORE_CREDIT, as separate words."""
    if "_" not in means:
        return means
    words = means.replace("_", " ").split()
    if means == means.upper():
        words = [each.lower() for each in words]
    return " ".join(each.upper() if each in _SHORT else each for each in words)
