"""The tree and its bytes. A row knows its own shape, and the database keeps it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.sharing import GroupGrant, Shared, UserGrant
from cloudbox.ids import new_id

LIVE = Q(trashed_at=None, purging_at=None)


class Asset(Shared):
    """A folder or a file. Design: `docs/architecture.md`, the tree.

    `parent` is the truth. Only folders carry `path`, the ids from the root down to themselves, so a
    rename touches one row and a subtree is `path @> {id}`. What stands below "from current" is copied
    from the current version, for keyset sorts.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=6, choices=[("folder", "folder"), ("file", "file")])
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = ArrayField(models.UUIDField(), null=True)
    name = models.CharField(max_length=1024)  # 255 bytes outside buckets
    fold = models.TextField(default="")  # NFKD, casefolded: what a search compares
    grams = ArrayField(models.CharField(max_length=12), default=list)  # the 3-grams of `fold`
    sort_key = models.TextField(default="", db_collation="C")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    inherits = models.BooleanField(default=True)  # False: roles from above end here
    revision = models.PositiveBigIntegerField(default=1)  # the `If-Match` tag

    # from current
    current = models.ForeignKey("Version", models.SET_NULL, null=True, related_name="+")
    size = models.BigIntegerField(default=0)  # bytes
    content_type = models.CharField(max_length=255, default="")
    modified_at = models.DateTimeField(default=timezone.now)
    hidden = models.BooleanField(default=False)  # current is a delete marker: in no list, yet keeps its name

    # gone
    trashed_at = models.DateTimeField(null=True)  # only on the top of what was deleted
    trashed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    purging_at = models.DateTimeField(null=True)

    # in a bucket
    bucket = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    key = models.TextField(null=True, db_collation="C")
    versioning = models.CharField(max_length=10, default="", blank=True)  # on the bucket's folder
    lock_enabled = models.BooleanField(default=False)
    default_retention = models.JSONField(null=True)

    class Meta:
        verbose_name_plural = "folders and files"
        permissions = [("viewer", "may view"), ("editor", "may edit")]
        constraints = [
            models.UniqueConstraint(fields=["parent", "kind", "name"], condition=LIVE, name="one_name_per_folder"),
            models.UniqueConstraint(fields=["owner"], condition=Q(parent=None), name="one_root_per_owner"),
            models.UniqueConstraint(fields=["bucket", "key"], condition=LIVE, name="one_object_per_key"),
            models.CheckConstraint(condition=Q(kind="folder") ^ Q(path=None), name="only_folders_have_a_path"),
            models.CheckConstraint(condition=Q(parent__isnull=False) | Q(kind="folder"), name="a_root_is_a_folder"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="no_asset_is_its_own_parent"),
        ]
        indexes = [
            GinIndex(fields=["path"], condition=Q(kind="folder"), name="asset_path"),
            GinIndex(fields=["grams"], name="asset_grams"),
            models.Index(fields=["parent", "kind", "sort_key", "id"], condition=LIVE, name="asset_by_name"),
            models.Index(fields=["parent", "kind", "modified_at", "id"], condition=LIVE, name="asset_by_time"),
            models.Index(fields=["parent", "kind", "size", "id"], condition=LIVE, name="asset_by_size"),
            models.Index(fields=["owner", "-trashed_at"], condition=Q(trashed_at__isnull=False), name="asset_trash"),
            models.Index(fields=["purging_at"], condition=Q(purging_at__isnull=False), name="asset_purging"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_folder(self) -> bool:
        return self.kind == "folder"


class AssetUserGrant(UserGrant):
    content_object = models.ForeignKey(Asset, models.CASCADE, related_name="user_grants")

    class Meta(UserGrant.Meta):
        indexes = [models.Index(fields=["user", "content_object"], name="grant_of_user")]


class AssetGroupGrant(GroupGrant):
    content_object = models.ForeignKey(Asset, models.CASCADE, related_name="group_grants")

    class Meta(GroupGrant.Meta):
        indexes = [models.Index(fields=["group", "content_object"], name="grant_of_group")]


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
