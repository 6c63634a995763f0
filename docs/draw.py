"""Draws the pages that come from tables anew: `python -m docs.draw`, or `make docs`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from backorder.domain.law.message_rules import MESSAGE_RULES
from backorder.domain.law.packs import PACKS, Pack
from backorder.domain.law.rule import Rule
from backorder.domain.line.diagram import lifecycle
from backorder.domain.line.published_events import (
    OF_THE_LINE,
    PREFIX,
    PUBLISHED_EVENTS,
    Field,
    PublishedEvent,
    example,
)
from backorder.domain.notifications import NOTIFICATIONS
from backorder.domain.policy.policy import STAGE_ACTIONS
from backorder.domain.policy.policy_file import LARGEST
from backorder.domain.policy.policy_keys import KEYS, Key
from backorder.domain.tasks import ESCALATED, FLAGS, TASKS, HumanTask
from backorder.metrics import METRICS, Metric
from backorder.services.backtest_policies import LONGEST_S, MOST_LIVES
from backorder.settings import MEANINGS, Settings, variable

HERE = Path(__file__).parent
_PLACES = {
    "data": "`backorder-data`",
    "database_url": "SQLite in that folder",
    "policies": "those that come with it",
}
"""Defaults that a path on this machine would hide."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def events() -> str:
    """docs/events.md."""
    rows = [(f"[`{PREFIX}{name}`](#{PREFIX.replace('.', '')}{name})", row.when) for name, row in _events()]
    return f"""# Events for the order system

What the engine decides, the order system hears as an event: it is written in the transaction that decides, so
that no event is lost and none tells of something that did not happen. There are two ways to hear, and both
show the same events.

- **Receivers** are called with each event. `backorder receiver put ID URL` makes one, and shows its secret
  once. A call is a POST as [Standard Webhooks](https://www.standardwebhooks.com) has it, whose libraries
  verify it: `webhook-id` is the event's ID, `webhook-signature` is made with the secret. Answer 2xx within 15
  seconds, and do the work afterwards. Anything else is tried again, less and less often, for three days; then
  it is given up, and a person sends it again with `backorder receiver resend`. Redirects are not followed.
  The first attempts come in the order of a line's events; what is tried again may come after a later one. An
  event can come more than once, always with the same ID: keep the IDs, or make what you do harmless to
  repeat.
- **The feed** is read: `GET /v1/events?after=POSITION`. Positions are given once an event is committed, in
  order, so that who asks for what is behind the last one misses nothing.

A receiver or a key that *acknowledges* says with 2xx, or by reading on behind it, that the event has been
taken over. A coupon's message waits until its `coupon_issued` is acknowledged by all of them. Only a
key that reads the events can, one with the role `orders` or `admin`; where its reader has not read on for a
day and a message waits for that, a person is asked (`reader_stopped`). A receiver whose types are narrowed
gets nothing more of the others, also of what was on its way, and is waited for no longer. Once it gets such
a type again, `backorder receiver resend ID EVENT` sends what it missed. One that is put anew under the ID of
a receiver that was removed has nothing of what was for that one.

What a customer took instead (`substituted`) is held for 24 hours until it is acknowledged: by then a new
order has to stand there. Who cannot make one says so first, with `taken: false` to
`POST /v1/backorders/{{order}}/{{line}}/swap`, and answers 2xx afterwards. Refused, or not acknowledged in
time, it is off: `substitution_withdrawn` follows, also where units of the line turn out to have left or
ended before.

`timestamp` is the instant of business time at which it was decided. Days are ISO dates, instants UTC, amounts
decimal texts in major units. More types and more fields may come: leave out what you do not know.

{table(("type", "when"), rows)}

## The line

What the data of every event begins with.

{_fields(OF_THE_LINE)}
{"".join(_event(name, row) for name, row in _events())}"""


def _events() -> list[tuple[str, PublishedEvent]]:
    return sorted(PUBLISHED_EVENTS.items())


def _event(name: str, row: PublishedEvent) -> str:
    sent = json.dumps(example(name), indent=2, ensure_ascii=False)
    return f"""
## `{PREFIX}{name}`

{row.when[0].upper()}{row.when[1:]}.

{_fields(row.data)}

```json
{sent}
```
"""


