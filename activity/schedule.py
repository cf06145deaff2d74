"""What beat queues for this app; times in seconds."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "activity.seal": {"task": "activity.seal", "schedule": 60.0},
    "activity.sweep_mail": {"task": "activity.sweep_mail", "schedule": 60.0},
    "activity.tell_people": {"task": "activity.tell_people", "schedule": 3.0},
    "activity.dispatch": {"task": "activity.dispatch", "schedule": 5.0},
    "activity.prune": {"task": "activity.prune", "schedule": 3600.0},
}
