"""The evidence of a forecast in plain English, as it is kept with a promise."""

from backorder.forecasting.curve import Evidence
from backorder.forecasting.query import Basis, Query
from backorder.forecasting.table import Floats


def from_history(basis: Basis, query: Query, evidence: Evidence, days: Floats) -> str:
    """Which past orders, what they say, what the supplier says. days: P10, P50 and P90 in days."""
    words = _middle(basis, query)
    half, most = (f"{int(day)} days" for day in days[1:])
    found = f"likely {half} after the order, nine in ten by {most}"
    passed = "1 day has" if query.waited == 1 else f"{query.waited} days have"
    waiting = f"; {passed} already passed" if query.waited else ""
    return f"{words}From {_counts(query, evidence)}: {found}{waiting}."


def from_word(basis: Basis, query: Query, overdue: float) -> str:
    """No history to speak of: says that the date is the supplier's own, and when it has already passed."""
    if basis == "stated":
        words = f"{query.supplier} states {query.stated}"
    else:
        words = f"{query.supplier} states a lead time of {query.lead_days} days"
    honest = (
        "there are too few past orders to check that against, so this is the supplier's word, not a forecast"
    )
    if overdue <= 0:
        return f"{words}; {honest}."
    late = f"{int(overdue)} days ago; it has not arrived"
    return f"{words}, {late}, and there are too few past orders to learn from."


def _middle(basis: Basis, query: Query) -> str:
    if basis == "stated_history":
        return f"{query.supplier} states {query.stated}; past orders show how such days are kept. "
    if basis == "stated_spread":
        return (
            f"{query.supplier} states {query.stated}; no record yet of how such days are kept, "
            "so past lead times give the spread around it. "
        )
    if basis == "lead_days_spread":
        return (
            f"{query.supplier} states a lead time of {query.lead_days} days and has hardly any past orders; "
            "other suppliers' orders give the spread around it. "
        )
    return ""


def _counts(query: Query, evidence: Evidence) -> str:
    # Open ones count in the curve, but are no past orders: the one asked about is among them.
    own, supplier, everyone = (group.arrived for group in evidence[:3])
    if not supplier:
        return f"{_orders(everyone)} from other suppliers, none from {query.supplier}"
    where = f" to {query.destination}" if query.destination else ""
    return f"{_orders(own)} from {query.supplier}{where}, {supplier} from it in all, {everyone} from everyone"


def _orders(count: int) -> str:
    if not count:
        return "no past orders"
    return "1 past order" if count == 1 else f"{count} past orders"
