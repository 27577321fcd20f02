"""`python -m optimizer.benchmarks`: measurements of the optimizer, alone and beside its peers."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import cast

import click

COMMANDS = {
    "days": "optimizer.benchmarks.days",
    "vrptw": "optimizer.benchmarks.race_commands",
    "technicians": "optimizer.benchmarks.race_commands",
    "ablation": "optimizer.benchmarks.ablation",
    "features": "optimizer.benchmarks.features",
    "scale": "optimizer.benchmarks.scale_commands",
    "quoting": "optimizer.benchmarks.quoting",
    "repairs": "optimizer.benchmarks.repairs",
    "calibration": "optimizer.benchmarks.calibration",
}


class _Imported(click.Group):
    """Imports a command only when it is asked for: what one needs, another may do without."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - all are to be had anywhere
        """Every command, in the order of COMMANDS."""
        return [name for name, module in COMMANDS.items() if find_spec(module) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, from its module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return cast("click.Command", getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name))


@click.group(cls=_Imported)
def main() -> None:
    """Measurements of the optimizer."""


if __name__ == "__main__":
    main()
