"""What befalls bytes in their stores: moved, damaged, deleted; and those that PostgreSQL itself stores."""

from django.db import models
from django.utils import timezone

from assets.models.content import Blob


class Condemned(models.Model):
    """Bytes that no row names any more, deleted from `store` after `delete_at`."""

    store = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0)  # bytes, 0 when not known
    delete_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "waiting for deletion"
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="condemned_once")]

    def __str__(self) -> str:
        return f"{self.store}:{self.key}"


class Move(models.Model):
    """A blob on its way to another store: what its task is queued again from until it has arrived.

    `key` is that of the present attempt. Every attempt writes under a new one, so that each orphan can be found,
    and has a new `fence`, so that of two that believe they hold the lease one switches the blob's row.
    """

    blob = models.OneToOneField(Blob, models.PROTECT, related_name="move")
    store = models.CharField(max_length=64)  # where to
    key = models.CharField(max_length=255, null=True)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(default=timezone.now, db_index=True)
    error = models.CharField(max_length=200, default="")  # why the last attempt failed, without any secret
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "on the way"
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="one_move_per_key")]

    def __str__(self) -> str:
        return f"{self.blob_id} to {self.store}"


class Damage(models.Model):
    """A blob whose bytes are missing or not what they were, found by a scrub, a check or a reader."""

    blob = models.OneToOneField(Blob, models.PROTECT, related_name="damage")
    kind = models.CharField(max_length=10, choices=[("missing", "missing"), ("altered", "altered")])
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "damaged bytes"

    def __str__(self) -> str:
        return f"{self.blob_id} is {self.kind}"


class StoredObject(models.Model):
    """A key of a store of the kind `database`; it exists once it is `complete`."""

    store = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0)  # bytes
    complete = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="one_object_per_stored_key")]

    def __str__(self) -> str:
        return f"{self.store}:{self.key}"


class StoredChunk(models.Model):
    """A piece of a stored object; all but the last are of one size. Never compressed: the bytes often are already."""

    object = models.ForeignKey(StoredObject, models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object", "position"], name="one_chunk_per_position")]

    def __str__(self) -> str:
        return f"chunk {self.position}"
