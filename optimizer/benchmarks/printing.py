"""Tables on a terminal, and as Markdown where the output goes into a file."""

from __future__ import annotations

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

WIDE = 240


def printer() -> Console:
    """A console as wide as the terminal, or wide enough for any table where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def show(console: Console, table: Table) -> None:
    """Print a table; as Markdown, ready for a page of documentation, where nobody looks on."""
    if not console.is_terminal:
        table.box = MARKDOWN
        table.title_justify = "left"
        for row in table.rows:
            row.end_section = False
    console.print(table)
