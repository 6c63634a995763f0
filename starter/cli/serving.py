"""`backorder web`: the HTTP API."""

from __future__ import annotations

import os

import click

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
    logs.set_up(settings.log_level, settings.log_format)
    with TemporaryDirectory(prefix="backorder-web-") as shared:
        if workers > 1:
            # Read by prometheus_client in each process: a counter is of all of them, whoever is asked.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        uvicorn.run(**options(host, port, workers))
