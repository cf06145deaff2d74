"""Other ways to an asset than its place in the tree."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from assets.models.tree import Asset


class Favourite(models.Model):
    """An asset that somebody wants at hand. It says nothing of whether they may see it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["user", "asset"], name="favourite_once")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.asset_id}"


class Identifier(models.Model):
    """The name that a client of an ancestor gave a file: unique among all of `data`, and of `blobs` for each owner.

    A file in the trash still has its row, yet whoever wants the name takes it over.
    """

    class Door(models.TextChoices):
        DATA = "data"
        BLOBS = "blobs"

    door = models.CharField(max_length=5, choices=Door)
    value = models.CharField(max_length=255, db_collation="C")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    asset = models.OneToOneField(Asset, models.CASCADE, related_name="identifier")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("door", "value")
        constraints = [
            models.UniqueConstraint(fields=["value"], condition=Q(door="data"), name="one_object_per_identifier"),
            models.UniqueConstraint(fields=["owner", "value"], condition=Q(door="blobs"), name="one_blob_per_id"),
        ]
        indexes = [models.Index(fields=["owner", "door", "value"], name="identifier_of_owner")]

    def __str__(self) -> str:
        return self.value
