"""The pages that come from tables say what the tables say, and the tables what the code does."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from backorder.domain.policy.policy import STAGE_ACTIONS, Policy
from backorder.domain.policy.policy_keys import KEYS
from backorder.settings import MEANINGS, Settings
from docs.draw import HERE, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_from_its_table(name: str) -> None:
    """After a change of a table: make docs"""
    assert (HERE / name).read_text(encoding="utf-8") == PAGES[name]()


def test_every_setting_has_its_meaning() -> None:
    assert list(MEANINGS) == list(Settings.model_fields)


def test_the_defaults_that_are_told_are_those_of_the_rules() -> None:
    usual = asdict(Policy(name="x"))
    usual |= {"duties": {"pack": usual["pack"]}, "refunds": {"within": usual["refund_within"]}}
    for section, keys in KEYS.items():
        for name, key in keys.items():
            if key.default:
                found = (usual[section] if section else usual)[name]
                assert found == key.form.parse(key.default), f"{section}.{name}"


def test_a_stage_says_what_its_action_takes_and_nothing_else() -> None:
    taken = {key for row in STAGE_ACTIONS.values() for key in (*row.parameters, *row.optional)}
    assert {*KEYS["stages"]} == {"id", "when", "do"} | taken
