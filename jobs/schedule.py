"""What beat queues for this app; times in seconds."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 30.0},
    "jobs.prune": {"task": "jobs.prune", "schedule": 3600.0},
}
