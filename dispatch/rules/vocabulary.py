"""The codes of the business: one closed list for each question that has fixed answers."""

from __future__ import annotations

from enum import StrEnum


class OrderKind(StrEnum):
    """What the customer wants."""

    INSTALL = "install"
    MOVE = "move"
    REPAIR = "repair"
    LINE_TUNING = "line_tuning"
    FOLLOW_UP = "follow_up"
    RECOVER = "recover"


class VisitPurpose(StrEnum):
    """What one attendance is for; a move sets up the new place and recovers the old (R02)."""

    SET_UP = "set_up"
    RECOVER = "recover"
    REPAIR = "repair"
    TUNE = "tune"
    FOLLOW_UP = "follow_up"


class Tier(StrEnum):
    """Standard, or a community enrolled as premium (R07)."""

    STANDARD = "standard"
    PREMIUM = "premium"


class Priority(StrEnum):
    """Emergencies go first, around the clock (R15)."""

    NORMAL = "normal"
    HIGH = "high"
    EMERGENCY = "emergency"


class PromiseKind(StrEnum):
    """What is promised. The first five are met when the customer has what was ordered."""

    INSTALL = "install"
    MOVE = "move"
    REPAIR = "repair"
    LINE_TUNING = "line_tuning"
    FOLLOW_UP = "follow_up"
    ACCEPTANCE = "acceptance"
    CONTACT = "contact"
    ARRIVAL = "arrival"
    WITHDRAWAL_CHECK = "withdrawal_check"
    WITHDRAWAL_CLOSE = "withdrawal_close"
    CALLBACK = "callback"
    COMPLAINT_REPLY = "complaint_reply"
    COMPLAINT_ANSWER = "complaint_answer"
    DISPUTE_ANSWER = "dispute_answer"


class Subject(StrEnum):
    """What a promise is about: exactly one of these."""

    ORDER = "order"
    VISIT = "visit"
    CASE = "case"


class PauseCause(StrEnum):
    """Why a clock may stand: never a change made by us."""

    CUSTOMER_REQUEST = "customer_request"
    CUSTOMER_UNREACHABLE = "customer_unreachable"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    WEATHER_WARNING = "weather_warning"
    ACCESS_REFUSED = "access_refused"
    OUTSIDE_CAUSE = "outside_cause"


class ProofKind(StrEnum):
    """What proves a pause (R51)."""

    CALL_RECORD = "call_record"
    REPLY = "reply"
    WARNING = "warning"
    DOCUMENT = "document"


class BreakCause(StrEnum):
    """Whose doing a broken promise is (R36)."""

    OURS = "ours"
    OUR_RESOURCES = "our_resources"
    CONTRACTOR = "contractor"
    THIRD_PARTY = "third_party"
    CUSTOMER = "customer"
    FORCE_MAJEURE = "force_majeure"


class Breach(StrEnum):
    """In what way a promise was broken."""

    LATE = "late"
    NEVER_MET = "never_met"
    EARLY_WITHOUT_CONSENT = "early_without_consent"


class ContactRole(StrEnum):
    """People of an order (R28)."""

    SUBSCRIBER = "subscriber"
    ON_SITE = "on_site"
    SUBSTITUTE = "substitute"


class Channel(StrEnum):
    """How somebody is reached."""

    SMS = "sms"
    VOICE = "voice"
    PAGE = "page"
    CONSOLE = "console"
    PHONE = "phone"
    API = "api"


class Band(StrEnum):
    """Part of the day in which a customer is tried again (R12)."""

    MORNING = "morning"
    NOON = "noon"
    EVENING = "evening"


class CaseKind(StrEnum):
    """A question, a complaint, an exception, or a pause that the customer disputes."""

    QUESTION = "question"
    COMPLAINT = "complaint"
    EXCEPTION = "exception"
    DISPUTE = "dispute"


class Role(StrEnum):
    """What a grant lets its holder do."""

    ADMIN = "admin"
    DISPATCHER = "dispatcher"
    AGENT = "agent"
    VIEWER = "viewer"
    CONTRACTOR = "contractor"
    TECHNICIAN = "technician"


class ReadingKind(StrEnum):
    """What is measured at close-out, with its unit in the name (R14, R27)."""

    DOWNLINK_KBPS = "downlink_kbps"
    UPLINK_KBPS = "uplink_kbps"
    GPON_POWER_CDBM = "gpon_power_cdbm"
    EPON_POWER_CDBM = "epon_power_cdbm"
    ONLINE = "online"


class ReportKind(StrEnum):
    """What a technician's phone reports; what each payload holds stands in `field_reports.py`."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONTACT_TRIED = "contact_tried"
    TIME_AGREED = "time_agreed"
    EARLY_ALLOWED = "early_allowed"
    SET_OFF = "set_off"
    DIVERTED = "diverted"
    ARRIVED = "arrived"
    ARRIVAL_UNDONE = "arrival_undone"
    NOBODY_THERE = "nobody_there"
    CLOSED_OUT = "closed_out"
    NOT_COMPLETED = "not_completed"
    QUESTION_ASKED = "question_asked"
    RUNNING_OVER = "running_over"
    TAKEN_ILL = "taken_ill"


class ReportOutcome(StrEnum):
    """What became of a field report: it happened, it was known already, or somebody sorts it out."""

    APPLIED = "applied"
    KNOWN = "known"
    CONFLICT = "conflict"


class DisruptionKind(StrEnum):
    """What upsets a planned day."""

    ABSENT = "absent"
    OVERRUN = "overrun"
    EMERGENCY = "emergency"
    DIVERTED = "diverted"
    UNACCEPTED = "unaccepted"
