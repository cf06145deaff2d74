"""The regular work of this app. Every task is safe to run twice and side by side."""

from datetime import timedelta

from celery import shared_task

from jobs import idempotency, services


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Queue again what a lost worker or a lost queue left lying."""
    services.sweep()


@shared_task(name="jobs.prune")
def prune() -> None:
    """Forget jobs that ended long ago, and answers that no request repeats any more."""
    services.prune(timedelta(days=90))
    idempotency.prune()
