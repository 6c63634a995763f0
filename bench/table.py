"""What was measured, beside what the budgets allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """One kind of lifecycle. All but per_second are those of one lifecycle.

    actions, events, history_bytes: of the line's own workflow. worker_kb: memory of one that sleeps in a
    worker's cache. first_message_s: from the call that starts it. cpu_ms: CPU time by process. rounds: the
    rate of each round.
    """

    per_second: float
    actions: float
    events: float
    history_bytes: float
    worker_kb: float
    first_message_s: float
    cpu_ms: dict[str, float] = field(default_factory=dict)
    load: float = 0.0
    rounds: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A whole run. messages: timer-driven ones of a lifecycle. pause_s: seconds between two of them.

    sending_actions: Actions of the workflows that send the messages, for each message, over the whole run.
    sending_total: the same for a lifecycle. loaded_actions: Actions of the line on a full machine, where
    messages that go on the next day make it wake once more. replan_actions: Actions spent on pegging the
    queue anew when a line left it, for each line. lines: of the engine. further: those that fell due once
    more before their shipment was reported.
    """

    messages: int
    pause_s: float
    engine: Figures
    plain: Figures
    bare: Figures
    sending_actions: float
    sending_total: float
    loaded_actions: float
    replan_actions: float
    lines: int
    further: int

    @property
    def actions_all(self) -> float:
        """Actions of a line and its messages on a full machine."""
        return self.loaded_actions + self.sending_total

    @property
    def ratio_plain(self) -> float:
        """Lifecycles of the engine for each one of the plain workflow."""
        return self.engine.per_second / self.plain.per_second

    @property
    def ratio_bare(self) -> float:
        """Lifecycles of the engine for each one of the bare workflow."""
        return self.engine.per_second / self.bare.per_second

    def as_json(self) -> dict[str, object]:
        """The object that `--json` prints."""
        engine = _figures(self.engine) | {
            "conversation_actions": round(self.sending_actions, 2),
            "actions_all": round(self.actions_all, 1),
        }
        return {
            "messages": self.messages,
            "ratio_plain": round(self.ratio_plain, 3),
            "ratio_bare": round(self.ratio_bare, 3),
            "engine": engine,
            "plain": _figures(self.plain),
            "bare": _figures(self.bare),
        }


def _figures(found: Figures) -> dict[str, float]:
    return {
        "per_second": round(found.per_second, 2),
        "actions": found.actions,
        "events": found.events,
        "history_bytes": found.history_bytes,
        "worker_kb": round(found.worker_kb, 1),
        "first_message_s": round(found.first_message_s, 3),
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """One budget. least: whether the figure must not be below it; else it must not be above."""

    what: str
    found: float
    allowed: float
    least: bool = False
    form: str = "{:,.0f}"

    @property
    def met(self) -> bool:
        """Whether it is kept."""
        return self.found >= self.allowed if self.least else self.found <= self.allowed


def budgets(report: Report) -> Iterator[Budget]:
    """The budgets of a line's life."""
    n, engine = report.messages, report.engine
    ratio = "{:.2f}"
    yield Budget(
        what="lifecycles a second, beside plain",
        found=report.ratio_plain,
        allowed=1.3,
        least=True,
        form=ratio,
    )
    yield Budget(
        what="lifecycles a second, beside bare",
        found=report.ratio_bare,
        allowed=0.7,
        least=True,
        form=ratio,
    )
    yield Budget(what=f"Actions of the line (2N + 6, N = {n})", found=engine.actions, allowed=2 * n + 6)
    yield Budget(what=f"events of the line (11N + 30, N = {n})", found=engine.events, allowed=11 * n + 30)
    if n == 5:
        yield Budget(what="history of the line, bytes", found=engine.history_bytes, allowed=12 * 1024)
    yield Budget(
        what=f"Actions of a line and its messages (2N + 8, N = {n})",
        found=report.actions_all,
        allowed=2 * n + 8,
    )
    memory = engine.worker_kb / report.bare.worker_kb
    yield Budget(what="worker's memory, beside bare", found=memory, allowed=1.25, form=ratio)


def show(report: Report, console: Console) -> None:
    """Print both tables."""
    console.print(_kinds(report))
    console.print(
        f"sending: {report.sending_total:.1f} Actions a lifecycle, "
        f"{report.sending_actions:.2f} a message; pegging anew when a line leaves its queue: "
        f"{report.replan_actions:.2f} Actions a line",
    )
    console.print(
        f"{report.lines} lines of the engine got each message once and ended fulfilled; "
        f"{report.further} of them fell due once more before their shipment was reported",
    )
    if report.loaded_actions > report.engine.actions:
        console.print(
            f"on the full machine a line took {report.loaded_actions:g} Actions: messages went out a day "
            "late on the fast clock and moved the next ones; a longer --pause avoids that",
        )
    console.print(kept(budgets(report)))


def _kinds(report: Report) -> Table:
    table = Table(title=f"One lifecycle: {report.messages} timer-driven messages, {report.pause_s:g} s apart")
    table.add_column("")
    for name in ("engine", "plain", "bare"):
        table.add_column(name, justify="right")
    kinds = (report.engine, report.plain, report.bare)

    def row(what: str, *cells: str) -> None:
        table.add_row(what, *cells)

    row("lifecycles a second (median)", *(f"{kind.per_second:.1f}" for kind in kinds))
    row("  in each round", *(" ".join(f"{rate:.1f}" for rate in kind.rounds) for kind in kinds))
    row("  share of all cores in use", *(f"{kind.load:.0%}" for kind in kinds))
    for process in report.engine.cpu_ms:
        row(f"  CPU of the {process}, ms", *(f"{kind.cpu_ms[process]:.1f}" for kind in kinds))
    row("Actions", *(f"{kind.actions:g}" for kind in kinds))
    row("events", *(f"{kind.events:g}" for kind in kinds))
    row("history, bytes", *(f"{kind.history_bytes:,.0f}" for kind in kinds))
    row("worker's memory while asleep, KB", *(f"{kind.worker_kb:.1f}" for kind in kinds))
    row("until the first message, s", *(f"{kind.first_message_s:.3f}" for kind in kinds))
    return table


def kept(budgets: Iterable[Budget]) -> Table:
    """Budgets beside what was measured."""
    table = Table(title="Budgets")
    table.add_column("")
    for name in ("measured", "allowed", ""):
        table.add_column(name, justify="right")
    for each in budgets:
        bound = "at least " if each.least else "at most "
        verdict = "[green]met[/]" if each.met else "[bold red]missed[/]"
        table.add_row(
            each.what, each.form.format(each.found), bound + each.form.format(each.allowed), verdict
        )
    return table