def _fields(fields: Mapping[str, Field]) -> str:
    rows = [
        (f"`{name}`", each.form + (", or null" if each.optional else ""), each.meaning)
        for name, each in fields.items()
    ]
    return table(("field", "form", "meaning"), rows)


def settings() -> str:
    """docs/settings.md."""
    rows = [(f"`{variable(name)}`", _default(name), meaning) for name, meaning in MEANINGS.items()]
    return f"""# Settings

Settings are environment variables. All of them may stand in a TOML file that `BACKORDER_CONFIG` names too, as
they are here or in lower case without `BACKORDER_`; those of planning may stand under `[planning]`, as
`service`, `review_days` and so on. A variable wins over the file. They are read once, and every fault is
named at once. `backorder settings` shows each with its value and where that comes from;
secrets are masked. Durations are a whole number and one of s, m, h, d, w. `BACKORDER_DEBUG=1` shows the
traceback of what ends a command.

{table(("variable", "default", "meaning"), rows)}

Temporal is reached as `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE` and the rest of Temporal's own environment
configuration say.
"""


def _default(name: str) -> str:
    found = Settings.model_fields[name].default
    value = "" if found is None else str(found)
    return _PLACES.get(name) or (f"`{value}`" if value else "–")


def policy() -> str:
    """docs/policy.md."""
    sections = [
        f"## {_heading(section)}\n\n{table(('key', 'form', 'default', 'meaning'), map(_key, keys.items()))}\n"
        for section, keys in KEYS.items()
    ]
    actions = [
        (f"`{name}`", row.meaning, ", ".join(f"`{each}`" for each in row.parameters) or "–")
        for name, row in STAGE_ACTIONS.items()
    ]
    joined = "\n".join(sections)
    return f"""# Policy files

The shop's rules for a line that waits: a TOML file. What it leaves out has its default. A fault is named with
its key and its line, and a file with any fault is refused whole. A line keeps the version of the policy that
it started with.

```sh
backorder policy check policies/standard.toml   # every fault, with its key and line
backorder policy plan policies/standard.toml    # what a customer would get, and when
backorder policy load policies                  # put the files of a folder on record
```

[Over HTTP](#over-http) a program does the same. Durations are a whole number and one of s, m, h, d, w. Where
days are counted, a part of a day is a day.

{joined}
A stage happens once in a line's life; where several fall due together, they happen in the order of the file.
An ending leaves units that the customer agreed to wait for, or that are reported to be sent, and it does not
come back for them: a second `cancel` stage with a later day does.

What a stage does, and what it has to say for it:

{table(("do", "what it does", "keys"), actions)}

## Which policy is better

```sh
backorder policy backtest policies/standard.toml policies/patient.toml --since 90d
```

plays the lines that were opened since then under each policy, by the engine's own rules, and sets side by
side what came of it: messages a line by kind, notices of delay that went before the promised day, promises
kept (by the first and by the last day told), days of delay told and had, coupons with their cost, calls for
a person, endings. Nothing is written.

What is on record is played as it was: orders and their law, the forecast as it stood at each moment, what
suppliers stated, units set aside, shipments, payments, answers. Nothing is known before its time. What a
customer decided counts where they would have heard the same dates and offers by then; where not, what they
would have done is unknown, and the line is counted as unknown from there. A line that ended on record and
would have waited on is unknown too, since nothing is known of its supply after its end. `heard the same as on
record` shows how much of the record a policy leads to again: the one in force leads to nearly all of it.

Approximated: every message arrives at once; the queue stays as it was; a day that moved while nobody stated
one counts as moved by time alone; alternatives are offered only where they were. What a coupon costs is an
assumption: how many of them are used (`--redeemed`), and on orders of what percentage of their line's price
(`--coupon-order`).

## Over HTTP

| call | as | role |
| --- | --- | --- |
| `GET /v1/policies` | every version, whether new lines get it, since when and by whom | `admin`, `agent` |
| `GET /v1/policies/{{name}}` | its text; `?version=` that of an earlier one | `admin`, `agent` |
| `PUT /v1/policies/{{name}}` | `policy load` of one file; `?preview=true` is `policy check` | `admin` |
| `POST /v1/policies/plan` | `policy plan` | `admin` |
| `POST /v1/policies/backtest` | `policy backtest` | `admin` |
| `GET /v1/coupon-budgets` | `policy budgets` | `admin`, `agent` |

```sh
jq -Rs '{{text: .}}' policies/standard.toml |
  curl -X PUT "$SHOP/v1/policies/standard?preview=true" -H "authorization: Bearer $KEY" --json @-
```

The text of a file is the field `text`, {LARGEST} letters at most, and its `name` is that of the path. A fault
is an entry `text.KEY` with the line and the words that the command has; a policy with any fault, or that
breaks a law that it names, is not loaded (422). The same text again is 200 and no new version; that of an
earlier one lets new lines get that one again. A load has its entry in the audit, and an `ETag` for
`If-Match`, as reading the policy has; a preview looks at `If-Match` too.
Policies say nothing of one another, so that a folder of them is loaded one by one, in any order;
what is not named stays. `backorder up` loads its folder (`BACKORDER_POLICIES`) at each start, so that a
policy of the same name that came over HTTP gives way to the file; `db upgrade` does so only where none is on
record.

A backtest over HTTP plays {MOST_LIVES} lives at most, lines times policies, for {LONGEST_S:g} s at most, one
call after the other in each process. Where there are more it is refused (422), with what to do; the command
plays any number. While it plays, other calls to that process take longer.
"""


