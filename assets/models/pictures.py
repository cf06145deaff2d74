"""What bytes show of themselves: made by a task, never in the way of an upload."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from assets.models.content import Blob


class Preview(models.Model):
    """What is known of a picture, video or sound: the row from which its task is queued again until it is made.

    It belongs to the bytes, so a copy or a restored version has it at once. `none`: there is nothing to be seen in
    these bytes, and nobody tries again.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        MADE = "made"
        NONE = "none"

    blob = models.OneToOneField(Blob, models.PROTECT, related_name="preview")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    content_type = models.CharField(max_length=255)  # what its first version was said to be
    width = models.PositiveIntegerField(null=True)  # pixels
    height = models.PositiveIntegerField(null=True)  # pixels
    duration = models.PositiveBigIntegerField(null=True)  # milliseconds
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(default=timezone.now)  # while somebody works on it: when they are thought dead
    reason = models.CharField(max_length=64, blank=True)  # why there is none, or the last attempt failed
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["retry_at"], condition=Q(state="waiting"), name="preview_to_make")]

    def __str__(self) -> str:
        return f"preview of {self.blob_id}"


class Thumbnail(models.Model):
    """A small picture of a preview; its longer side has at most `edge` pixels. Its bytes are a blob like any other."""

    preview = models.ForeignKey(Preview, models.CASCADE, related_name="thumbnails")
    edge = models.PositiveIntegerField()
    image = models.OneToOneField(Blob, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("preview", "edge")
        constraints = [models.UniqueConstraint(fields=["preview", "edge"], name="one_thumbnail_per_edge")]

    def __str__(self) -> str:
        return f"{self.edge} pixels of {self.preview_id}"
