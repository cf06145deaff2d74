"""The regular work of this app. Every task is safe to run twice and side by side."""

from celery import shared_task

from payments.services import webhooks


@shared_task(name=webhooks.PROCESS)
def process_event(event_id: int, attempt: int) -> None:
    """Act on one webhook."""
    webhooks.process(event_id, attempt)


@shared_task(name="payments.sweep_events")
def sweep_events() -> None:
    """Queue the webhooks that are due."""
    webhooks.sweep()
