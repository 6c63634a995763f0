"""What one moved date cost, beside what the budgets allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bench.coordinator import Coordinator
from bench.table import Budget, kept

REVIEWED_S, NOTICES_S = 40 / 10_000, 80 / 10_000
"""What a line may take on two cores until it is reviewed, and until its notice is stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fanout:
    """One run. bare: rates of plain client signals to bare workflows, before and after.

    opened_s: until all lines were opened and confirmed. From the date's write, reviewed_s: until all lines
    were reviewed in the database, all_notices_s: until the last line had its notice, told_s: until all
    workflows knew. cpu: CPU seconds until the last notice, by process. written_s: the date's own transaction
    and the waking.
    """

    lines: int
    peg_s: float
    bare: tuple[float, ...]
    coordinator: Coordinator
    opened_s: float
    written_s: float
    reviewed_s: float
    told_s: float
    all_notices_s: float
    approved: bool
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def signals_per_second(self) -> float:
        """Lines signalled by the replanning a second."""
        return self.coordinator.told / self.coordinator.announce_s

    @property
    def bare_signals_per_second(self) -> float:
        """The client loop's rate over all its rounds."""
        return len(self.bare) / sum(1 / rate for rate in self.bare)

    @property
    def ratio(self) -> float:
        """Signals of the replanning for each one of the client loop."""
        return self.signals_per_second / self.bare_signals_per_second

    def as_json(self) -> dict[str, object]:
        """The object that `--json` prints."""
        return {
            "lines": self.lines,
            "peg_s": round(self.peg_s, 4),
            "replan_s": round(self.coordinator.replan_s, 3),
            "signals_per_second": round(self.signals_per_second, 1),
            "bare_signals_per_second": round(self.bare_signals_per_second, 1),
            "ratio": round(self.ratio, 3),
            "coordinator_events": self.coordinator.events,
            "reviewed_s": round(self.reviewed_s, 2),
            "all_notices_s": round(self.all_notices_s, 2),
        }


def budgets(found: Fanout) -> Iterator[Budget]:
    """The budgets of one change of supply."""
    yield Budget(what="pegging the queue, s", found=found.peg_s, allowed=1.0, form="{:.3f}")
    yield Budget(
        what="lines reviewed, s", found=found.reviewed_s, allowed=REVIEWED_S * found.lines, form="{:.1f}"
    )
    yield Budget(what="notices, s", found=found.all_notices_s, allowed=NOTICES_S * found.lines, form="{:.1f}")
    yield Budget(what="events of the coordinator", found=found.coordinator.events, allowed=300)


def show(found: Fanout, console: Console) -> None:
    """Print both tables."""
    console.print(_figures(found))
    console.print(f"each of {found.lines:,} customers got one confirmation and one notice, each sent once")
    console.print(kept(budgets(found)))


def _figures(found: Fanout) -> Table:
    table = Table(title=f"One supplier's date moves under {found.lines:,} waiting lines")
    table.add_column("")
    table.add_column("measured", justify="right")
    row, ran = table.add_row, found.coordinator
    row("opening and confirming all lines, s", f"{found.opened_s:.1f} ({found.lines / found.opened_s:.0f}/s)")
    row(
        "the date's own transaction, s" + (" (the buyer's approval)" if found.approved else ""),
        f"{found.written_s:.3f}",
    )
    row("pegging, the pure function, s", f"{found.peg_s:.3f}")
    row("replanning, the whole transaction, s", f"{ran.replan_s:.3f}")
    row(f"reviews of {found.lines:,} lines in {ran.reviews} activities, s", f"{ran.review_s:.2f}")
    row(f"signals to {ran.told:,} lines in {ran.tellings} activities, s", f"{ran.announce_s:.2f}")
    row("  of that, within an activity", f"{ran.within_s:.2f}")
    row("signals a second", f"{found.signals_per_second:.0f}")
    rounds = " ".join(f"{rate:.0f}" for rate in found.bare)
    row("plain client signals a second (before, after)", f"{found.bare_signals_per_second:.0f} ({rounds})")
    row("coordinator: events, Actions", f"{ran.events}, {ran.actions}")
    row("from the write until all were reviewed, s", f"{found.reviewed_s:.1f}")
    row("from the write until all were signalled, s", f"{found.told_s:.1f}")
    row("from the write until all had their notice, s", f"{found.all_notices_s:.1f}")
    row("notices a second", f"{found.lines / found.all_notices_s:.0f}")
    for process, seconds in found.cpu.items():
        row(f"  CPU of the {process}, ms a line", f"{1000 * seconds / found.lines:.1f}")
    return table
