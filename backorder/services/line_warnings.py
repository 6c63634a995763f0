"""What a person should look at of a line that is taken, before it costs them."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

from backorder.domain.law.packs import pack_for

if TYPE_CHECKING:
    from backorder.schemas import OrderLine
    from backorder.storage.rows import ProductRow


class LineWarnings:
    """The warnings of lines. languages: those that there are words in, like "de"."""

    def __init__(self, languages: Set[str]) -> None:
        self._languages = languages

    def of(self, line: OrderLine, product: ProductRow) -> tuple[str, ...]:
        """Each with the field that it is about. product: a row with its currency."""
        found = []
        if line.currency != product.currency:
            found.append(
                f"currency: {line.currency} is not the product's, {product.currency}: alternatives in "
                f"{product.currency} are not offered to this customer, and money is given back in "
                f"{line.currency}"
            )
        locale = line.customer.locale
        if locale and (language := locale.partition("_")[0]) not in self._languages:
            found.append(
                f"customer.locale: there are no words in {language}, so {locale} is written to in English; "
                "words of your own go into the folder of templates"
            )
        pack = pack_for(line.customer.region, line.customer.kind, order=line.pack)
        if pack.silence == "cancels" and line.ship_by is None and line.promised is None:
            found.append(
                "ship_by: send the last day of the window that was shown with the order: without it the law "
                f"({pack.name}) counts {pack.credit_window if line.credit else pack.window} days"
            )
        return tuple(found)
