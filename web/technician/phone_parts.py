"""Parts of the phone's pages that templates ask for: which part shows in which status, and what each form brings."""

from __future__ import annotations

from itertools import count

from markupsafe import Markup

from dispatch.queries.phone_visits import PhoneVisit
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.phone_actions import OFFERED_IN, offered_reports
from dispatch.rules.vocabulary import ReportKind
from web.form_tokens import csrf_field


class PhoneParts:
    """The parts of one page; each form of it gets a sequence number of its own, so that it is taken once."""

    def __init__(self, first_sequence: int) -> None:
        self._sequences = count(first_sequence)

    def form_head(self, kind: str) -> Markup:
        """The hidden fields with which a form of this kind of report begins."""
        hidden = Markup('<input type="hidden" name="{}" value="{}">').format
        return Markup("").join(
            (csrf_field(), hidden("kind", ReportKind(kind).value), hidden("sequence", next(self._sequences)))
        )

    def offered(self, visit: PhoneVisit, *kinds: str) -> Markup:
        """The attributes of a part that shows while one of these reports can be made."""
        return self.shown(visit, *(status for kind in kinds for status in _statuses(visit, ReportKind(kind))))

    def shown(self, visit: PhoneVisit, *statuses: str) -> Markup:
        """The attributes of a part that shows in these statuses only; the page's script reads them too."""
        names = dict.fromkeys(VisitStatus(status).value for status in statuses)
        hidden = "" if visit.status.value in names else Markup(" hidden")
        return Markup('data-when="{}"{}').format(" ".join(names), hidden)


def _statuses(visit: PhoneVisit, kind: ReportKind) -> list[VisitStatus]:
    """Where it is offered, as far as this visit is concerned."""
    return [
        status for status in OFFERED_IN[kind] if kind in offered_reports(status, may_go_untimed=visit.may_go_untimed)
    ]
