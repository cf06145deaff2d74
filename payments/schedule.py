"""What beat queues for this app; times in seconds."""

from typing import Any

from celery.schedules import crontab

NIGHTLY = crontab(hour="2", minute="17")
AFTERWARDS = crontab(hour="3", minute="17")
WEEKLY = crontab(hour="2", minute="47", day_of_week="sunday")  # what was paid long after it was ordered, too

SCHEDULE: dict[str, dict[str, Any]] = {
    "payments.remind": {"task": "payments.remind", "schedule": 3600.0},
    "payments.sweep_events": {"task": "payments.sweep_events", "schedule": 60.0},
    "payments.ask_about_due": {"task": "payments.ask_about_due", "schedule": 300.0},
    "payments.reconcile": {"task": "payments.reconcile", "schedule": NIGHTLY, "args": (3,)},
    "payments.reconcile_more": {"task": "payments.reconcile", "schedule": WEEKLY, "args": (35,)},
    "payments.prove": {"task": "payments.prove", "schedule": AFTERWARDS},
}
