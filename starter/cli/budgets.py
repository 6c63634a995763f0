"""`backorder policy budgets`: what is left of the coupons of each stage."""

from __future__ import annotations

from dataclasses import asdict

import click

from starter.cli.output import as_json_option, say_json, well


@click.command()
@as_json_option
def budgets(as_json: bool) -> None:
    """Show how many coupons each stage with a budget has given out, by month.

    Codes that wait on a customer's page are counted once they are given out.
    """
    from backorder.queries.coupon_budgets import coupon_budgets
    from backorder.storage.engine import reading
    from starter.cli.buyers import print_table
    from starter.cli.session import opened

    with opened() as session, reading(session.services.engine) as connection:
        found = coupon_budgets(connection, session.services.policies, limit=None).rows
    rows = [asdict(each) for each in found]
    if as_json:
        say_json(rows)
    elif rows:
        heads = ("month", "policy", "stage", "given out", "budget")
        names = ("month", "policy", "stage", "given", "budget")
        print_table("Coupons", heads, [tuple(str(row[name] or "–") for name in names) for row in rows])
    else:
        well("no coupon with a budget was given out yet")
