"""Which addresses are on the public internet, whatever form hides another one in them. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_OF_A_HOST = (
    ip_network("168.63.129.16/32"),  # where Azure's machines ask for their own secrets
    ip_network("192.0.0.0/24"),  # protocols' own (RFC 6890); Oracle's machines ask 192.0.0.192 for theirs
    ip_network("192.88.99.0/24"),  # 6to4 relays
    ip_network("3fff::/20"),  # documentation (RFC 9637)
    ip_network("fec0::/10"),  # site-local, as private as its successor
)
"""What counts as public by the registries, and is none."""


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address is one of the public internet; False for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _within(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        return _is_public(inner)
    return _is_public(found)


def _is_public(found: IPv4Address | IPv6Address) -> bool:
    if any(found.version == each.version and found in each for each in _OF_A_HOST):
        return False
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_link_local or found.is_unspecified
    )


def _within(found: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which an IPv6 address leads in the end."""
    if found.ipv4_mapped is not None:
        return found.ipv4_mapped
    if found.sixtofour is not None:
        return found.sixtofour
    if found.teredo is not None:
        return IPv4Address("127.0.0.1")  # a tunnel to a machine behind a router, never a receiver
    if found in _COMPATIBLE or any(found in each for each in _NAT64):
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return None
