"""`backorder message preview`: how a kind of message reads, without a server or a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from backorder.domain.notifications import KINDS
from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.params import OneOf

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backorder.domain.notifications import Kind
    from backorder.messaging.message_content import Rendered


@click.command()
@click.argument("kind", metavar="KIND", type=OneOf(KINDS))
@click.option("--locale", default="en", show_default=True, help="Like en_GB: its words and forms.")
@click.option("--channel", type=OneOf(["email", "sms"]), help="One channel alone. Default: every one.")
@click.option("--out", metavar="FILE", help="Write the HTML of the email to a file, for a browser.")
@click.option("--open", "opens", is_flag=True, help="Show the email in the browser.")
@click.option("--india", is_flag=True, help="The text as it goes to a number in India (+91).")
@as_json_option
def preview(
    kind: str, locale: str, channel: str | None, out: str | None, opens: bool, india: bool, as_json: bool
) -> None:
    """Show how a kind of message reads, from an example: subject and text of the email, and the text message
    with the number of SMS that it costs. Suppliers are written to by email alone.

    It needs neither a server nor a database; the shop's name, page and colour are those of the settings.
    Where BACKORDER_PUBLIC_URL is set, it has the button and the link that customers get.

    \b
    backorder message preview delayed --out delayed.html
    """
    from contextlib import nullcontext

    from backorder.domain.notifications import SUPPLIER_KINDS, Kind
    from starter.cli.verdicts import writable

    found = Kind(kind)
    channels = ["email"] if found in SUPPLIER_KINDS else ["email", "sms"]
    if channel is not None:
        _must_have(channel, channels, kind)
        channels = [channel]
    rendered = _rendered(found, locale, india=india)
    if opens:
        out = out or _passing(kind, locale)
    with writable(out, "--out") if out else nullcontext() as file:
        if file is not None:
            file.write(rendered.html)
    if opens:
        _show(out)
    if as_json:
        say_json(_as_json(found, rendered, channels, out))
        return
    for each in channels:
        console().print(_panel(each, rendered))
    if out:
        well(f"the HTML of the email is in {out}")


def _must_have(channel: str, channels: list[str], kind: str) -> None:
    from backorder.errors import RefusedError

    if channel not in channels:
        raise RefusedError([f"channel: {kind} goes to suppliers, who are written to by email alone"])


def _passing(kind: str, locale: str) -> str:
    """A file that a browser can be pointed at; it is left for the system to tidy up."""
    from tempfile import mkdtemp

    return f"{mkdtemp(prefix='backorder-')}/{kind}-{locale}.html"


def _show(file: str | None) -> None:
    import webbrowser
    from pathlib import Path

    from backorder.errors import RefusedError

    if file is not None and not webbrowser.open(Path(file).resolve().as_uri()):
        raise RefusedError([f"--open: no browser could be started; the email is in {file}"])


def _rendered(kind: Kind, locale: str, *, india: bool) -> Rendered:
    from backorder.schemas import Preview, parse
    from backorder.services.message_previews import rendered_example
    from backorder.settings import read_settings

    settings = read_settings()
    wanted = parse(Preview, {"locale": locale})
    return rendered_example(settings, kind, wanted.locale, india=india)


def _as_json(kind: Kind, rendered: Rendered, channels: list[str], out: str | None) -> dict[str, object]:
    from dataclasses import asdict

    from backorder.services.message_previews import view_of

    found = asdict(view_of(kind, rendered))
    return {name: found[name] if name in (*channels, "kind") else None for name in found} | {"file": out}


def _panel(channel: str, rendered: Rendered) -> RenderableType:
    from backorder.messaging.gsm import segments, size
    from starter.cli.panels import message_panel

    title, words, below = rendered.subject, rendered.text.strip(), "email"
    if channel == "sms":
        count = segments(rendered.sms)
        title, words = "text message", rendered.sms
        below = f"{count} SMS, {size(rendered.sms)} places"
    return message_panel(title, words, below)
