"""Pictures of real output for the documentation: `make pictures` has the tests that use Grader keep them."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

FOLDER = os.environ.get("GRADER_PICTURES", "")
"""Where pictures are kept; nowhere if empty."""
COLOURS = 64
COLUMNS = 100


def wanted() -> bool:
    """Whether pictures are to be kept."""
    return bool(FOLDER)


def terminal(name: str, title: str, printed: str) -> None:
    """What a command printed, with its colours, as SVG."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(printed.rstrip()))
    Path(FOLDER, f"{name}.svg").write_text(console.export_svg(title=title), encoding="utf-8")


def window(name: str, page: Any, **options: Any) -> None:
    """What a browser's window shows, as a small PNG."""
    from PIL import Image

    shot = Image.open(io.BytesIO(page.screenshot(**options)))
    shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(Path(FOLDER, f"{name}.png"), optimize=True)
