"""What belongs into the story of an order, and under which heading (R41: told, promised, tried, supplied)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dispatch.rules import events as e


class Topic(StrEnum):
    """What a line of the story is about."""

    TOLD = "told"
    PROMISED = "promised"
    TRIED = "tried"
    SUPPLIED = "supplied"
    ARRANGED = "arranged"


_FACTS: Mapping[Topic, tuple[type[e.Fact], ...]] = {
    Topic.PROMISED: (
        e.PromiseOpened,
        e.PromiseWithheld,
        e.PromiseKept,
        e.PromiseBroken,
        e.PromiseVoided,
        e.CallbackPromised,
        e.ClockPaused,
        e.ClockResumed,
        e.PauseDisputed,
        e.DisputeUpheld,
        e.DisputeRejected,
        e.CauseAttributed,
    ),
    Topic.TRIED: (
        e.ContactTried,
        e.TechnicianSetOff,
        e.VisitDiverted,
        e.TechnicianArrived,
        e.ArrivalUndone,
        e.VisitNotCompleted,
        e.CallbackMade,
        e.ArrivalEndangered,
    ),
    Topic.SUPPLIED: (
        e.VisitCompleted,
        e.ServiceSeenWorking,
        e.OrderFulfilled,
        e.CompensationApproved,
        e.FollowUpMade,
        e.VisitRated,
    ),
    Topic.ARRANGED: (
        e.OrderReceived,
        e.OrderLocated,
        e.LinksRevoked,
        e.VisitRequested,
        e.VisitBooked,
        e.VisitScheduled,
        e.VisitSent,
        e.VisitUnsent,
        e.VisitAccepted,
        e.VisitReassigned,
        e.TimeAgreed,
        e.VisitConfirmed,
        e.VisitCancelled,
        e.OrderInfeasible,
        e.WithdrawalRequested,
        e.WithdrawalRevoked,
        e.WithdrawalVerified,
        e.OrderWithdrawn,
        e.InfeasibleOrderClosed,
        e.CaseOpened,
        e.CaseHandedOver,
        e.CaseReplied,
        e.CaseResolved,
        e.CaseReopened,
    ),
}
#: by kind of fact; what is not named here is no part of the story
TOPICS: Mapping[str, Topic] = {fact.kind: topic for topic, facts in _FACTS.items() for fact in facts}