def _heading(section: str) -> str:
    named = {"": "At the top", "stages": "`[[stages]]`, as many as there are"}
    return named.get(section, f"`[{section}]`")


def _key(entry: tuple[str, Key]) -> tuple[str, str, str, str]:
    name, key = entry
    default = (
        "has to be there" if key.default is None else "–" if key.default == "" else f"`{_toml(key.default)}`"
    )
    meaning = f"{key.meaning} ({key.idle})" if key.idle else key.meaning
    return f"`{name}`", key.form.words, default, meaning


def _toml(value: str | list[str] | int) -> str:
    if isinstance(value, int):
        return str(value).lower()
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else f'"{value}"'


def messages() -> str:
    """docs/messages.md."""
    columns = ("promises", "dated", "offer", "recalled", "commercial", "legal", "owed", "counts")
    rows = [
        (
            f"`{kind}`",
            row.label,
            row.audience,
            ", ".join(name for name in columns if getattr(row, name)) or "–",
        )
        for kind, row in NOTIFICATIONS.items()
    ]
    return f"""# Kinds of message

{table(("kind", "what it is", "written to", "what holds for it"), rows)}

- **promises**: it puts a new promise into words, which counts as told once the message has gone.
- **dated**: it states a date, and is said anew once that has passed unsent.
- **offer**: it offers the customer something.
- **recalled**: it is taken back, if it has not gone, once there is nothing left to say it about.
- **commercial**: it promotes something, which needs marketing consent, a postal address and a way to opt out.
- **legal**: the law wants it told, so it waits for no channel that is in trouble.
- **owed**: it says what happened; it is true whenever it is read, and no later message makes good for it.
- **counts**: a person gets only so many of those a week (`updates.per_week`).

The words are in [backorder/messaging/templates](../backorder/messaging/templates/README.md).
"""


def worklist() -> str:
    """docs/worklist.md."""
    return f"""# What the engine asks of people

`backorder task list` shows all of it; `backorder show` has a line's flags with the commands filled in. An
order and line, or a purchase order and line, stand for `ABOUT`; `…` and capitals are for the person to fill
in. What does not say *by hand* ends by itself alone, or by its command.

## Flags of a line

They stand under `needs` of a case; `backorder list --needs` has the lines that carry one. By hand:
`backorder task done ABOUT NAME --note … --by NAME`.

{_people_tasks(FLAGS)}

## Tasks

What no line owns: dates to approve, suppliers, channels. By hand: `backorder task done TASK --note … --by
NAME`, with the ID that the list shows.

{_people_tasks(TASKS)}
"""


_STANDS_FOR = {
    "about": "ABOUT",
    "customer": "CUSTOMER",
    "line": "ORDER/LINE",
    "ticket": "TICKET",
    "day": " --by-date …",
    "receiver": "RECEIVER",
    "event": "EVENT",
}


def _people_tasks(tasks: Mapping[str, HumanTask]) -> str:
    rows = []
    for name, task in tasks.items():
        filled = [each.format_map(_STANDS_FOR) for each in task.commands]
        ends = "<br>".join([*(f"`{each}`" for each in filled), *(["by hand"] if task.by_hand else [])])
        rows.append((f"`{name}STAGE`" if name == ESCALATED else f"`{name}`", task.what, ends))
    return table(("name", "why", "what ends it"), rows)


