"""Options of a command line that take several numbers: `--seconds 10 60` as it is said."""

from __future__ import annotations

import click


class Several(click.Command):
    """Lets an option declared with `multiple=True` be followed by several numbers."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each further number, then parse as ever."""
        repeated = {name for one in self.params if isinstance(one, click.Option) and one.multiple for name in one.opts}
        spread: list[str] = []
        for one in args:
            goes_on = len(spread) > 1 and spread[-2] in repeated and _is_number(one)
            spread.extend((spread[-2], one) if goes_on else (one,))
        return super().parse_args(ctx, spread)


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdecimal()
