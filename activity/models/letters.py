"""The mail on its way out."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Mail(models.Model):
    """A mail on its way out. The row is the truth; the queue only says that there is something to do."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    to = models.EmailField(max_length=254)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField(blank=True)
    # What goes with it, made when it is sent: activity.attachments.
    attachment = models.CharField(max_length=100, blank=True, default="", db_default="")
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)  # when to queue its task (again)
    error = models.CharField(max_length=255, blank=True)
    dedupe = models.CharField(max_length=255, null=True, blank=True, unique=True)  # a second of this name is dropped
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "mail"
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state__in=["pending", "sending"]), name="mail_to_send"),
            models.Index(fields=["created_at"], name="mail_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"