def metrics() -> str:
    """docs/metrics.md."""
    rows = [(f"`{name}`", each.kind, _labels(each), each.meaning) for name, each in METRICS.items()]
    return f"""# Metrics

In Prometheus' text form, at two places:

- **a worker** tells them where `BACKORDER_METRICS` says, such as `127.0.0.1:9464`, at `/metrics`. Whoever
  reaches that port reads them: let only Prometheus reach it. Each worker on a machine needs a port of its
  own; port 0 is any free one, which the log names.
- **`backorder web`** tells them at `/metrics` of its own address, to whoever asks from the same machine
  without a proxy, and to a key of the role `admin`
  (`backorder key create --role admin`; in Prometheus, `authorization` with `credentials_file`).

**Gauges** come from the database: every process tells the same ones, so take `max` over them, never `sum`.
They are read at most every five seconds. **Counters and histograms** are of one process, from its start on:
`sum(rate(…))` over all workers and servers. The processes of one `backorder web --workers N` count together,
whichever of them answers. Beside them stand those of
[Temporal's own library](https://docs.temporal.io/references/sdk-metrics) (`temporal_…`, times in seconds,
counters with `_total`; of several processes each has its own, told apart by `process`) and `process_…`, what
the process takes of the machine. No label names a person, an order or a line.

{table(("metric", "kind", "labels", "meaning"), rows)}

[Operations](operations.md#what-to-watch) says which of them to watch, and what to do.
"""


def _labels(metric: Metric) -> str:
    named = [
        f"`{name}`" + (f": {', '.join(values)}" if values else "") for name, values in metric.labels.items()
    ]
    return "<br>".join(named) or "–"


def duties() -> str:
    """docs/duties.md."""
    parts = [
        f"""## `{pack.name}`

{pack.title}. {_where(pack)}

{table(("rule", "what", "source", "the engine", "the shop"), map(_duty, pack.rules))}
"""
        for pack in PACKS.values()
        if pack.rules
    ]
    return f"""# Duties

An engineering summary of laws as far as they concern an order line that waits. **It is no legal advice**:
have somebody who knows your law read it before you rely on it.

A policy names its pack under `[duties]`; `auto` is that of the customer's region and kind. An order may
name another one, and says why in `pack_reason`, which is refused without it; `none` is for what no pack
covers, like cash on delivery, seeds and growing plants, or later issues of a subscription. The pack is
pinned when the line starts. The case of a line shows its open duties with their last days, and what comes
next shows what is done about them; `backorder list --duties` lists the lines that have some, the first to
fall due first. A duty wins over the policy, over a hold and over quiet hours. `backorder policy plan FILE
--region US` shows what a customer gets under a law, and when.

What a call has to say so that it counts as a legal notice stands in the case: `read_out` of the HTTP answer,
and in `backorder show`, in the customer's language and in English. Record the call with `backorder notice
--offered` (`POST .../notices` with `offered = true`); without the offer to cancel it counts for nothing.

A source is where the rule stood when it was read in 2026: in its text, in a quotation of it or in a
description. Laws change: look a provision up in its official text before you cite it. The engine follows each
rule as it is written here.

{chr(10).join(parts)}
## Messages and personal data

Whatever the pack.

{table(("rule", "what", "source", "the engine", "the shop"), map(_duty, MESSAGE_RULES))}
"""


def _duty(rule: Rule) -> tuple[str, ...]:
    return f"`{rule.id}`", rule.what, rule.source, rule.engine, rule.shop or "nothing"


def _where(pack: Pack) -> str:
    if not pack.regions:
        return "For every region that no other pack names."
    who = "consumers and businesses" if pack.business else "consumers"
    return f"For {who} in {', '.join(sorted(pack.regions))}."


PAGES: Mapping[str, Callable[[], str]] = {
    "duties.md": duties,
    "events.md": events,
    "lifecycle.md": lifecycle,
    "messages.md": messages,
    "metrics.md": metrics,
    "policy.md": policy,
    "settings.md": settings,
    "worklist.md": worklist,
}
"""Each page that is drawn, with what draws it."""


if __name__ == "__main__":
    for name, draw in PAGES.items():
        (HERE / name).write_text(draw(), encoding="utf-8")
