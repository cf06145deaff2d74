"""The regular work of this app. Every task is safe to run twice and side by side."""

from datetime import timedelta

from celery import shared_task

from activity import chain, deliveries, notifications, outbox, services, telling


@shared_task(name="activity.seal")
def seal() -> None:
    """Seal what was recorded since the last time."""
    while chain.seal() == chain.MOST:
        pass


@shared_task(name=outbox.SEND)
def send_mail(mail_id: int) -> None:
    """Send one mail of the outbox."""
    outbox.deliver(mail_id)


@shared_task(name="activity.sweep_mail")
def sweep_mail() -> None:
    """Queue the mails that are due."""
    outbox.sweep()


@shared_task(name="activity.tell_people")
def tell_people() -> None:
    """Tell people what is new."""
    telling.tell_people()


@shared_task(name="activity.dispatch")
def dispatch() -> None:
    """Bring what has happened to the webhooks that want to know of it."""
    deliveries.dispatch()


@shared_task(name=deliveries.DELIVER, soft_time_limit=120, time_limit=150)
def deliver() -> None:
    """Make the calls to webhooks that are due."""
    deliveries.deliver()


@shared_task(name="activity.prune")
def prune() -> None:
    """Forget old news, old mails, old notifications and what was sent to webhooks."""
    services.prune_events(timedelta(days=7))
    outbox.prune(timedelta(days=30))
    notifications.prune(timedelta(days=90))
    deliveries.prune(timedelta(days=30))
