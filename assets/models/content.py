"""What files contain: immutable bytes, the versions that name them, and bytes on their way in."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from assets.models.tree import Asset
from cloudbox.ids import new_id


class Blob(models.Model):
    """Immutable bytes: plain (under `key` in one store) or composite (a list of plain ones, with neither)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=9, choices=[("plain", "plain"), ("composite", "composite")], default="plain")
    store = models.CharField(max_length=64)
    key = models.CharField(max_length=255, null=True)
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64, null=True)  # hex; a composite's is filled in by a task
    md5 = models.CharField(max_length=32, null=True)  # hex; computed when a client or door needs it
    created_at = models.DateTimeField(default=timezone.now)
    crcs = models.BinaryField(null=True)  # the CRC32C of each MiB, 4 bytes big-endian each; a plain one's, once known
    verified_at = models.DateTimeField(null=True)  # when its bytes were last read back and found right

    class Meta:
        indexes = [
            models.Index(fields=["store", "id"], name="blob_by_store"),
            models.Index(
                F("verified_at").asc(nulls_first=True), "id", condition=Q(kind="plain"), name="blob_by_verification"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["store", "key"], name="one_blob_per_key"),
            models.CheckConstraint(condition=Q(kind="composite") ^ Q(key__isnull=False), name="plain_blobs_have_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.size} bytes in {self.store}"


class BlobPart(models.Model):
    """One part of a composite blob, in order. `start` is the offset of its first byte in the whole."""

    blob = models.ForeignKey(Blob, models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    start = models.BigIntegerField()
    part = models.ForeignKey(Blob, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("blob", "position")
        constraints = [models.UniqueConstraint(fields=["blob", "position"], name="one_part_per_position")]

    def __str__(self) -> str:
        return f"part {self.position}"


class Version(models.Model):
    """What a file contained from one moment to the next. The newest is the asset's `current`.

    Several versions may name one blob (a copy, a restore); each is charged in full.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="versions")
    seq = models.PositiveIntegerField()
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="versions")
    size = models.BigIntegerField()  # bytes
    content_type = models.CharField(max_length=255, default="")
    headers = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    tags = models.JSONField(default=dict)
    etag = models.CharField(max_length=80, default="")
    checksums = models.JSONField(default=dict)
    part_sizes = ArrayField(models.BigIntegerField(), null=True)  # bytes; kept through compaction
    upload_id = models.UUIDField(null=True, unique=True)  # the upload it came from: a repeated finish finds it
    upload_said = models.JSONField(null=True)  # `metadata` and `concat` of that upload, as they came
    is_null = models.BooleanField(default=False)
    is_marker = models.BooleanField(default=False)
    retain_until = models.DateTimeField(null=True)
    legal_hold = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("asset", "-seq")
        constraints = [
            models.UniqueConstraint(fields=["asset", "seq"], name="one_version_per_seq"),
            models.CheckConstraint(condition=Q(blob=None) ^ Q(is_marker=False), name="markers_have_no_bytes"),
        ]

    def __str__(self) -> str:
        return f"version {self.seq}"


class Upload(models.Model):
    """Bytes on their way in. It holds `reserved` bytes of the owner's quota until its row is deleted.

    Whoever deletes the row decides its fate, so finishing, aborting and sweeping cannot both win.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")  # who is charged
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    folder = models.ForeignKey(Asset, models.PROTECT, related_name="+")  # a cascade would lose the reservation
    name = models.CharField(max_length=1024)
    size = models.BigIntegerField(null=True)  # bytes announced; null: not known yet
    reserved = models.BigIntegerField(default=0)  # bytes
    lease_until = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField(null=True)  # a resumable upload at rest lives until then
    link = models.ForeignKey("Link", models.SET_NULL, null=True, related_name="+")  # through which it comes

    # of one that a client resumes: what it said at the beginning and the server needs at the end
    content_type = models.CharField(max_length=255, default="", db_default="")
    on_conflict = models.CharField(max_length=7, default="fail", db_default="fail")
    client_metadata = models.TextField(default="", db_default="")  # as it came: tus gives it back
    is_partial = models.BooleanField(default=False, db_default=False)  # waits to be concatenated with others
    concat = models.TextField(default="", db_default="")  # the parts of a final one, as they came
    digests = models.JSONField(null=True)  # hex by hashlib's names: what the whole is said to have
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "uploads in flight"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name


class UploadPart(models.Model):
    """One attempt to write bytes, under a key of its own, so that every orphan can be found."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(default=1)
    store = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")  # once it is complete
    superseded = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="one_attempt_per_key")]

    def __str__(self) -> str:
        return f"part {self.number}"
