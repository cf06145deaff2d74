"""What Paystack tells us, and what comparing its books with ours finds."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cloudbox.ids import new_id
from payments.models.orders import Order
from payments.words import Difference


class ProviderEvent(models.Model):
    """A webhook whose signature was right, as it came. The same bytes again are counted, not kept twice."""

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"
        IGNORED = "ignored"  # nothing of ours: kept, and never acted on
        FAILED = "failed"  # given up; the staff may try again

    dedupe = models.CharField(max_length=64, unique=True)  # SHA-256 of the body, hex
    event = models.CharField(max_length=64)  # `charge.success` …; empty when the body tells none
    reference = models.CharField(max_length=255, blank=True)
    raw = models.BinaryField()
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="events")
    received_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=7, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)  # when to queue its task (again)
    processed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["next_at"], condition=Q(state="new"), name="events_to_process")]

    def __str__(self) -> str:
        return f"{self.event} {self.reference}"


class Reconciliation(models.Model):
    """One comparison of Paystack's books with ours, both ways."""

    since = models.DateTimeField()
    until = models.DateTimeField()
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    charges = models.PositiveIntegerField(default=0)
    refunds = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=dict)  # by currency: theirs and ours, in minor units
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"


class Finding(models.Model):
    """A difference between Paystack's books and ours. It stays open until it is gone or somebody has dealt with it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=200)  # what differs: found again it is the same
    kind = models.CharField(max_length=16, choices=Difference)
    reference = models.CharField(max_length=255, blank=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="findings")
    facts = models.JSONField(default=dict)
    found_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    resolution = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("-found_at",)
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(resolved_at=None), name="one_open_finding_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
