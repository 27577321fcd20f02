"""Why a disruption is settled, or waits for somebody's decision: codes, which the board puts into words."""

from __future__ import annotations

#: settled by rule
REPAIRED, NOTHING_CHANGES = "repaired", "nothing_changes"
#: left to somebody
WOULD_LOSE, NO_REPAIR = "would_lose", "no_repair"
#: a draft that is given up because a longer search may take less from customers
SEARCHED_LONGER = "searched_longer"
#: settled by whoever decided
PUBLISHED_BY_DECISION, LEFT_AS_IT_IS = "published_by_decision", "left_as_it_is"
