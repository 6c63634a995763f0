"""Pictures of what a terminal shows, as SVG: real output, and nothing that has to be fetched to see it."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console, RenderableType
from rich.terminal_theme import TerminalTheme

LIVE, ENDINGS = "demo.svg", "demo-endings.svg"
WIDTH, HEIGHT = 108, 33
_FONTS = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
_INK = TerminalTheme(
    (17, 21, 28),
    (214, 220, 229),
    [
        (17, 21, 28),
        (240, 113, 120),
        (126, 198, 153),
        (242, 191, 112),
        (108, 160, 240),
        (198, 146, 233),
        (94, 196, 216),
        (214, 220, 229),
    ],
    [
        (116, 128, 146),
        (255, 140, 145),
        (150, 220, 176),
        (255, 213, 138),
        (140, 184, 255),
        (226, 160, 216),
        (128, 220, 236),
        (255, 255, 255),
    ],
)


def take(path: Path, shown: RenderableType) -> None:
    """Draw what is shown into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    easel = Console(
        record=True,
        width=WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    easel.print(shown)
    drawn = easel.export_svg(title="backorder demo", theme=_INK, unique_id=path.stem)
    drawn = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", drawn)
    path.write_text(re.sub(r"font-family: [^;]*;", f"font-family: {_FONTS};", drawn), encoding="utf-8")
