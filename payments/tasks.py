"""The regular work of this app. Every task is safe to run twice and side by side."""

from celery import shared_task

from payments.services import going_live, proving, reconciling, reminding, webhooks


@shared_task(name=webhooks.PROCESS)
def process_event(event_id: int, attempt: int) -> None:
    """Act on one webhook."""
    webhooks.process(event_id, attempt)


@shared_task(name="payments.sweep_events")
def sweep_events() -> None:
    """Queue the webhooks that are due."""
    webhooks.sweep()


@shared_task(name="payments.ask_about_due")
def ask_about_due() -> None:
    """Ask Paystack about the orders and refunds of which no webhook has told for a while."""
    going_live.end_trials()
    reconciling.settle_due()
    reconciling.follow_due()


@shared_task(name="payments.reconcile")
def reconcile(days: int) -> None:
    """Compare Paystack's books of so many days with ours."""
    reconciling.reconcile_days(days)


@shared_task(name="payments.remind")
def remind() -> None:
    """Tell people that what they have paid for comes to its end."""
    reminding.remind()


@shared_task(name="payments.prove")
def prove() -> None:
    """Look whether money and room agree."""
    proving.prove()
