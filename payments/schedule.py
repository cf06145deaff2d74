"""What beat queues for this app; times in seconds."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "payments.sweep_events": {"task": "payments.sweep_events", "schedule": 60.0},
}
