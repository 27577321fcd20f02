"""The technicians' phone pages."""

from __future__ import annotations

from flask import Flask


def register_technician_pages(app: Flask) -> None:
    """Register every page for technicians' phones."""
