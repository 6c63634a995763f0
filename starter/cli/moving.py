"""`backorder priority` and `backorder policy move`: a line goes elsewhere, and what that leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from starter.cli.buyers import print_table
from starter.cli.fields import line_argument
from starter.cli.output import as_json_option, say_json, well
from starter.cli.params import Whole
from starter.cli.who_asks import audited, by_option

if TYPE_CHECKING:
    from backorder.services.move_line import PolicyPreview
    from backorder.services.supply_effects import Effect

_preview = click.option("--preview", is_flag=True, help="Say what it would lead to, and write nothing.")
_reason = click.option("--reason", required=True, help="Why, in words.")
_by = by_option("Who decides.")


@click.command("priority")
@line_argument
@click.argument("priority", type=Whole(-1000, 1000))
@_reason
@_by
@_preview
@as_json_option
def prioritise(backorder: str, priority: int, reason: str, by: str, preview: bool, as_json: bool) -> None:
    """Move a line in its queue: a higher priority goes first, 0 is usual."""
    from backorder.schemas import Prioritising
    from starter.cli.session import opened

    with opened() as session:
        raw = {"value": priority, "by": by, "reason": reason}
        asked = session.parse(Prioritising, raw, besides=lambda left: session.unknown_line(backorder))
        if preview:
            found = session.services.moving.prioritise(
                backorder, priority, by=asked.by, reason=asked.reason, at=session.now(), preview=True
            )
            _say_effects(backorder, priority, found.effects, as_json)
            return
        with audited(("backorder", backorder), by="by"):
            session.ask(
                lambda client: client.prioritise(backorder, priority, by=asked.by, reason=asked.reason)
            )
    if as_json:
        say_json({"backorder": backorder, "priority": priority})
    else:
        well(f"{backorder} has priority {priority}")


def _say_effects(backorder: str, priority: int, effects: tuple[Effect, ...], as_json: bool) -> None:
    from starter.cli import wording

    if as_json:
        rows = [
            {
                "backorder": each.backorder,
                "position": each.position,
                "before": each.before,
                "after": each.after,
                "hears": each.hears,
                "units": each.units,
            }
            for each in effects
        ]
        say_json({"backorder": backorder, "priority": priority, "preview": True, "effects": rows})
    elif not effects:
        well(f"with priority {priority} nobody would stand elsewhere; nothing was written")
    else:
        columns = ("place", "line", "there by", "instead of", "would hear")
        rows_ = [
            (
                str(each.position),
                each.backorder,
                wording.day(each.after),
                wording.day(each.before),
                each.hears.replace("_", " ") or "nothing",
            )
            for each in effects
        ]
        print_table(f"With priority {priority} (nothing was written)", columns, rows_)


@click.command("move")
@line_argument
@click.argument("value", metavar="POLICY")
@_reason
@_by
@click.option("--request", "request_id", help="The ID of this request: the same one again changes nothing.")
@_preview
@as_json_option
def move(
    backorder: str, value: str, reason: str, by: str, request_id: str | None, preview: bool, as_json: bool
) -> None:
    """Move a line to another policy: what was done stays done, and what is newly due is skipped."""
    from backorder.schemas import PolicyMove
    from starter.cli.lines import act_on
    from starter.cli.session import opened

    fields = {"value": value, "reason": reason, "by": by, "request_id": request_id}
    if not preview:
        act_on(
            backorder,
            PolicyMove,
            fields,
            as_json,
            lambda client, new: client.policy(backorder, new),
            by="by",
        )
        return
    with opened() as session:
        raw = fields | {"request_id": "preview"}
        session.parse(PolicyMove, raw, besides=lambda left: session.unknown_line(backorder))
        found = session.services.moving.preview_policy(backorder, value, session.now())
        zone = session.services.calendar.zone
    _say_preview(backorder, found, zone, as_json)


def _say_preview(backorder: str, found: PolicyPreview, zone: str, as_json: bool) -> None:
    from starter.cli import wording

    if as_json:
        steps = {
            name: [{"at": each.at, "what": each.what, "why": each.why} for each in coming]
            for name, coming in (("before", found.before), ("after", found.after))
        }
        fields = {"backorder": backorder, "policy": found.policy, "version": found.version, "preview": True}
        say_json({**fields, "skipped": list(found.skipped), "forbidden": list(found.forbidden), **steps})
        return
    for title, coming in (("As things stand", found.before), (f"By {found.policy}", found.after)):
        rows = [(wording.moment(each.at, zone), each.what, each.why) for each in coming]
        print_table(title, ("when", "what", "why"), rows or [("", "nothing", "")])
    skipped = ", ".join(found.skipped)
    never = f"; silence never cancels by the line's law, so never: {', '.join(found.forbidden)}"
    left = f"; {how_many(len(found.skipped), 'stage')} would be skipped: {skipped}" if found.skipped else ""
    well(f"nothing was written{left}{never if found.forbidden else ''}")
