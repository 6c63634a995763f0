"""Addresses and numbers as a page shows them: who holds its link need not be their owner."""

from __future__ import annotations


def masked_email(address: str) -> str:
    """An address that its owner knows again, and nobody else learns."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}" if local else ""


def masked_phone(number: str) -> str:
    """A number with its last three digits."""
    return f"•••{number[-3:]}" if number else ""
