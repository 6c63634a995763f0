"""Texts that people may send, written as one table: a line has several, between bars."""

from __future__ import annotations

from collections.abc import Mapping


def bodies(said: str) -> list[str]:
    """The texts of a table."""
    return [body.strip() for line in said.strip().splitlines() for body in line.split(" | ")]


def every(*tables: Mapping[str, str]) -> list[tuple[str, str]]:
    """The texts of tables by language, each with its language."""
    return [(language, body) for table in tables for language, said in table.items() for body in bodies(said)]
