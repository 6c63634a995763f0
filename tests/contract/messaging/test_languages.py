"""Every language says what English says: the same kinds, blocks, phrases and facts, in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import backorder.messaging

TEMPLATES = Path(backorder.messaging.__file__).parent / "templates"
LANGUAGES = sorted(path.name for path in TEMPLATES.iterdir() if path.is_dir() and path.name not in ("en", "shared"))
GRAMMAR = frozenset({"count", "left", "undated", "length", "lines", "one", "line", "loop", "first", "last", "brief"})
"""What only picks a form or walks through a list; a language uses it as it needs."""


def parsed(path: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def macros(tree: nodes.Template) -> Mapping[str, nodes.Macro]:
    return {macro.name: macro for macro in tree.find_all(nodes.Macro)}


def constants(tree: nodes.Template) -> set[str]:
    return {node.target.name for node in tree.body if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name)}


def blocks(tree: nodes.Template) -> Mapping[str, nodes.Block]:
    return {block.name: block for block in tree.find_all(nodes.Block)}


def shown(node: nodes.Node, words: Mapping[str, nodes.Macro], seen: frozenset[str] = frozenset()) -> set[str]:
    """The facts and shapes that a block shows, those of the phrases that it says included."""
    return {name for name in _used(node, words, seen) if name not in GRAMMAR}


def _used(node: nodes.Node, words: Mapping[str, nodes.Macro], seen: frozenset[str]) -> Iterator[str]:
    own: set[str] = set()
    for part in node.find_all((nodes.Getattr, nodes.Name, nodes.Call, nodes.Filter, nodes.Assign)):
        if isinstance(part, nodes.Call):
            name = _phrase(part.node)
            if name in words and name not in seen:
                yield from _used(words[name], words, seen | {name})
        elif isinstance(part, nodes.Getattr):
            if isinstance(part.node, nodes.Name) and part.node.name == "draw":
                yield f"draw.{part.attr}"
            elif not (isinstance(part.node, nodes.Name) and part.node.name == "say"):
                yield part.attr
        elif isinstance(part, nodes.Filter) and part.name in ("map", "selectattr"):
            yield from (each.value for each in (*part.args, *(k.value for k in part.kwargs)) if isinstance(each, nodes.Const))


def _phrase(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "say":
        return node.attr
    return node.name if isinstance(node, nodes.Name) else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_block_phrase_and_fact_of_english_is_there(language: str) -> None:
    english, other = TEMPLATES / "en", TEMPLATES / language
    files = {path.name for path in english.iterdir()}
    assert {path.name for path in other.iterdir()} == files
    words = {"en": parsed(english / "words.jinja"), language: parsed(other / "words.jinja")}
    phrases = {name: macros(tree) for name, tree in words.items()}
    assert constants(words["en"]) <= constants(words[language])
    for name, macro in phrases["en"].items():
        assert name in phrases[language], f"words.jinja lacks {name}"
        arguments = [argument.name for argument in phrases[language][name].args]
        assert arguments == [argument.name for argument in macro.args], name
    for file in sorted(files - {"words.jinja"}):
        mine, theirs = blocks(parsed(other / file)), blocks(parsed(english / file))
        assert set(mine) == set(theirs), file
        for name, block in theirs.items():
            wanted, found = shown(block, phrases["en"]), shown(mine[name], phrases[language])
            assert found == wanted, (file, name, "missing", wanted - found, "too much", found - wanted)
