"""The dispatchers' console."""

from __future__ import annotations

from flask import Flask

from web.console.board_pages import board_pages
from web.console.case_pages import case_pages
from web.console.console_frame import register_console_frame
from web.console.new_order import new_order_pages
from web.console.order_pages import order_pages
from web.console.plan_pages import plan_pages
from web.live import register_live


def register_console(app: Flask) -> None:
    """Register every page of the console."""
    register_console_frame(app)
    register_live(app)
    app.register_blueprint(board_pages)
    app.register_blueprint(plan_pages)
    app.register_blueprint(new_order_pages)
    app.register_blueprint(order_pages)
    app.register_blueprint(case_pages)
