"""The customers' pages: an order's page by link or code, and the public promises."""

from __future__ import annotations

from flask import Flask

from web.customer import (  # noqa: F401 - their views belong to `customer_pages`
    both_times_pages,
    exact_time_pages,
    order_choices,
    window_pages,
)
from web.customer.customer_pages import customer_pages
from web.customer.promises_page import promises_page, remember_record
from web.sandbox_pages import sandbox_pages


def register_customer_pages(app: Flask) -> None:
    """Register every page for customers and the public."""
    app.register_blueprint(customer_pages)
    remember_record(app)
    app.register_blueprint(promises_page)
    app.register_blueprint(sandbox_pages)
