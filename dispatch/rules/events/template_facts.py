"""Facts about the templates registered with gateways."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.rules.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class TemplateApprovalChanged(Fact):
    """A template is draft, submitted, approved or rejected now, and why (R37)."""

    template_id: int
    approval: str
    reason: str | None = None
