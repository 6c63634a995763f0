"""Keys of programs: their form, their roles, and when one is good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

PREFIX = "bo_live_"
"""What every key begins with, so that a leaked one is found by whoever looks for such."""
ROLES: Mapping[str, str] = {
    "storefront": "asks for availability, from a shop's page; such a key may be public",
    "orders": "the order system: starts backorders, reports shipments and money, hears events",
    "agent": "customer service: reads cases, answers and acts for customers",
    "supply": "buyers and the warehouse: products, purchase orders, dates, receipts, stock",
    "admin": "operators: channels, receivers, keys, the audit; and everything else",
}
"""What each role is for; one row a role."""
PUBLIC = "storefront"
"""The role of a key that anybody may read in a page's source; such a key has no other role."""
EVERYTHING = "admin"
"""The role that may do what every other one may."""
READS_EVENTS = ("orders", EVERYTHING)
"""The roles of which a key has one that reads the events, and can acknowledge them."""
_MAPPED_BITS = 96
"""Of an IPv6 address that is an IPv4 one, before that begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A key as it is kept; instants are machine time. networks: from which it is taken, anywhere if none."""

    id: str
    name: str
    roles: tuple[str, ...]
    networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    acknowledges: bool = False

    @property
    def audited_as(self) -> str:
        """Who asked, as the audit names its program."""
        return f"key/{self.id}"


def who(key: ApiKey, address: str) -> str:
    """Whose calls are counted together: those of a program, or of each address that uses a public key.

    Of IPv6 those of a /64, which one customer has as a whole (RFC 6177).
    """
    return f"{key.id} {_household(address)}" if PUBLIC in key.roles else key.id


def _household(address: str) -> str:
    found = _plain(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> 64 << 64, 64)))
    return str(found or address)


def split(key: str) -> tuple[str, str] | None:
    """The ID and the secret part of a key; None for a text that is no key."""
    id, underscore, secret = key.removeprefix(PREFIX).partition("_")
    whole = key.startswith(PREFIX) and underscore and id.isalnum() and secret.isalnum() and key.isascii()
    return (id, secret) if whole else None


def joined(id: str, secret: str) -> str:
    """A key as its owner has it."""
    return f"{PREFIX}{id}_{secret}"


def fault_of_key(key: ApiKey, now: datetime, address: str) -> str | None:
    """Why a key is not good at a machine instant and from an address; None where it is."""
    if key.revoked_at is not None:
        return "this key was revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "this key has expired"
    if key.networks and not is_within(address, key.networks):
        return "this key is not taken from this address"
    return None


def faults_beyond(
    maker: ApiKey, networks: Sequence[str] | None, expires_at: datetime | None
) -> Sequence[str]:
    """What of a new key would reach further than the key that makes it: none may do more than its maker.

    networks, expires_at: as they are asked for; what is not said is its maker's.
    """
    found = []
    if expires_at and maker.expires_at and expires_at > maker.expires_at:
        ends = f"{maker.expires_at:%Y-%m-%d %H:%M} UTC"
        found.append(f"expires_at: is after {ends}, when the key that makes it ends")
    wide = [each for each in networks or () if maker.networks and not _lies_within(each, maker.networks)]
    if wide:
        known = ", ".join(maker.networks)
        found.append(f"networks: {wide[0]} reaches beyond {known}, from which the key that makes it is taken")
    return found


def _lies_within(network: str, networks: Sequence[str]) -> bool:
    one = _network(network)
    return any(_holds(_network(each), one) for each in networks)


def _holds(wide: IPv4Network | IPv6Network, one: IPv4Network | IPv6Network) -> bool:
    """Whether each address of a network is one of another."""
    if isinstance(wide, IPv4Network):
        return isinstance(one, IPv4Network) and one.subnet_of(wide)
    return isinstance(one, IPv6Network) and one.subnet_of(wide)


def is_within(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of some networks. What is IPv4 and written as IPv6 counts as IPv4."""
    found = _plain(address)
    return found is not None and any(found in _network(each) for each in networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    found = ip_network(text)
    inner = found.network_address.ipv4_mapped if isinstance(found, IPv6Network) else None
    if inner is None or found.prefixlen < _MAPPED_BITS:
        return found
    return IPv4Network((inner, found.prefixlen - _MAPPED_BITS))


def _plain(address: str) -> IPv4Address | IPv6Address | None:
    """An address, as IPv4 where it is one; None for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def allows(roles: Sequence[str], needed: Sequence[str]) -> bool:
    """Whether somebody with these roles may do what one of the needed roles may."""
    return EVERYTHING in roles or any(each in roles for each in needed)
