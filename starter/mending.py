"""What a person can mend, in words: errors of the surroundings as one literal table.

A database that is away, a certificate that is missing, a full disk: no traceback helps with these. What is
not in the table is a defect of the program and keeps its traceback.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from re import DOTALL, IGNORECASE, search

LONGEST = 240
_URL = "BACKORDER_DATABASE_URL is {database}"
_AGAIN = "start it, or correct BACKORDER_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Mending:
    """error: the name of a class, with its module. where: what its text holds. words: what to do about it.

    {detail} in the words is the error's own first line, {database} and {namespace} are what is set.
    away: something does not answer at the moment; the same may work a little later.
    """

    error: str
    where: str
    words: str
    away: bool = False


_SQL = "sqlalchemy.exc.DBAPIError"
_RPC = "temporalio.service.RPCError"
TABLE = (
    Mending(
        _SQL,
        "password authentication failed|no password supplied|no pg_hba.conf entry|SASL",
        f"the database refuses this user or password: correct it; {_URL} ({{detail}})",
    ),
    Mending(
        _SQL,
        'role ".*" does not exist',
        f"the database knows no such user: create it, or correct the name; {_URL} ({{detail}})",
    ),
    Mending(
        _SQL,
        'database ".*" does not exist',
        f"the server has no such database: create it with `createdb`; {_URL} ({{detail}})",
    ),
    Mending(
        _SQL,
        "too many (clients|connections)|remaining connection slots|connection slots are reserved",
        "the database takes no more connections: raise its max_connections, or lower BACKORDER_THREADS",
        True,
    ),
    Mending(
        _SQL,
        "could not (connect|receive|send|translate)|connection (failed|refused|timed out|is bad|to server)"
        "|connection (has been )?(lost|closed)|server closed|terminating connection|starting up"
        "|shutting down|in recovery mode|failed to resolve|timeout expired|name or service not known",
        f"the database does not answer: {_AGAIN} ({{detail}})",
        True,
    ),
    Mending(
        _SQL,
        "invalid (connection option|port|integer)|unsupported|invalid dsn|sslmode|certificate",
        f"the database's address cannot be used: {_URL} ({{detail}})",
    ),
    Mending(
        _SQL,
        "database or disk is full|no space left|could not extend file|disk full",
        "the disk with the database is full: make room on it, nothing half-written stays ({detail})",
        True,
    ),
    Mending(
        _SQL,
        "readonly database|read-only transaction",
        "the database can only be read: give this user the right to write to its file and folder, "
        "or name the primary server; it is at {database}",
    ),
    Mending(
        _SQL,
        "permission denied|must be owner",
        "this user may not do that in the database: grant it the rights ({detail})",
    ),
    Mending(
        _SQL,
        "unable to open database file",
        "the database's file cannot be opened: check that its folder is there and yours; it is at {database}",
    ),
    Mending(
        _SQL,
        "database is locked|lock timeout|could not obtain lock|canceling statement|deadlock",
        "the database is busy: another program holds it for long. Try again, or see who does ({detail})",
        True,
    ),
    Mending(
        _SQL,
        "disk I/O error",
        "the database's file cannot be read or written: make room for it, on the disk and in this user's "
        "share of it, and see whether the disk fails; it is at {database}",
        True,
    ),
    Mending(
        _SQL,
        "not a database|malformed",
        "the database's file is damaged, or no database: restore it from a backup; it is at {database} "
        "({detail})",
    ),
    Mending(
        _SQL,
        "no such (table|column)|(relation|column) .* does not exist",
        "the database's tables are not those of this program: run `backorder db upgrade`, "
        "or name the right database; it is at {database} ({detail})",
    ),
    Mending(
        "sqlalchemy.exc.TimeoutError",
        "QueuePool",
        "every connection to the database is in use: try again, or raise the limit of the database",
        True,
    ),
    Mending(
        "sqlalchemy.exc.NoSuchModuleError",
        "",
        'BACKORDER_DATABASE_URL: the database must be "sqlite:///…" or "postgresql://…" ({detail})',
    ),
    Mending(
        "sqlalchemy.exc.ArgumentError",
        "parse|URL",
        'BACKORDER_DATABASE_URL is no address of a database: write "postgresql://user:password@host/name"',
    ),
    Mending(
        "builtins.ModuleNotFoundError",
        "psycopg",
        "the package for PostgreSQL is missing: install it with `pip install 'backorder[postgres]'`",
    ),
    Mending(
        "builtins.ImportError",
        "libpq|psycopg",
        "the package for PostgreSQL cannot be loaded: install it with "
        "`pip install 'backorder[postgres]'` ({detail})",
    ),
    Mending(
        "builtins.ModuleNotFoundError",
        "No module named",
        "a package is missing: install this program again with `pip install backorder` ({detail})",
    ),
    Mending(
        _RPC,
        "namespace.*(not found|does not exist)|NOT_FOUND.*namespace",
        "Temporal knows no namespace {namespace}: create it with "
        "`temporal operator namespace create {namespace}`, or correct TEMPORAL_NAMESPACE",
    ),
    Mending(
        _RPC,
        "search attribute",
        "this Temporal does not know the search attributes of backorders: is it the right server? Correct "
        "TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or run `backorder temporal register` ({detail})",
    ),
    Mending(
        _RPC,
        "UNAUTHENTICATED|PERMISSION_DENIED",
        "Temporal refuses this program: check TEMPORAL_API_KEY or the certificate, and TEMPORAL_NAMESPACE "
        "({detail})",
    ),
    Mending(
        _RPC,
        "UNIMPLEMENTED|h2 protocol|http2|invalid content-type|stream error",
        "what answers at the address of Temporal is no Temporal server: correct TEMPORAL_ADDRESS ({detail})",
    ),
    Mending(
        _RPC,
        "UNAVAILABLE|DEADLINE_EXCEEDED|CANCELLED|RESOURCE_EXHAUSTED|UNKNOWN: transport error",
        "Temporal does not answer right now: start it, or correct TEMPORAL_ADDRESS ({detail})",
        True,
    ),
    Mending(
        "temporal_sdk_bridge.ConfigError",
        "profile .* not found",
        "Temporal's configuration has no such profile: correct TEMPORAL_PROFILE, or the file that "
        "TEMPORAL_CONFIG_FILE names ({detail})",
    ),
    Mending(
        "temporal_sdk_bridge.ConfigError",
        "",
        "Temporal's configuration cannot be read: correct the TEMPORAL_ settings, or the file that "
        "TEMPORAL_CONFIG_FILE names ({detail})",
    ),
    Mending(
        "builtins.ValueError",
        "invalid target URL",
        "TEMPORAL_ADDRESS is no address: write it like temporal.example.com:7233 ({detail})",
    ),
    Mending(
        "builtins.RuntimeError",
        "Failed client connect.*(PrivateKey|Certificate|certificate|Cert|TLS)",
        "the certificate for Temporal cannot be used: check the TEMPORAL_TLS_ settings ({detail})",
    ),
    Mending(
        "builtins.RuntimeError",
        "Failed client connect",
        "Temporal does not answer: start it with `backorder up`, or correct TEMPORAL_ADDRESS ({detail})",
        True,
    ),
)
"""The first entry that fits counts."""
_FILES = {
    errno.ENOENT: "is not there",
    errno.EACCES: "may not be read or written by this user",
    errno.EPERM: "may not be changed by this user",
    errno.EROFS: "is on a disk that can only be read",
    errno.ENOSPC: "cannot be written: the disk is full, make room on it",
    errno.EDQUOT: "cannot be written: this user's share of the disk is used up",
    errno.EISDIR: "is a folder, not a file",
    errno.ENOTDIR: "is not within a folder",
    errno.EEXIST: "is there already",
    errno.ENAMETOOLONG: "is too long a name",
    errno.EMFILE: "cannot be opened: this program has too many files open, raise `ulimit -n`",
    errno.EIO: "cannot be read or written: the disk fails",
}
"""What the system says of a file."""


def in_words(error: BaseException) -> Mending | None:
    """What a person can do about an error, or about what it came from; None for a defect of the program."""
    for each in _chain(error):
        if isinstance(each, OSError) and not isinstance(each, ConnectionError) and each.errno in _FILES:
            name = each.filename or "what was to be written"
            return Mending("builtins.OSError", "", f"{_text(name)} {_FILES[each.errno]}")
        names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(each).__mro__}
        words = _said(each)
        for row in TABLE:
            if row.error in names and search(row.where, words, IGNORECASE | DOTALL):
                return Mending(row.error, row.where, _filled(row.words, words), row.away)
    return None


def wanted() -> bool:
    """Whether the traceback was asked for."""
    from backorder.settings import DEBUG

    return os.environ.get(DEBUG, "") not in ("", "0")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what it holds, and what it came from."""
    seen: list[BaseException] = []
    ahead = [error]
    while ahead and len(seen) < 20:
        each = ahead.pop(0)
        if each in seen:
            continue
        seen.append(each)
        yield each
        ahead += getattr(each, "exceptions", ())
        ahead += [found for found in (each.__cause__,) if found is not None]


def _said(error: BaseException) -> str:
    """An error's text; what the driver said, not the statement; with Temporal's status."""
    status = getattr(error, "status", None)
    text = str(getattr(error, "orig", None) or error)
    return f"{status.name}: {text}" if status is not None and hasattr(status, "name") else text


def _filled(words: str, known: str) -> str:
    detail = next((line.strip() for line in known.splitlines() if line.strip()), "")
    detail = _text(detail)[:LONGEST]
    place = _database() if "{database}" in words else ""
    namespace = os.environ.get("TEMPORAL_NAMESPACE") or "default"
    for name, value in (("{database}", place), ("{namespace}", namespace), ("{detail}", detail)):
        words = words.replace(name, value)
    return words


def _database() -> str:
    """The address of the database, without its password."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from backorder.errors import SetupError
    from backorder.settings import read_settings

    try:
        return make_url(read_settings().database).render_as_string(hide_password=True)
    except (SetupError, ArgumentError, ValueError):
        return "where the settings say"


def _text(value: object) -> str:
    return os.fsdecode(value) if isinstance(value, bytes) else str(value)
