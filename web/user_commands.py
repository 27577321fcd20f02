"""`dispatch users`: the accounts of staff; whoever can run it needs no account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click
from rich.table import Table
from sqlalchemy.orm import Session

from dispatch.clocks import MachineClock
from dispatch.db import Database, run_use_case
from dispatch.passwords import generate_password, hash_password
from dispatch.queries.people import EVERYWHERE, GrantHeld, Person, people, sign_ins_of, user_named
from dispatch.rules.vocabulary import Role
from dispatch.services.audit import audit
from dispatch.services.create_user import NoSuchUser, create_user, user_of
from dispatch.services.deactivate_user import deactivate_user, reactivate_user
from dispatch.services.grant_role import contractor_named, grant_role, revoke_grant, territory_named
from dispatch.services.open_sign_in import revoke_sign_ins
from dispatch.services.set_password import set_password
from dispatch.settings import load_settings
from notifications.wording import say
from web.terminal import founded, open_database, out, refusing

T = TypeVar("T")

#: who does it, in the audit
_ACTOR = "command_line"
_ROLES = click.Choice([str(role) for role in Role if role is not Role.TECHNICIAN])


@click.group()
def users() -> None:
    """Accounts of staff: who may sign in, and what they may do where."""


@users.command()
@click.argument("login")
@click.option("--name", help="How others see the person; default: the login.")
@click.option("--role", type=_ROLES, required=True, help="The first role; more by `dispatch users grant`.")
@click.option("--territory", metavar="CODE", help="Where the role holds; without it (and --contractor) everywhere.")
@click.option("--contractor", metavar="NAME", help="For whose technicians the role holds.")
@refusing
def add(login: str, name: str | None, role: str, territory: str | None, contractor: str | None) -> None:
    """Make an account; its password is made up and printed once."""
    database = _database()
    login = login.strip().lower()
    password = generate_password()
    hashed = hash_password(password, login)
    now = MachineClock().now()

    def make(session: Session) -> None:
        user = create_user(session, login, name or login, password_hash=hashed, now=now)
        _grant(session, login, role, territory, contractor)
        audit(session, _ACTOR, "create_user", f"user:{user.id}", machine_now=now)

    run_use_case(database, make)
    out.print(say("user_added", login=login, password=password), markup=False)


@users.command("list")
@refusing
def list_() -> None:
    """Show every account with its grants."""
    with _database().read_session() as session:
        found = people(session, EVERYWHERE, machine_now=MachineClock().now())
    table = Table(*[say(f"column_{name}") for name in ("login", "name", "grants", "state", "signed_in")])
    for one in found:
        grants = "\n".join(_in_words(grant) for grant in one.grants)
        table.add_row(
            one.login,
            one.name,
            grants,
            _state(one),
            str(one.signed_in),
        )
    out.print(table)


@users.command()
@click.argument("login")
@click.argument("role", type=_ROLES)
@click.option("--territory", metavar="CODE", help="Where it holds.")
@click.option("--contractor", metavar="NAME", help="For whose technicians it holds.")
@refusing
def grant(login: str, role: str, territory: str | None, contractor: str | None) -> None:
    """Give LOGIN a role: everywhere, in one territory, or for one contractor."""
    _change(login, "grant_role", lambda session: _grant(session, login, role, territory, contractor))
    out.print(say("user_changed", login=login), markup=False)


@users.command()
@click.argument("login")
@click.argument("number", type=int)
@refusing
def revoke(login: str, number: int) -> None:
    """Take grant NUMBER (see `dispatch users list`) away from LOGIN."""
    _change(login, "revoke_grant", lambda session: revoke_grant(session, user_of(session, login), number))
    out.print(say("user_changed", login=login), markup=False)


@users.command()
@click.argument("login")
@click.option("--own", is_flag=True, help="Ask for the password instead of making one up.")
@refusing
def password(login: str, own: bool) -> None:
    """Give LOGIN a new password, printed once, and end every sign-in with the old one."""
    given = click.prompt(say("password_prompt"), hide_input=True, confirmation_prompt=True) if own else None
    new = given or generate_password()
    hashed = hash_password(new, login)
    now = MachineClock().now()
    _change(
        login, "set_password", lambda session: set_password(session, user_of(session, login), hashed, machine_now=now)
    )
    out.print(
        say("user_changed", login=login) if own else say("password_made", login=login, password=new), markup=False
    )


@users.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Give the access back.")
@refusing
def deactivate(login: str, undo: bool) -> None:
    """End every sign-in of LOGIN and let nobody sign in with it any more."""
    now = MachineClock().now()

    def change(session: Session) -> None:
        user = user_of(session, login)
        if undo:
            reactivate_user(user)
        else:
            deactivate_user(session, user, machine_now=now)

    _change(login, "reactivate_user" if undo else "deactivate_user", change)
    out.print(say("user_changed", login=login), markup=False)


@users.command()
@click.argument("login")
@refusing
def sessions(login: str) -> None:
    """Show where LOGIN is signed in."""
    database = _database()
    zone = founded(database).zone
    now = MachineClock().now()
    with database.read_session() as session:
        user_id = user_named(session, login)
        if user_id is None:
            raise NoSuchUser("login")
        found = sign_ins_of(session, user_id, machine_now=now)
    table = Table(*[say(f"column_{name}") for name in ("number", "signed_in_at", "seen_at", "expires_at")])
    for one in found:
        instants = (one.signed_in_at, one.seen_at, one.expires_at)
        table.add_row(str(one.id), *(at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in instants))
    out.print(table)


@users.command("sign-out")
@click.argument("login")
@refusing
def sign_out(login: str) -> None:
    """End every sign-in of LOGIN."""
    now = MachineClock().now()
    ended = _change(
        login,
        "sign_out",
        lambda session: revoke_sign_ins(session, user_id=user_of(session, login).id, machine_now=now),
    )
    out.print(say("signed_out", login=login, count=ended), markup=False)


def _change(login: str, action: str, change: Callable[[Session], T]) -> T:
    """Make one change of an account and audit it, in one transaction."""
    now = MachineClock().now()

    def both(session: Session) -> T:
        done = change(session)
        audit(session, _ACTOR, action, f"user:{user_of(session, login).id}", machine_now=now)
        return done

    return run_use_case(_database(), both)


def _grant(session: Session, login: str, role: str, territory: str | None, contractor: str | None) -> None:
    grant_role(
        session,
        user_of(session, login),
        Role(role),
        territory_id=None if territory is None else territory_named(session, territory).id,
        contractor_id=None if contractor is None else contractor_named(session, contractor).id,
    )


def _in_words(grant: GrantHeld) -> str:
    where = grant.territory or grant.contractor or say("everywhere")
    return say("grant_listed", number=grant.id, role=grant.role, where=where)


def _state(one: Person) -> str:
    if not one.is_active:
        return say("user_deactivated")
    return say("user_active") if one.has_password else say("user_without_password")


def _database() -> Database:
    database = open_database(load_settings())
    founded(database)
    return database
