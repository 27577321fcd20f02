"""The built script and styles of each page, by the name of its entry.

`web/frontend/src/pages/status.ts` is the entry `status`; a template writes
`{{ page_assets("status") }}` into its head.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from markupsafe import Markup

MANIFEST = Path(__file__).parent / "static" / "manifest.json"


class PageNotBuilt(Exception):
    """The front end has no such entry, or was not built: `make` does that."""


def register_page_assets(app: Flask) -> None:
    """Let templates call `page_assets(entry)`."""
    app.jinja_env.globals["page_assets"] = page_assets


def page_assets(entry: str) -> Markup:
    """The `<link>` and `<script>` elements of one entry."""
    script_file = built_file(entry)
    files = dict.fromkeys(_styles(f"src/pages/{entry}.ts"))
    styles = [Markup('<link rel="stylesheet" href="{}">').format(_address(file)) for file in files]
    script = Markup('<script type="module" src="{}"></script>').format(_address(script_file))
    return Markup("\n").join([*styles, script])


def built_file(entry: str) -> str:
    """The built script of one entry, as a path inside the static folder."""
    built = _manifest().get(f"src/pages/{entry}.ts")
    if built is None:
        raise PageNotBuilt(entry)
    return str(built["file"])


def _styles(name: str) -> Iterator[str]:
    """The styles of a piece of the front end, after those of the pieces that it shares with others."""
    piece = _manifest()[name]
    for shared in piece.get("imports", []):
        yield from _styles(shared)
    yield from piece.get("css", [])


def _address(file: str) -> str:
    return url_for("static", filename=file)


@cache
def _manifest() -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PageNotBuilt(str(MANIFEST)) from None
    return manifest
