"""Who may do what, and where: roles give permissions, grants say within which territory or contractor.

Every page and every action names one permission; nothing is allowed that is not named here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.rules.vocabulary import Role


class Permission(StrEnum):
    """What somebody may do."""

    SEE_DAY = "see_day"  # board, map, routes, attention list
    SEE_ORDER = "see_order"  # an order's story with its people
    PLAN = "plan"  # request, look at and discard plans
    PUBLISH = "publish"
    REPAIR = "repair"  # report and decide disruptions
    SERVE_CUSTOMER = "serve_customer"  # book, cancel, withdraw, answer cases
    VERIFY = "verify"  # verify withdrawals, settle disputes, attribute causes
    SEE_HANDSETS = "see_handsets"  # the sandbox: every simulated handset
    SEE_AUDIT = "see_audit"
    MANAGE_PEOPLE = "manage_people"  # users and grants


_P = Permission
_ALL = frozenset(Permission)
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: _ALL,
    Role.DISPATCHER: frozenset(
        {_P.SEE_DAY, _P.SEE_ORDER, _P.PLAN, _P.PUBLISH, _P.REPAIR, _P.SERVE_CUSTOMER, _P.VERIFY, _P.SEE_HANDSETS}
    ),
    Role.AGENT: frozenset({_P.SEE_DAY, _P.SEE_ORDER, _P.SERVE_CUSTOMER, _P.VERIFY}),
    Role.VIEWER: frozenset({_P.SEE_DAY}),
    Role.CONTRACTOR: frozenset({_P.SEE_DAY, _P.SEE_ORDER}),
    # a technician signs in by phone and sees the own day only
    Role.TECHNICIAN: frozenset(),
}


#: what belongs to no territory and no contractor: a grant within bounds does not give it
ONLY_EVERYWHERE = frozenset({_P.SEE_HANDSETS})


@dataclass(frozen=True)
class Held:
    """One grant as it is held: a role within one territory, one contractor, or (neither) everywhere."""

    role: Role
    territory_id: int | None = None
    contractor_id: int | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it gives, within its bounds."""
        given = PERMISSIONS[self.role]
        is_bounded = self.territory_id is not None or self.contractor_id is not None
        return given - ONLY_EVERYWHERE if is_bounded else given


@dataclass(frozen=True)
class Scope:
    """Where a permission holds: everywhere, or in these territories and for these contractors' technicians."""

    everywhere: bool = False
    territory_ids: frozenset[int] = frozenset()
    contractor_ids: frozenset[int] = frozenset()

    @property
    def is_nowhere(self) -> bool:
        """Whether the permission is not held at all."""
        return not (self.everywhere or self.territory_ids or self.contractor_ids)

    def covers(self, territory_id: int | None, contractor_id: int | None = None) -> bool:
        """Whether something of this territory, done by this contractor's technician (None: our own), is inside."""
        return self.everywhere or territory_id in self.territory_ids or contractor_id in self.contractor_ids


def scope_of(grants: Iterable[Held], permission: Permission) -> Scope:
    """Where the holder of `grants` has the permission."""
    held = [grant for grant in grants if permission in grant.permissions]
    return Scope(
        everywhere=any(grant.territory_id is None and grant.contractor_id is None for grant in held),
        territory_ids=_named(grant.territory_id for grant in held),
        contractor_ids=_named(grant.contractor_id for grant in held),
    )


def permissions_of(grants: Collection[Held]) -> frozenset[Permission]:
    """Everything that the holder of `grants` may do somewhere."""
    return frozenset().union(*(grant.permissions for grant in grants))


def _named(ids: Iterable[int | None]) -> frozenset[int]:
    return frozenset(one for one in ids if one is not None)
