"""Who may open what: every route of the program has a line here, and is tried with every role and bound.

A route without a line fails the first test. Whoever adds one says who may open it, and, where
its form names something besides the address, how somebody would reach beyond their bounds.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import String, cast, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dispatch.db import Database
from dispatch.models import AuditEntry, Grant, Plan, SignIn, User
from dispatch.rules.access import ONLY_EVERYWHERE, PERMISSIONS, Held, Permission
from dispatch.rules.sign_in_limits import hash_token
from dispatch.rules.vocabulary import Role
from tests.signing_in import client_for_staff, client_for_technician
from tests.two_territories import DAY, Part, TwoTerritories, two_territories
from web.auth import Access, Door, access_of

P = Permission
STAFF: Mapping[Permission | None, str] = {
    None: "sign_in_pages.sign_out",
    P.SEE_DAY: "board_pages.board board_pages.day live_pages.live status_pages.healthz_json",
    P.SEE_ORDER: "order_pages.order order_pages.orders",
    P.PLAN: """
        plan_pages.ask_for_plan plan_pages.discard plan_pages.plan plan_pages.plan_status plan_pages.plans
        plan_pages.plans_status""",
    P.PUBLISH: "plan_pages.publish",
    P.REPAIR: "board_pages.absence board_pages.decision board_pages.pin",
    P.SERVE_CUSTOMER: """
        case_pages.call case_pages.case case_pages.cases case_pages.hand_over case_pages.reopen case_pages.reply
        case_pages.resolve new_order_pages.blank new_order_pages.take order_pages.both order_pages.cancel
        order_pages.choose order_pages.keep order_pages.offer order_pages.take_back_links
        order_pages.withdraw order_pages.works""",
    P.VERIFY: """
        order_pages.attribute order_pages.close order_pages.pause order_pages.resume order_pages.settle
        order_pages.verify""",
    P.SEE_HANDSETS: """
        sandbox_pages.handset sandbox_pages.handsets sandbox_pages.latest sandbox_pages.latest_of
        sandbox_pages.write""",
    P.SEE_AUDIT: "audit_pages.audit_page",
    P.MANAGE_PEOPLE: """
        people_pages.add people_pages.add_grant people_pages.deactivate people_pages.end_all people_pages.end_one
        people_pages.end_phone people_pages.everybody people_pages.new_password people_pages.one
        people_pages.phones people_pages.reactivate people_pages.take_grant""",
}
TECHNICIAN = """
    technician_pages.card technician_pages.day technician_pages.visit technician_photos.photos
    technician_reports.day_json technician_reports.report_about_a_visit technician_reports.report_about_the_day
    technician_reports.reports sign_in_pages.technician_sign_out"""
ANYBODY = """
    customer_pages.choose_time customer_pages.code_form customer_pages.confirm customer_pages.dispute
    customer_pages.fault customer_pages.give_code customer_pages.keep_after_all customer_pages.leave
    customer_pages.order_page customer_pages.order_status customer_pages.person customer_pages.rate
    customer_pages.show_times customer_pages.substitute customer_pages.times_page customer_pages.withdraw
    customer_pages.agree_exact customer_pages.exact_page customer_pages.both_page customer_pages.book_both
    offline_worker.service_worker promises_page.promises sign_in_pages.beginning sign_in_pages.code_left
    sign_in_pages.send_code sign_in_pages.sign_in sign_in_pages.technician_sign_in sign_in_pages.try_code
    sign_in_pages.try_sign_in static status_pages.healthz status_pages.status"""
PROVIDER = "template_hooks.messages template_hooks.receipts twilio_hooks.inbound twilio_hooks.status"

MATRIX: dict[str, Access] = {
    **{view: Access(Door.STAFF, permission) for permission, views in STAFF.items() for view in views.split()},
    **{view: Access(Door.TECHNICIAN) for view in TECHNICIAN.split()},
    **{view: Access(Door.ANYBODY) for view in ANYBODY.split()},
    **{view: Access(Door.PROVIDER) for view in PROVIDER.split()},
}

#: the technicians of a contractor work where they are sent, for visits of any territory
ROLES = [role for role in Role if role is not Role.TECHNICIAN]
JSON = {"Accept": "application/json", "Sec-Fetch-Dest": "empty"}
#: asked for inside the bounds, these say that something else is not there: what the form leaves out
LACKS_SOMETHING = {"order_pages.choose", "order_pages.settle", "order_pages.attribute"}


@dataclass(frozen=True)
class Route:
    """One rule with one method."""

    rule: Rule
    method: str

    @property
    def view(self) -> str:
        return str(self.rule.endpoint)

    @property
    def permission(self) -> Permission | None:
        return MATRIX[self.view].permission

    @property
    def names_something(self) -> bool:
        """Whether the address names one thing of a territory."""
        return bool(self.rule.arguments - {"key"})

    def address(self, ids: Mapping[str, int]) -> str:
        built = self.rule.build({name: ids.get(name, 1) for name in self.rule.arguments})
        assert built is not None
        return built[1]


@pytest.fixture
def both(sqlite_url: str) -> Iterator[TwoTerritories]:
    """An installation for tests that change something."""
    database = Database(sqlite_url)
    yield two_territories(database)
    database.dispose()


@pytest.fixture(scope="module")
def looked_at(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoTerritories]:
    """One for all tests in which everything is refused or only looked at."""
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("looked_at") / "punctual.sqlite3")
    database = Database(f"sqlite:///{file}")
    yield two_territories(database)
    database.dispose()


def routes(both: TwoTerritories, door: Door = Door.STAFF) -> list[Route]:
    """Every route behind a door; signing out comes last of all."""
    found = [
        Route(rule, method)
        for rule in both.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if MATRIX[rule.endpoint].door is door
    ]
    return sorted(found, key=lambda route: (route.view.endswith("sign_out"), route.method, route.view))


def things(both: TwoTerritories, part: Part, view: str) -> dict[str, int]:
    """What the addresses of a view name, in one territory."""
    ids = dict(part.ids)
    with both.database.read_session() as session:
        whose = SignIn.technician_id if view.endswith("end_phone") else SignIn.user_id
        owner = ids["technician_id" if view.endswith("end_phone") else "user_id"]
        ids["sign_in_id"] = session.scalars(select(SignIn.id).where(whose == owner)).first() or 0
    return ids


def ask(
    client: FlaskClient, route: Route, ids: Mapping[str, int], form: Mapping[str, str] | None = None
) -> TestResponse:
    """Ask as a script would, so that nothing is redirected; a stream is not waited for."""
    data = dict(form or {}) if route.method == "POST" else None
    query = dict(form or {}) if route.method == "GET" else None
    answer = client.open(route.address(ids), method=route.method, data=data, query_string=query, headers=JSON)
    if not answer.is_streamed:
        return answer
    answer.close()
    return answer


def where(part: Part) -> dict[str, str]:
    """The form field or query by which pages name a territory."""
    return {"territory": str(part.territory_id)}


# The table


def test_every_route_has_its_line(looked_at: TwoTerritories) -> None:
    marked = {view: access_of(function) for view, function in looked_at.app.view_functions.items()}
    assert marked == MATRIX


def test_nobody_gets_past_a_door_who_is_not_signed_in(looked_at: TwoTerritories) -> None:
    passed = []
    technician = client_for_technician(looked_at.app, looked_at.home.ids["technician_id"])
    staff = client_for_staff(looked_at.app, Role.ADMIN)
    for door, clients in (
        (Door.STAFF, (looked_at.app.test_client(), technician)),
        (Door.TECHNICIAN, (looked_at.app.test_client(), staff)),
    ):
        for client in clients:
            for route in routes(looked_at, door):
                answer = ask(client, route, looked_at.home.ids)
                if answer.status_code != 401:
                    passed.append((route.view, answer.status_code))
    assert passed == []


@pytest.mark.parametrize("bounds", ["everywhere", "territory", "contractor"])
@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_gives_and_nothing_else(looked_at: TwoTerritories, role: Role, bounds: str) -> None:
    if role is Role.CONTRACTOR and bounds != "contractor":
        pytest.skip("a contractor's grant names the contractor")
    territory_id = looked_at.home.territory_id if bounds == "territory" else None
    contractor_id = looked_at.home.contractor_id if bounds == "contractor" else None
    client = client_for_staff(looked_at.app, role, territory_id=territory_id, contractor_id=contractor_id)
    given = Held(role, territory_id, contractor_id).permissions
    assert given == PERMISSIONS[role] - (ONLY_EVERYWHERE if bounds != "everywhere" else frozenset())
    wrong = []
    for route in routes(looked_at):
        is_given = route.permission is None or route.permission in given
        if is_given and (route.method != "GET" or role is Role.ADMIN):
            continue  # tried below, since it would change what the next routes look at; an administrator's with them
        form = where(looked_at.home) if is_given else {}
        answer = ask(client, route, things(looked_at, looked_at.home, route.view), form)
        if (answer.status_code == 403) is is_given or answer.status_code >= 500:
            wrong.append((route.view, answer.status_code))
    assert wrong == []
    refused = {route.view for route in routes(looked_at) if route.permission and route.permission not in given}
    with looked_at.database.read_session() as session:
        whose = select(SignIn.user_id).where(SignIn.token_hash == hash_token(client.token)).scalar_subquery()
        audited = select(AuditEntry.action).where(AuditEntry.actor == "user:" + cast(whose, String))
        assert len(set(session.scalars(audited))) == len(refused)


# The bounds


def beyond(both: TwoTerritories, client: FlaskClient) -> list[tuple[str, int]]:
    """What an administrator from elsewhere reaches of HOME by naming it."""
    passed = []
    for route in routes(both):
        if route.names_something:
            answer = ask(client, route, things(both, both.home, route.view), where(both.home))
            if answer.status_code not in (403, 404):
                passed.append((route.view, answer.status_code))
    return passed


def test_nothing_of_another_territory_is_reached_by_naming_it(looked_at: TwoTerritories) -> None:
    client = client_for_staff(looked_at.app, Role.ADMIN, territory_id=looked_at.away.territory_id)
    assert beyond(looked_at, client) == []


def test_nothing_of_another_contractor_is_reached_by_naming_it(looked_at: TwoTerritories) -> None:
    client = client_for_staff(looked_at.app, Role.ADMIN, contractor_id=looked_at.away.contractor_id)
    assert beyond(looked_at, client) == []


@pytest.mark.parametrize("bounds", ["everywhere", "territory"])
def test_what_lies_inside_the_bounds_is_reached(both: TwoTerritories, bounds: str) -> None:
    """The other half: the bounds do not bite where they should not."""
    territory_id = both.home.territory_id if bounds == "territory" else None
    client = client_for_staff(both.app, Role.ADMIN, territory_id=territory_id)
    missed = []
    for route in routes(both):
        if not route.names_something:
            continue
        answer = ask(client, route, things(both, both.home, route.view), where(both.home))
        fine = {404} if route.view in LACKS_SOMETHING else set()
        if answer.status_code in {401, 403, 404} - fine or answer.status_code >= 500:
            missed.append((route.view, answer.status_code))
    assert missed == []


def test_a_thing_of_another_territory_is_not_reached_through_one_of_our_own(both: TwoTerritories) -> None:
    """Addresses that name two things: the second must belong to the first."""
    client = client_for_staff(both.app, Role.ADMIN, territory_id=both.home.territory_id)
    passed = []
    for route in routes(both):
        names = route.rule.arguments
        if len(names) < 2:
            continue
        first = "order_id" if "order_id" in names else "user_id"
        ids = things(both, both.away, route.view) | {first: both.home.ids[first]}
        answer = ask(client, route, ids, where(both.home))
        if answer.status_code < 400 and route.view != "people_pages.end_one":
            passed.append((route.view, answer.status_code))
    assert passed == []
    with both.database.read_session() as session:
        away = both.away.ids["user_id"]
        assert session.scalars(select(SignIn.revoked_at).where(SignIn.user_id == away)).all() == [None]
        assert len(session.scalars(select(Grant).where(Grant.user_id == away)).all()) == 1


@pytest.mark.parametrize(
    ("role", "bounds"),
    [
        (Role.ADMIN, "territory"),
        (Role.ADMIN, "contractor"),
        (Role.VIEWER, "territory"),
        (Role.CONTRACTOR, "contractor"),
    ],
)
def test_no_page_shows_anything_of_another_territory(looked_at: TwoTerritories, role: Role, bounds: str) -> None:
    client = client_for_staff(
        looked_at.app,
        role,
        territory_id=looked_at.home.territory_id if bounds == "territory" else None,
        contractor_id=looked_at.home.contractor_id if bounds == "contractor" else None,
    )
    away = looked_at.away
    reaching = {**where(away), "text": away.mark, "who": away.mark, "offers": str(away.ids["visit_id"])}
    shown = []
    for route in routes(looked_at):
        if route.method != "GET" or route.view == "live_pages.live":
            continue
        for form in ({}, reaching, {"offers": reaching["offers"]}):
            answer = ask(client, route, things(looked_at, looked_at.home, route.view), form)
            if answer.status_code == 200 and re.search(f"{away.mark}[ -]", answer.text):
                shown.append((route.view, form))
    assert shown == []


def test_a_stream_about_another_territory_is_refused(looked_at: TwoTerritories) -> None:
    client = client_for_staff(looked_at.app, Role.DISPATCHER, territory_id=looked_at.home.territory_id)
    assert client.get("/console/live", query_string=where(looked_at.away), headers=JSON).status_code == 404


# What forms name


def test_a_plan_is_not_asked_for_in_another_territory(looked_at: TwoTerritories) -> None:
    client = client_for_staff(looked_at.app, Role.DISPATCHER, territory_id=looked_at.home.territory_id)
    form = {**where(looked_at.away), "from": DAY, "until": DAY, "budget": "5", "key": "k"}
    assert client.post("/console/plans", data=form, headers=JSON).status_code >= 400
    with looked_at.database.read_session() as session:
        assert len(session.scalars(select(Plan)).all()) == 2


def test_an_order_is_not_taken_in_another_territory(both: TwoTerritories) -> None:
    client = client_for_staff(both.app, Role.AGENT, territory_id=both.home.territory_id)
    form = {
        "kind": "repair",
        "service": "fibre",
        "street": "Road",
        "house_number": "1",
        "subscriber_name": "Zhang",
        "subscriber_phone": "13900000009",
        "language": "en",
        "priority": "normal",
    }
    for part, status in ((both.away, 400), (both.home, 303)):
        own = {"community_id": str(part.ids["community_id"]), "form": f"a-form-of-its-own-{part.mark}"}
        assert client.post("/console/orders/new", data=form | own, headers=JSON).status_code == status


def test_nobody_grants_beyond_what_they_manage(both: TwoTerritories) -> None:
    client = client_for_staff(both.app, Role.ADMIN, territory_id=both.home.territory_id)
    grants = f"/console/people/{both.home.ids['user_id']}/grants"
    for bounds in ("", f"t{both.away.territory_id}", f"c{both.home.contractor_id}"):
        assert client.post(grants, data={"role": "admin", "where": bounds}).status_code == 400
        form = {"login": "new", "name": "New", "role": "admin", "where": bounds}
        assert client.post("/console/people", data=form).status_code == 400
    form = {"role": "dispatcher", "where": f"t{both.home.territory_id}"}
    assert client.post(grants, data=form).status_code == 303
    with both.database.read_session() as session:
        assert session.scalar(select(User.id).where(User.login == "new")) is None
        held = session.scalars(select(Grant.role).where(Grant.user_id == both.home.ids["user_id"])).all()
    assert sorted(held) == ["dispatcher", "viewer"]


def test_somebody_who_may_do_more_is_managed_by_nobody_who_may_do_less(both: TwoTerritories) -> None:
    client_for_staff(both.app, Role.ADMIN, login="boss")
    client = client_for_staff(both.app, Role.ADMIN, territory_id=both.home.territory_id)
    with both.database.read_session() as session:
        boss = session.scalars(select(User.id).where(User.login == "boss")).one()
    for deed in ("password", "deactivate", "sign-ins/revoke", "grants"):
        assert client.post(f"/console/people/{boss}/{deed}", headers=JSON).status_code == 404
    assert "boss" not in client.get("/console/people").text


# Technicians


def test_a_technician_sees_and_reports_on_no_visit_of_another(both: TwoTerritories) -> None:
    client = client_for_technician(both.app, both.home.ids["technician_id"])
    passed = []
    for route in routes(both, Door.TECHNICIAN):
        if route.method == "GET" or route.names_something:
            answer = ask(client, route, both.away.ids)
            if route.names_something and answer.status_code not in (403, 404, 400):
                passed.append((route.view, answer.status_code))
            assert not re.search(f"{both.away.mark}[ -]", answer.text), route.view
    assert passed == []
