"""Serving the pages with gunicorn threads."""

from __future__ import annotations

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from dispatch.db import Database
from dispatch.settings import Settings
from web.app import create_app


class _Pages(BaseApplication):  # type: ignore[misc]
    """gunicorn around our application, set up in code instead of a file."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        database = Database(self._settings.database_url, lock_timeout_s=self._settings.lock_timeout_s)
        return create_app(database, self._settings)


def serve_pages(settings: Settings, *, host: str, port: int, threads: int) -> None:
    """Serve until told to stop; one process with `threads` requests at a time, and its live streams besides."""
    options = {
        "bind": f"{host}:{port}",
        "worker_class": "gthread",
        # an open stream holds its thread: with fewer threads than streams nobody else would be served
        "threads": threads + settings.live_streams,
        "timeout": 60,
        "graceful_timeout": 5,
        "loglevel": "warning",
        "proc_name": "punctual",
        "control_socket_disable": True,
    }
    _Pages(settings, options).run()
