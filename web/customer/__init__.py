"""The customers' pages: an order's page by link or code, and the public promises."""

from __future__ import annotations

from flask import Flask


def register_customer_pages(app: Flask) -> None:
    """Register every page for customers and the public."""
