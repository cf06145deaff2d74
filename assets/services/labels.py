"""What people say of assets: tags, free metadata, and which they want at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.callers import Caller
from assets.access import asset_for
from assets.labels import clean_metadata, clean_tags
from assets.locks import lock_as_seen
from assets.models import Asset, Favourite
from assets.preconditions import Tags, check_tags
from assets.record import record
from assets.words import Ability
from cloudbox.errors import BadInput

MOST_FAVOURITES = 10_000  # of one user


@dataclass(frozen=True)
class Labels:
    """The tags or the metadata of an asset, and the revision of the asset that they belong to."""

    revision: int
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] | None = None


def tags_of(*, by: Caller, asset_id: UUID) -> Labels:
    asset = asset_for(by, asset_id, Ability.READ).asset
    return Labels(asset.revision, tags=tuple(asset.tags))


def set_tags(*, by: Caller, asset_id: UUID, tags: Sequence[str], seen: Tags = None) -> Labels:
    """Give an asset these tags and no others; `seen` are the tags of `If-Match`."""
    wanted = clean_tags(tags)
    with transaction.atomic():
        asset = _locked(by, asset_id, seen)
        if asset.tags != wanted:
            _change(asset, tags=wanted)
            record(f"{asset.kind}_tagged", by, asset, tags=wanted)
        return Labels(asset.revision, tags=tuple(wanted))


def metadata_of(*, by: Caller, asset_id: UUID) -> Labels:
    asset = asset_for(by, asset_id, Ability.READ).asset
    return Labels(asset.revision, metadata=asset.metadata)


def set_metadata(*, by: Caller, asset_id: UUID, pairs: Mapping[str, Any], seen: Tags = None) -> Labels:
    """Give an asset this metadata and no other."""
    wanted = clean_metadata(pairs)
    with transaction.atomic():
        return _describe(by, _locked(by, asset_id, seen), wanted)


def change_metadata(*, by: Caller, asset_id: UUID, pairs: Mapping[str, Any], seen: Tags = None) -> Labels:
    """Change some of an asset's metadata; None takes a key away (RFC 7396)."""
    new = clean_metadata({key: value for key, value in pairs.items() if value is not None})
    gone = {key for key, value in pairs.items() if value is None}
    with transaction.atomic():
        asset = _locked(by, asset_id, seen)
        kept = {key: value for key, value in asset.metadata.items() if key not in gone}
        return _describe(by, asset, clean_metadata(kept | new))


def like(*, by: Caller, asset_id: UUID) -> None:
    """Put an asset among the caller's favourites; safe to repeat."""
    user_id = by.must_see_account()
    asset = asset_for(by, asset_id, Ability.READ).asset
    if Favourite.objects.filter(user=user_id).count() >= MOST_FAVOURITES:
        raise BadInput("asset", f"At most {MOST_FAVOURITES} favourites.")
    Favourite.objects.bulk_create([Favourite(user_id=user_id, asset_id=asset.id)], ignore_conflicts=True)


def like_no_more(*, by: Caller, asset_id: UUID) -> None:
    """Take an asset from the caller's favourites, whether it is there or not, and whether they still see it or not."""
    Favourite.objects.filter(user=by.must_see_account(), asset=asset_id).delete()


def _describe(by: Caller, asset: Asset, wanted: Mapping[str, str]) -> Labels:
    if asset.metadata != wanted:
        keys = {key for key in wanted.keys() | asset.metadata.keys() if wanted.get(key) != asset.metadata.get(key)}
        _change(asset, metadata=wanted)
        record(f"{asset.kind}_described", by, asset, keys=sorted(keys))
    return Labels(asset.revision, metadata=wanted)


def _locked(by: Caller, asset_id: UUID, seen: Tags) -> Asset:
    asset = lock_as_seen(asset_for(by, asset_id, Ability.CHANGE).asset)
    check_tags(seen, str(asset.revision))
    return asset


def _change(asset: Asset, **values: Any) -> None:
    Asset.objects.filter(pk=asset.id).update(revision=F("revision") + 1, **values)
    asset.revision += 1
