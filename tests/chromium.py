"""Which Chromium do browser tests drive? The machine's own, else the one that playwright has installed.

`python -m tests.chromium` exits 0 if there is one.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: no sandbox in containers that forbid it; nothing that calls home
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium(playwright: Playwright) -> str | None:
    """The program: `CHROMIUM`, one on the path, or playwright's own; None if there is none."""
    on_path = (shutil.which(name) for name in NAMES)
    candidates = [os.environ.get("CHROMIUM"), *on_path, playwright.chromium.executable_path]
    return next((one for one in candidates if one and Path(one).is_file()), None)


if __name__ == "__main__":
    with sync_playwright() as started:
        sys.exit(0 if find_chromium(started) else 1)
