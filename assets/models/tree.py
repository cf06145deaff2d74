"""Folders and files, and who else may use them. What a file contains is in `content`."""

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
    metadata = models.JSONField(default=dict, db_default={})  # free: text by text
    tags = ArrayField(models.CharField(max_length=64), default=list, db_default=[])  # sorted

    # on a folder: how long old versions below it are kept; None: as the folder above says, at last the settings
    versions_kept = models.PositiveIntegerField(null=True)
    versions_days = models.PositiveIntegerField(null=True)

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
            models.Index(
                fields=["owner", "sort_key", "id"],
                include=["parent", "kind", "fold", "content_type", "size", "modified_at", "hidden"],
                condition=LIVE,
                name="asset_of_owner_by_name",
            ),
            models.Index(
                fields=["owner", "modified_at", "id"],
                include=["parent", "kind", "fold", "sort_key", "content_type", "size", "hidden"],
                condition=LIVE,
                name="asset_of_owner_by_time",
            ),
            models.Index(
                fields=["owner", "size", "id"],
                include=["parent", "kind", "fold", "sort_key", "content_type", "modified_at", "hidden"],
                condition=LIVE,
                name="asset_of_owner_by_size",
            ),
            models.Index(fields=["owner", "content_type", "id"], condition=LIVE, name="asset_of_owner_by_type"),
            models.Index(fields=["owner"], condition=~Q(any_one_access="restricted"), name="asset_open_to_anyone"),
            GinIndex(fields=["tags"], condition=~Q(tags=[]), name="asset_tags"),
            GinIndex(
                fields=["metadata"],
                opclasses=["jsonb_path_ops"],
                condition=~Q(metadata={}),
                name="asset_metadata",
            ),
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
