"""What an owner has from the tree: a root folder from the start, and the bytes of all versions."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from assets import names
from assets.models import Asset, Upload, Version
from assets.placing import place_root
from assets.words import Kind

if TYPE_CHECKING:
    from accounts.models import User


def make_root(*, user: "User", **_: Any) -> None:
    """Give a new user their root folder, in the transaction of their registration."""
    name = f"{user.first_name or user.username} root"
    with transaction.atomic():
        place_root(Asset(kind=Kind.FOLDER, owner=user, created_by=user), names.shorten(name))


def bytes_of(owner_id: UUID) -> int:
    """Return how many bytes the owner is charged for files: all versions, those in the trash too."""
    return Version.objects.filter(asset__owner=owner_id).aggregate(size=Sum("size"))["size"] or 0


def held_for(owner_id: UUID) -> int:
    """Return how many bytes of the owner's quota are held for uploads that are under way."""
    return Upload.objects.filter(owner=owner_id).aggregate(size=Sum("reserved"))["size"] or 0
