"""Templates as code, shared by all environments of a process: most tests open a shop anew, and would else
spend most of their time on compiling the same templates again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any

import pytest
from jinja2 import Environment, nodes

_compile: Callable[..., CodeType | str] = Environment.compile
_codes: dict[object, CodeType | str] = {}


def share_compiled() -> None:
    """Compile each template once for all that treat it alike."""
    pytest.MonkeyPatch().setattr(Environment, "compile", _compiled)


def _compiled(
    self: Environment, source: str | nodes.Template, *names: str | None, **more: Any
) -> CodeType | str:
    if more or not isinstance(source, str):
        return _compile(self, source, *names, **more)
    key = (source, names, _shape(self))
    if key not in _codes:
        _codes[key] = _compile(self, source, *names)
    return _codes[key]


def _shape(environment: Environment) -> object:
    """All that a template's code depends on: what is said of constants is worked out as it is compiled."""
    called = {**environment.filters, **{f"is {name}": test for name, test in environment.tests.items()}}
    return (
        type(environment),
        environment.autoescape,
        environment.trim_blocks,
        environment.lstrip_blocks,
        environment.finalize,
        tuple((name, _same(each)) for name, each in called.items()),
    )


def _same(function: Any) -> object:
    if isinstance(function, partial):
        return function.func, function.args, tuple(function.keywords.items())
    return function
