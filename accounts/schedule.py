"""What beat queues for this app; times in seconds."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "accounts.reconcile_usage": {"task": "accounts.reconcile_usage", "schedule": crontab(hour="3", minute="17")},
    "accounts.forget_sessions": {"task": "accounts.forget_sessions", "schedule": 3600.0},
    "accounts.forget_invitations": {"task": "accounts.forget_invitations", "schedule": crontab(hour="3", minute="47")},
    "accounts.forget_keys": {"task": "accounts.forget_keys", "schedule": crontab(hour="3", minute="53")},
    "accounts.sweep_pictures": {"task": "accounts.sweep_pictures", "schedule": 600.0},
}
