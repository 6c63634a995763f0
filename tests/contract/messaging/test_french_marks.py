"""The marks of every French template, also in what no situation shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import backorder.messaging
from tests.contract.messaging.french_marks import unspaced

FRENCH = Path(backorder.messaging.__file__).parent / "templates" / "fr"


@pytest.mark.parametrize("file", sorted(path.name for path in FRENCH.glob("*.jinja")))
def test_a_french_mark_has_a_space_before_it_at_which_no_line_ends(file: str) -> None:
    """In a text it becomes a plain one, which GSM-7 has."""
    tree = Environment(autoescape=True).parse((FRENCH / file).read_text(encoding="utf-8"))
    words = [each.data for each in tree.find_all(nodes.TemplateData)]
    words += [each.value for each in tree.find_all(nodes.Const) if isinstance(each.value, str)]
    for each in words:
        assert not (found := unspaced(f"…{each}")), (found, each)
