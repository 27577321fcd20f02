"""The dispatchers' console."""

from __future__ import annotations

from flask import Flask


def register_console(app: Flask) -> None:
    """Register every page of the console."""
