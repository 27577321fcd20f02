"""The service worker: what lets the pages open while the network is away."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, send_from_directory

from web.auth import public
from web.page_assets import built_file

offline_worker = Blueprint("offline_worker", __name__)


@offline_worker.get("/sw.js")
@public
def service_worker() -> Response:
    """The built script under the one address at which browsers look for a newer one."""
    folder = Path(str(current_app.static_folder))
    response = send_from_directory(folder, built_file("offline"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/t/"
    return response
