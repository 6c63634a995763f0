"""Past orders from a file: each row is checked, and so is what only the whole file can tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from backorder.errors import RefusedError
from starter.cli.files import FileOptions, opened_file
from starter.cli.output import heed
from starter.cli.verdicts import Verdicts, errors_file
from starter.files.past_orders import PAST_ORDERS, past_order_in
from starter.files.verdict import REFUSED, EntryVerdict

if TYPE_CHECKING:
    from backorder.forecasting.history import PastOrder

skip_faulty_option = click.option(
    "--skip-faulty", is_flag=True, help="Leave out the rows that are faulty or cannot be true."
)


def read_orders(given: FileOptions, today: date | None, *, skip_faulty: bool) -> list[PastOrder]:
    """The past orders of a file. today: no day lies after it; None where nobody knows it.

    Raises RefusedError if a row is faulty or cannot be true, unless those are to be left out; they are named.
    """
    from backorder.forecasting.plausible import implausible

    orders: list[tuple[int, PastOrder]] = []
    with errors_file(given.errors, given.file) as errors, opened_file(given, PAST_ORDERS, "UTC") as file:
        verdicts = Verdicts(file.word, as_json=False, errors=errors)
        for remark in file.remarks:
            heed(remark, err=True)
        faulty: dict[int, Sequence[str]] = {}
        for entry in file.entries():
            try:
                orders.append((entry.number, past_order_in(entry)))
            except RefusedError as error:
                faulty[entry.number] = error.faults
        wrong = {each.place: each.reason for each in implausible([order for _, order in orders], today)}
        faulty |= {orders[place][0]: (reason,) for place, reason in wrong.items()}
        for number in sorted(faulty):
            verdicts.note(EntryVerdict(line=number, id="", verdict=REFUSED, faults=tuple(faulty[number])))
        if refused := verdicts.counts[REFUSED]:
            verdicts.explain(err=True)
            named = f"{refused:,} {file.word}s" if refused > 1 else f"1 {file.word}"
            if not skip_faulty:
                words = f"{file.shown}: {named} cannot be used"
                raise RefusedError([f"{words}; correct them, or leave them out with --skip-faulty"])
            heed(f"left out: {named}", err=True)
    return [order for place, (_, order) in enumerate(orders) if place not in wrong]
