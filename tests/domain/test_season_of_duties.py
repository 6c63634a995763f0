"""A season of lines under law: nothing late, nothing kept or shipped without consent, nobody refused."""

import pytest

from tests.support.season_of_duties import WRONG, season


@pytest.mark.parametrize("pack", ["us-ftc-435", "eu-crd-18"])
def test_a_season_in_which_suppliers_slip_at_random_breaks_no_duty(pack: str) -> None:
    found = season(pack, 60, seed=7)
    assert {what: found[what] for what in (*WRONG, "reviews undone")} == dict.fromkeys(
        (*WRONG, "reviews undone"), 0
    )
    assert found["notices"] > 10
    assert found["cancelled"] > 5
    assert found["shipped"] > 10
    assert found["refunds called for"]
