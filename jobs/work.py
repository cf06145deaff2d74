"""Write the task of a job in a few lines.

@work("assets.purge")
def purge(lease: Lease, *, folder_id: str) -> dict[str, int]:
    ...
    with transaction.atomic():
        delete_some()
        services.renew(lease, done=count)
    return {"deleted": count}
"""

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from celery import shared_task

from cloudbox.errors import Refusal
from jobs import services
from jobs.services import CancelRequested, Lease, LeaseLost, TurnOver

log = structlog.get_logger(__name__)


def work(kind: str, *, seconds: int = services.LEASE, most: int | None = None) -> Callable[[Callable[..., Any]], Any]:
    """Register the decorated function as the task of jobs of this kind.

    It gets the lease and the job's arguments, must `renew` at least every `seconds`, and returns the job's
    result (JSON). It may take `most` seconds, or as long as other tasks. A Refusal fails the job with its code.
    Any other error gives the job back to be tried again; TurnOver puts it behind the others.
    """

    limits: dict[str, Any] = {"soft_time_limit": most, "time_limit": most + 300} if most else {}

    def decorate(function: Callable[..., Any]) -> Any:
        @shared_task(name=kind, **limits)
        @functools.wraps(function)
        def task(job_id: str) -> None:
            lease = services.take(UUID(job_id), seconds)
            if lease is None:
                return
            try:
                _run(function, lease)
            except LeaseLost:
                log.warning("job_lease_lost", job=job_id, kind=kind)

        return task

    return decorate


def _run(function: Callable[..., Any], lease: Lease) -> None:
    """Do the work and write how it ended. Raises LeaseLost."""
    try:
        result = function(lease, **lease.arguments)
    except LeaseLost:
        raise
    except CancelRequested:
        services.stop(lease)
    except TurnOver:
        services.rest(lease)
    except Refusal as refusal:
        services.fail(lease, refusal.code)
    except Exception as error:  # the edge of a task runner: whatever went wrong, the job must not stay taken
        log.exception("job_failed", job=str(lease.job_id), kind=lease.kind, attempt=lease.attempt)
        services.try_again(lease, type(error).__name__)
    else:
        services.finish(lease, result)
