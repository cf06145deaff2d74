"""Who is told of what happened, and how: on the pages, by mail, and by calling addresses of theirs."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cloudbox.ids import new_id


class Reader(models.Model):
    """How far a reader of the news has come. It goes on from there, however it ended."""

    name = models.CharField(max_length=32, primary_key=True)
    seq = models.BigIntegerField(default=0)  # of the last Event that it has dealt with

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"


class Notification(models.Model):
    """One event as somebody finds it on the pages. What it says is in `data`, as in its Event."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    event_seq = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["user", "event_seq"], name="one_notification_per_event")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["created_at"], name="notification_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Preference(models.Model):
    """How somebody wants to be told of one kind of thing; without a row, as the kind is by itself."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=64)
    on_page = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_preference_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Webhook(models.Model):
    """An address that is called for every event of some kinds that concerns its owner (standardwebhooks.com)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    url = models.CharField(max_length=2000)
    label = models.CharField(max_length=100, blank=True)
    kinds = ArrayField(models.CharField(max_length=64), default=list, blank=True)  # empty: all
    secret_sealed = models.TextField()
    previous_sealed = models.TextField(blank=True)  # signs as well until `previous_until`
    previous_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True)  # null: the last delivery went, or there was none
    off_reason = models.CharField(max_length=255, blank=True)  # why it was turned off by the server, if it was
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["owner", "-id"], name="webhook_of_owner")]

    def __str__(self) -> str:
        return self.label or f"webhook {self.id}"


class Delivery(models.Model):
    """One event on its way to one webhook. The row is the truth; the queue only says that there is something to do."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)  # also the `webhook-id` of its calls
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event_seq = models.BigIntegerField(null=True)  # null: a test
    kind = models.CharField(max_length=64)
    body = models.TextField()  # JSON, as it is signed and sent
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)  # when to queue its task (again)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer; null: there was none
    error = models.CharField(max_length=255, blank=True)
    milliseconds = models.PositiveIntegerField(null=True)  # the last attempt took
    created_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "call of a webhook"
        verbose_name_plural = "calls of webhooks"
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["webhook", "event_seq"], name="one_delivery_per_event")]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(fields=["next_at"], condition=Q(state__in=["pending", "sending"]), name="delivery_to_send"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.webhook_id}"
