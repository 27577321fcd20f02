"""Whatever somebody is granted, it opens what was granted and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.access import ONLY_EVERYWHERE, PERMISSIONS, Held, Permission, permissions_of, scope_of
from dispatch.rules.vocabulary import Role

IDS = st.integers(1, 4)
WITHIN = st.one_of(
    st.builds(Held, st.sampled_from(Role)),
    st.builds(Held, st.sampled_from(Role), territory_id=IDS),
    st.builds(Held, st.sampled_from(Role), contractor_id=IDS),
)
GRANTS = st.lists(WITHIN, max_size=4)
each_permission = st.sampled_from(Permission)


def opens(grant: Held, permission: Permission, territory: int, contractor: int | None) -> bool:
    """By the words of the rule: the role gives it, and the thing lies within the grant's bounds."""
    if permission not in PERMISSIONS[grant.role]:
        return False
    if grant.territory_id is None and grant.contractor_id is None:
        return True
    if permission in ONLY_EVERYWHERE:
        return False
    return territory == grant.territory_id or (contractor is not None and contractor == grant.contractor_id)


@given(GRANTS, each_permission, IDS, st.one_of(st.none(), IDS))
def test_a_thing_is_open_exactly_if_one_grant_opens_it(
    grants: list[Held], permission: Permission, territory: int, contractor: int | None
) -> None:
    expected = any(opens(grant, permission, territory, contractor) for grant in grants)
    assert scope_of(grants, permission).covers(territory, contractor) is expected


@given(GRANTS, WITHIN, each_permission, IDS, st.one_of(st.none(), IDS))
def test_one_more_grant_takes_nothing_away(
    grants: list[Held], more: Held, permission: Permission, territory: int, contractor: int | None
) -> None:
    if scope_of(grants, permission).covers(territory, contractor):
        assert scope_of([*grants, more], permission).covers(territory, contractor)


@given(GRANTS, each_permission)
def test_a_permission_is_held_exactly_if_it_holds_somewhere(grants: list[Held], permission: Permission) -> None:
    assert (permission in permissions_of(grants)) is not scope_of(grants, permission).is_nowhere


@given(GRANTS, each_permission)
def test_what_belongs_to_no_territory_is_open_to_those_who_may_everywhere(
    grants: list[Held], permission: Permission
) -> None:
    scope = scope_of(grants, permission)
    assert scope.covers(None) is scope.everywhere
    assert permission not in ONLY_EVERYWHERE or scope.everywhere or scope.is_nowhere


def test_every_role_has_its_line_and_technicians_have_none_in_the_console() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert PERMISSIONS[Role.TECHNICIAN] == frozenset()
    assert PERMISSIONS[Role.ADMIN] == frozenset(Permission)
    only_admins = {one for one in Permission if {role for role in Role if one in PERMISSIONS[role]} == {Role.ADMIN}}
    assert only_admins == {Permission.MANAGE_PEOPLE, Permission.SEE_AUDIT}
