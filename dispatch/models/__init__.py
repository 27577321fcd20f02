"""What things are: one file for each aggregate. Importing this package knows them all."""

from dispatch.models.announcement import Announcement
from dispatch.models.base import Base
from dispatch.models.case import Case, CaseRemark
from dispatch.models.close_out import CloseOut, Reading
from dispatch.models.compensation import Compensation
from dispatch.models.contact import Contact
from dispatch.models.contact_attempt import ContactAttempt
from dispatch.models.disruption import Disruption
from dispatch.models.due_work import DueWork, WorkerHeartbeat
from dispatch.models.event import Event, EventSequence, ReaderCursor
from dispatch.models.field_report import FieldReport
from dispatch.models.geocode_entry import GeocodeEntry
from dispatch.models.guess_count import GuessCount
from dispatch.models.inbound_message import InboundMessage
from dispatch.models.incident import Incident
from dispatch.models.message import Conversation, Message, MessageTemplate, SendAttempt
from dispatch.models.operator import BusinessClock, HolidayOverride, Operator
from dispatch.models.order import Order
from dispatch.models.photo import Photo
from dispatch.models.plan import Plan
from dispatch.models.premises import Community, Premises, Territory
from dispatch.models.promise import Promise, PromiseEntry, PromiseRule
from dispatch.models.rating import Rating
from dispatch.models.route import Eta, Route, Stop, TerritoryDay
from dispatch.models.sandbox_message import SandboxMessage
from dispatch.models.sign_in import AuditEntry, SignIn, SignInCode
from dispatch.models.slot_offer import SlotOffer
from dispatch.models.technician import Absence, Contractor, Shift, Skill, Technician, TechnicianSkill
from dispatch.models.user import Grant, User
from dispatch.models.visit import Visit, VisitSkill

__all__ = [
    "Absence", "Announcement", "AuditEntry", "Base", "BusinessClock", "Case", "CaseRemark", "CloseOut", "Community",
    "Compensation", "Contact", "ContactAttempt", "Contractor", "Conversation", "Disruption", "DueWork", "Eta",
    "Event", "EventSequence", "FieldReport", "GeocodeEntry", "Grant", "GuessCount", "HolidayOverride",
    "InboundMessage", "Incident", "Message", "MessageTemplate", "Operator", "Order", "Photo", "Plan", "Premises",
    "Promise", "PromiseEntry", "PromiseRule", "Rating", "ReaderCursor", "Reading", "Route", "SandboxMessage",
    "SendAttempt", "Shift", "SignIn", "SignInCode", "Skill", "SlotOffer", "Stop", "Technician", "TechnicianSkill",
    "Territory", "TerritoryDay", "User", "Visit", "VisitSkill", "WorkerHeartbeat",
]  # fmt: skip
