"""`backorder web`: the HTTP API."""

from __future__ import annotations

import os
import socket

import click

from backorder.errors import SetupError
from starter.cli.params import Whole


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address that it listens at.")
@click.option("--port", type=Whole(0, 65535), default=8000, show_default=True, help="0: any free one.")
@click.option("--workers", type=Whole(1, 64), default=1, show_default=True, help="Processes that serve.")
def web(host: str, port: int, workers: int) -> None:
    """Serve the HTTP API until it is told to stop; what is under way is finished.

    Keys for programs are made with `backorder key create`. The documentation is at /openapi.json.
    """
    from tempfile import TemporaryDirectory

    import uvicorn

    from backorder import logs
    from backorder.settings import read_settings
    from starter.cli.session import must_exist
    from starter.web_server import EMBEDDED, check, options

    settings = read_settings()
    must_exist(settings)
    check(settings, embedded=EMBEDDED in os.environ)
    _must_be_free(host, port)
    logs.set_up(settings.log_level, settings.log_format)
    with TemporaryDirectory(prefix="backorder-web-") as shared:
        if workers > 1:
            # Read by prometheus_client in each process: a counter is of all of them, whoever is asked.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        uvicorn.run(**options(host, port, workers, proxies=settings.proxies))


def _must_be_free(host: str, port: int) -> None:
    """Raises SetupError in words for an address that nothing can listen at."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(place)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SetupError(
            f"nothing can listen at {host}, port {port}: {why}; choose another one with --port (0 is any "
            "free one) or --host"
        ) from None
