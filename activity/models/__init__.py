"""The tables of this app."""

from activity.models.letters import Mail
from activity.models.log import BY_OTHERS, SIGN_INS, AuditEntry, CurrentTransaction, Download, Event, Seal, SignIn
from activity.models.telling import Delivery, Notification, Preference, Reader, Webhook

__all__ = [
    "BY_OTHERS",
    "SIGN_INS",
    "AuditEntry",
    "CurrentTransaction",
    "Delivery",
    "Download",
    "Event",
    "Mail",
    "Notification",
    "Preference",
    "Reader",
    "Seal",
    "SignIn",
    "Webhook",
]
