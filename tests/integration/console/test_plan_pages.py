"""Asking for a plan, reading it, publishing and discarding it in the console, on both databases."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import AuditEntry, Disruption, Plan, Territory, User
from dispatch.rules.lifecycles import DisruptionStatus, PlanStatus
from dispatch.rules.vocabulary import DisruptionKind, Role
from dispatch.services.publish_plan import publish_plan
from tests.booking import DAY
from tests.signing_in import SignedInClient
from tests.watching import WatchedDay, begin


@pytest.fixture
def day(database: Database) -> WatchedDay:
    return begin(database, "2026-11-23 18:00")


def asking(day: WatchedDay, **changes: str) -> dict[str, str]:
    territory = str(day.world.ids["territory"])
    return {"territory": territory, "from": DAY, "until": DAY, "budget": "5", "key": "abc"} | changes


def audited(day: WatchedDay) -> list[tuple[str, str | None, bool]]:
    """What the audit says of plans, but for asking for one."""
    with day.database.read_session() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "publish_plan").order_by(AuditEntry.id))
        return [(row.action, row.subject, row.was_allowed) for row in rows]


def plans(day: WatchedDay) -> list[Plan]:
    with day.database.read_session() as session:
        return list(session.scalars(select(Plan).order_by(Plan.id)))


def test_the_form_sent_twice_asks_once(day: WatchedDay) -> None:
    client = day.client()
    key = re.search(r'name="key" value="(\w+)"', client.get("/console/plans").text)
    assert key
    answers = [client.post("/console/plans", data=asking(day, key=key[1])) for _ in range(2)]
    (plan,) = plans(day)
    assert [(one.status_code, one.headers["Location"]) for one in answers] == [(303, f"/console/plans/{plan.id}")] * 2
    assert (plan.status, plan.budget_s, plan.status_by[:5]) == (PlanStatus.REQUESTED, 5, "user:")
    page = client.get(f"/console/plans/{plan.id}").text
    assert f'data-waits="/console/plans/{plan.id}.json"' in page
    assert client.get(f"/console/plans/{plan.id}.json").get_json() == {"status": "requested", "is_under_way": True}


def test_the_list_says_where_each_plan_stands_and_nothing_to_who_knows_it(day: WatchedDay) -> None:
    client = day.client()
    assert "No plan has been made yet." in client.get("/console/plans").text
    client.post("/console/plans", data=asking(day))
    asked, *_ = plans(day)
    first = client.get("/console/plans.json")
    assert [row[:2] for row in first.get_json()["plans"]] == [[asked.id, "requested"]]
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/console/plans.json", headers=known).status_code == 304
    day.solve(asked.id)
    second = client.get("/console/plans.json", headers=known)
    assert [row[:2] for row in second.get_json()["plans"]] == [[asked.id, "draft"]]
    page = client.get("/console/plans").text
    assert 'data-status="/console/plans.json"' in page
    assert f"Plan {asked.id} is now: draft." in page


def test_the_list_names_who_moved_a_plan_and_says_what_it_was_where_it_was_nobody(day: WatchedDay) -> None:
    client = day.client()
    client.post("/console/plans", data=asking(day))
    asked, *_ = plans(day)
    me = day.world.do(lambda session: session.get_one(User, int(asked.status_by.removeprefix("user:"))).name)
    assert moved_by(client, asked.id) == me
    day.solve(asked.id)
    assert moved_by(client, asked.id) == "solver"
    publish_plan(day.database, asked.id, now=day.now, by="rule:repair", travel=day.travel)
    assert moved_by(client, asked.id) == "rule"
    assert "by rule. The routes are the truth now" in client.get(f"/console/plans/{asked.id}").text
    day.publish(day.draft())
    assert moved_by(client, plans(day)[-1].id) == "rule"  # whoever is unknown here


def moved_by(client: SignedInClient, plan_id: int) -> str:
    """What the list says of who moved the plan."""
    row = re.search(rf"/console/plans/{plan_id}\".*?</tr>", client.get("/console/plans").text, re.DOTALL)
    assert row
    *_, last = re.finditer(r"<td[^>]*>(.*?)</td>", row[0])
    return last[1]


WRONG = (
    ({"from": "soon"}, "from"),
    ({"until": "2026-11-23"}, "until"),
    ({"from": "2026-11-20", "until": "2026-11-22"}, "until"),
    ({"budget": "0"}, "budget"),
    ({"budget": "601"}, "budget"),
    ({"budget": "many"}, "budget"),
    ({"confidence": "49.9"}, "confidence"),
    ({"confidence": "100"}, "confidence"),
    ({"confidence": "99.95"}, "confidence"),
    ({"confidence": "very"}, "confidence"),
)


def test_what_cannot_be_planned_is_said_beside_the_field_and_nothing_is_lost(day: WatchedDay) -> None:
    client = day.client()
    for changes, field in WRONG:
        answer = client.post("/console/plans", data=asking(day, **changes))
        assert answer.status_code == 400
        assert f'id="error-{field}"' in answer.text
        assert f'aria-describedby="error-{field}' in answer.text
        assert f'value="{(asking(day) | changes)["from"]}"' in answer.text
    assert plans(day) == []


def test_a_week_is_the_most(day: WatchedDay) -> None:
    answer = day.client().post("/console/plans", data=asking(day, until="2026-12-02"))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_a_draft_is_shown_beside_the_routes_and_published_once(day: WatchedDay) -> None:
    ann = day.technician()
    first, second = day.customers(2)
    plan, client = day.draft(), day.client()
    page = client.get(f"/console/plans/{plan}").text
    assert len(re.findall(r'<th scope="row">\d+</th>', page)) == 2
    assert re.findall(r'<td class="number-cell">(\d+)%</td>', page) == ["99", "99"]
    answers = [client.post(f"/console/plans/{plan}/publish") for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert sorted(day.route(ann)) == sorted([first, second])
    assert day.plan(plan).status is PlanStatus.PUBLISHED
    assert len(day.facts("plan_published")) == 1
    assert "notice good" in client.get(f"/console/plans/{plan}").text
    assert audited(day) == [("publish_plan", f"plan:{plan}", True)]


def test_a_part_of_a_plan(day: WatchedDay) -> None:
    ann, ben = day.technician(north=0.2), day.technician(north=-0.2)
    hers, his = day.customer(north=0.2), day.customer(north=-0.2)
    plan, client = day.draft(), day.client()
    nobody = client.post(f"/console/plans/{plan}/publish", data={"part": "yes"})
    assert (nobody.status_code, 'role="alert"' in nobody.text) == (409, True)
    client.post(f"/console/plans/{plan}/publish", data={"part": "yes", "technician": str(ann)})
    assert (day.route(ann), day.route(ben)) == ([hers], [])
    assert day.whose(his) is None


def test_a_refused_plan_says_what_would_be_lost_and_changes_nothing(day: WatchedDay) -> None:
    """The plan wants the told visit behind another on its route; told after the plan was made."""
    ann = day.technician()
    told, other = day.customer(), day.customer(minutes=300)
    day.place(ann, [(told, "08:00")])
    day.place(ann, [(other, "09:00")], minutes=300)
    plan = day.draft()
    times = {other: "08:00", told: "13:00"}
    wanted = [{"visit_id": one, "start_at": day.world.at(f"{DAY} {time}").isoformat()} for one, time in times.items()]
    day.propose(plan, {ann: wanted})
    day.tell(told, "08:00", "09:00")
    before, client = day.everything(), day.client()
    answer = client.post(f"/console/plans/{plan}/publish")
    assert answer.status_code == 409
    assert "a window that the customer was told" in answer.text
    assert day.everything() == before
    again = client.get(f"/console/plans/{plan}").text
    assert "Not published: it would have taken away a window that the customer was told" in again
    assert f"/console/plans?territory={day.world.ids['territory']}&amp;from={DAY}" in again
    assert audited(day) == [("publish_plan", f"plan:{plan}", False)]


def test_whom_a_plan_would_touch(day: WatchedDay) -> None:
    ann, ben = day.technician(), day.technician()
    visit = day.customer()
    plan = day.draft()
    other = ben if day.proposed(plan).get(ann) else ann
    day.place(other, [(visit, "16:00")])
    day.tell(visit, "15:00", "17:00")
    page = day.client().get(f"/console/plans/{plan}").text
    assert re.search("15:00.17:00", page)
    assert "window told is lost" in page


def test_discarding(day: WatchedDay) -> None:
    plan, client = day.request(), day.client()
    assert client.post(f"/console/plans/{plan}/discard").status_code == 303
    assert day.plan(plan).status is PlanStatus.DISCARDED
    assert client.post(f"/console/plans/{plan}/discard").status_code == 409
    assert client.post(f"/console/plans/{plan}/publish").status_code == 409
    assert client.get("/console/plans/999").status_code == 404
    page = client.get(f"/console/plans/{plan}").text
    assert re.search(r"Discarded 2026-11-23 18:00 by [^<]+\.</p>", page)


def test_a_repair_that_takes_something_from_somebody_is_decided_on_the_board(day: WatchedDay) -> None:
    customer = day.customer()
    day.technician()
    plan, client = day.draft(), day.client()
    assert "Publish the whole plan" in client.get(f"/console/plans/{plan}").text
    assert "waits for a decision" not in client.get(f"/console/plans/{plan}").text

    def leave_to_somebody(session: Session) -> None:
        session.get_one(Plan, plan).summary = {"lost": [{"what": "window", "visit_id": customer}]}
        about = {"territory_id": day.world.ids["territory"], "plan_id": plan, "occurred_at": day.now}
        disruption = Disruption(kind=DisruptionKind.ABSENT, at=day.now, by="test", **about)
        session.add(disruption)
        disruption.move_to(DisruptionStatus.REPAIRING, at=day.now, by="test")
        disruption.move_to(DisruptionStatus.UNDECIDED, at=day.now, by="test", reason="would_lose")

    day.world.do(leave_to_somebody)
    page = client.get(f"/console/plans/{plan}").text
    assert "waits for a decision" in page
    assert f'href="/console/?territory={day.world.ids["territory"]}">Decide on the board' in page
    assert f"/console/plans/{plan}/publish" not in page


def test_nobody_plans_what_the_grant_does_not_give(day: WatchedDay) -> None:
    def make(session: Any) -> int:
        territory = Territory(code="T2", name="Xuanwu", time_zone="Asia/Shanghai")
        session.add(territory)
        session.flush()
        return int(territory.id)

    there, plan = day.world.do(make), day.request()
    elsewhere = day.client(territory_id=there)
    assert elsewhere.get(f"/console/plans/{plan}").status_code == 404
    assert elsewhere.get(f"/console/plans/{plan}.json").status_code == 404
    assert elsewhere.post("/console/plans", data=asking(day)).status_code == 400
    for action in ("publish", "discard"):
        assert elsewhere.post(f"/console/plans/{plan}/{action}").status_code == 404
    assert day.plan(plan).status is PlanStatus.REQUESTED
    viewer = day.client(Role.VIEWER)
    assert {viewer.get("/console/plans").status_code, viewer.get(f"/console/plans/{plan}").status_code} == {403}
    assert _listed(elsewhere) == 0
    assert _listed(day.client()) == 1


def _listed(client: SignedInClient) -> int:
    return client.get("/console/plans").text.count('class="row-link"')
