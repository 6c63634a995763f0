from datetime import date

import pytest

from backorder.forecasting.history import PastOrder, past_order

OPEN = {"supplier": "Acme, Ltd", "destination": "Oslo", "ordered": "2025-01-01"}


def test_an_order_is_read_from_its_columns() -> None:
    assert past_order(OPEN | {"stated": "", "note": "x"}) == PastOrder("Acme, Ltd", "Oslo", date(2025, 1, 1))
    assert past_order(OPEN | {"stated": "2025-01-08", "arrived": "2025-01-09"}) == PastOrder(
        "Acme, Ltd", "Oslo", date(2025, 1, 1), date(2025, 1, 8), date(2025, 1, 9)
    )


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"arrived": "2024-12-31"}, "arrived 2024-12-31 is before ordered 2025-01-01"),
        ({"stated": "2024-12-31"}, "stated 2024-12-31 is before ordered 2025-01-01"),
        ({"arrived": "2039-01-01"}, "is more than 3650 days after"),
        ({"ordered": "02/01/2025"}, 'ordered is not an ISO day: "02/01/2025"'),
        ({"arrived": "soon"}, 'arrived is not an ISO day: "soon"'),
        ({"ordered": ""}, "ordered is missing"),
        ({"supplier": ""}, "supplier is missing"),
        ({"ordered": "0205-01-01"}, "is before 2000-01-01"),
    ],
)
def test_a_faulty_order_is_refused_with_its_column(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        past_order(OPEN | cells)
