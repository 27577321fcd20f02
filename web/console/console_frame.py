"""What stands around every page of the console: where one can go, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request

from dispatch.rules.access import Permission
from dispatch.settings import Settings
from web.auth import Staff, signed_in_staff

#: the part of the console that a path belongs to, by what follows `/console/`
_PARTS = {"": "board", "plans": "plans", "orders": "orders", "cases": "cases", "people": "people", "audit": "audit"}


@dataclass(frozen=True)
class Frame:
    """The frame for one member of staff; `here` is the part of the console that is shown."""

    staff: Staff
    here: str
    is_sandbox: bool

    @property
    def name(self) -> str:
        """Who is signed in."""
        return self.staff.name

    def may(self, permission: str) -> bool:
        """Whether the permission is held anywhere."""
        return self.staff.may(Permission(permission))


def register_console_frame(app: Flask) -> None:
    """Let the layout of the console call `console_frame()`."""
    app.jinja_env.globals["console_frame"] = console_frame


def console_frame() -> Frame:
    """The frame for whoever is signed in."""
    settings: Settings = current_app.extensions["settings"]
    parts = request.path.strip("/").split("/")
    here = "handsets" if parts[0] == "sandbox" else _PARTS.get(parts[1] if len(parts) > 1 else "", "")
    return Frame(signed_in_staff(), here, settings.gateway == "sandbox")
