"""The `backorder` command. Each command is imported when it is called, so that help comes at once."""

from __future__ import annotations

import click

from starter.cli.lazy import Commands, LazyGroup

COMMANDS: Commands = {
    "Try it": {
        "up": ("starter.up:up", "Run everything on this machine: Temporal, database, worker."),
        "demo": ("starter.demo:demo", "Watch a season of backorders in a minute."),
    },
    "Lines": {
        "start": ("starter.cli.lines:start", "Start a backorder for an order line."),
        "import": ("starter.cli.imports:import_lines", "Start backorders from a spreadsheet or JSON Lines."),
        "list": ("starter.cli.listing:list_lines", "List backorders: where they stand, what happens next."),
        "find": (
            "starter.cli.listing:find",
            "Find lines by a name, an address, a number, an order, a parcel.",
        ),
        "show": ("starter.cli.show:show", "Show a whole case, with its messages and its timeline."),
        "message": (
            "starter.cli.messages:message",
            "Messages: one as it reads, those that have not gone, send again, take back.",
        ),
        "cancel": ("starter.cli.lines:cancel", "Cancel a line, or a part of it."),
        "ship": ("starter.cli.lines:ship", "Report that the carrier holds units."),
        "answer": ("starter.cli.lines:answer", "Hand in what the customer answered."),
        "take-back": (
            "starter.cli.page_requests:take_back",
            "Take back what the customer cancelled by link a moment ago.",
        ),
        "swap": (
            "starter.cli.lines:swap",
            "Say that what the customer took instead is taken over, or cannot be sent.",
        ),
        "claim-coupon": (
            "starter.cli.page_requests:claim_coupon",
            "Give out the code of a coupon that waits on the customer's page.",
        ),
        "send-now": ("starter.cli.page_requests:send_now", "Have what is there sent before the rest."),
        "notice": ("starter.cli.lines:notice", "Record a call or a letter to a customer."),
        "promise": ("starter.cli.lines:promise", "Promise a day that the forecast does not say."),
        "hold": ("starter.cli.lines:hold", "Send no messages for a while."),
        "complaint": (
            "starter.cli.complaints:complaint",
            "What customers complain about, and what comes of it.",
        ),
        "refund": ("starter.cli.lines:refund", "Report money that was sent back."),
        "refuse-delivery": (
            "starter.cli.lines:refuse_delivery",
            "Say that the shop does not deliver, where the customer may end the contract then.",
        ),
        "force-majeure": (
            "starter.cli.lines:force_majeure",
            "Refuse a refund for force majeure, where the law knows it.",
        ),
        "payment": ("starter.cli.lines:payment", "Report how the payment stands now."),
        "customer": (
            "starter.cli.customers:customer",
            "Show a customer, or correct how they are reached.",
        ),
        "evidence": (
            "starter.cli.evidence:evidence",
            "What proves what was done for a line, as a signed file; check such a file.",
        ),
        "suppression": (
            "starter.cli.suppressions:suppression",
            "Addresses to which nothing, or no promotion, goes any more.",
        ),
        "note": ("starter.cli.notes:note", "Leave a note on a line for whoever looks at it next."),
        "task": ("starter.cli.tasks:task", "What waits for a person: list it, tick it off."),
        "priority": ("starter.cli.moving:prioritise", "Move a line in its queue."),
    },
    "Supply and rules": {
        "supply": (
            "starter.cli.supply:supply",
            "Suppliers, products, purchase orders, dates, receipts, stock.",
        ),
        "availability": (
            "starter.cli.availability:availability",
            "What a customer would be told who orders now: in stock, or when it ships.",
        ),
        "what-if": (
            "starter.cli.what_if:what_if",
            "Who would hear what of a date, a receipt, a late supplier; writes nothing.",
        ),
        "report": (
            "starter.cli.reports:report",
            "What waiting lines are worth; what is most backordered, and why.",
        ),
        "policy": ("starter.cli.policies:policy", "Check a policy, see what a customer gets, load it."),
    },
    "Planning": {
        "demand": ("starter.cli.demand:demand", "Keep what was sold elsewhere, to plan from it."),
        "plan": ("starter.cli.plans:plan", "How much will be sold, and how well such forecasts have held."),
    },
    "Running it": {
        "receiver": (
            "starter.cli.receivers:receiver",
            "Receivers of events: list them, put one, new secret, send again.",
        ),
        "channel": ("starter.cli.channels:channel", "The ways out: list them, pause one, let it go on."),
        "status": ("starter.cli.status:status", "Lines, messages, channels, workers: how it all stands."),
        "doctor": ("starter.cli.doctor:doctor", "Check the set-up, and say what to do about what is wrong."),
        "settings": ("starter.cli.configuration:show_settings", "Show every setting, its value and meaning."),
        "web": ("starter.cli.serving:web", "Serve the HTTP API."),
        "key": ("starter.cli.keys:key", "Keys with which programs call the API: make, list, revoke."),
        "deployment": (
            "starter.cli.deployments:deployment",
            "Versions of the workers: list them, make one current, move what is left on one.",
        ),
        "worker": ("starter.cli.running:worker", "Run a worker, as `python worker.py` does."),
        "db": (
            "starter.cli.running:db",
            "Bring the database to this version's schema, or copy it into another.",
        ),
        "temporal": ("starter.cli.running:temporal", "Register what Temporal has to know."),
    },
}


@click.group(cls=LazyGroup, commands_by_section=COMMANDS, context_settings={"max_content_width": 100})
@click.version_option(package_name="backorder", message="backorder %(version)s")
def cli() -> None:
    """Backorder looks after order lines that wait for goods: an honest date for every customer, news before
    it slips, and an ending for each line.

    Every command prints tables for people, and with --json one JSON value for programs, or one a line for
    each entry of a file. Settings are
    BACKORDER_* variables or the TOML file that BACKORDER_CONFIG names; Temporal is reached as
    TEMPORAL_ADDRESS and its relatives say.

    \b
    Exit codes:
      0  done
      1  the engine said no: rejected, or the ID was used before with other content
      2  bad input or set-up: every fault is named, nothing of what is faulty was written
      3  on record, but nobody has ruled on it yet; of a worker: something does not answer right now
      4  on record, without effect, as when the line has ended
    130  broken off by Ctrl-C; 141: whoever read the output went away

    A traceback is a defect of the program; BACKORDER_DEBUG=1 shows one for everything else too.
    """
