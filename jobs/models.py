"""Long work, and what was answered to a request that may come twice."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cloudbox.ids import new_id


class Job(models.Model):
    """Work that outlives a request: the row from which its task is queued again.

    Whoever works on it holds the lease until `lease_until` and writes under its `fence`, which every
    taking raises: a worker that was thought dead cannot write over its successor. `kind` is the task's name.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)  # null: not known yet
    unit = models.CharField(max_length=32, blank=True)  # of `done` and `total`: bytes, files …
    lease_until = models.DateTimeField(null=True, blank=True)  # while queued: when its task is queued again
    fence = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["owner", "-id"], name="job_of_owner"),
            models.Index(fields=["lease_until"], condition=Q(state__in=["queued", "running"]), name="job_to_do"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class JobItem(models.Model):
    """One thing of many that a job does; `code` says why when it did not work, `made` what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        SKIPPED = "skipped"
        FAILED = "failed"

    job = models.ForeignKey(Job, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    subject = models.CharField(max_length=1024)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    code = models.CharField(max_length=64, blank=True)
    made = models.CharField(max_length=64, blank=True, default="", db_default="")  # the id of what is new

    class Meta:
        ordering = ("job", "position")
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="one_item_per_position")]

    def __str__(self) -> str:
        return self.subject


class Idempotency(models.Model):
    """The answer to a user's request under a key, written in the transaction of what the request made."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)  # hex
    status = models.PositiveSmallIntegerField()
    body = models.TextField(blank=True)  # JSON, as it was sent
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "idempotency keys"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key
