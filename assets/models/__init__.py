"""The tree and its bytes. A row knows its own shape, and the database keeps it."""

from assets.models.content import Blob, BlobPart, Upload, UploadPart, Version
from assets.models.finding import Favourite, Identifier
from assets.models.pictures import Preview, Thumbnail
from assets.models.sharing import Link, Report, Transfer
from assets.models.stores import Condemned, Damage, Move, StoredChunk, StoredObject
from assets.models.tree import LIVE, Asset, AssetGroupGrant, AssetUserGrant

__all__ = [
    "LIVE",
    "Asset",
    "AssetGroupGrant",
    "AssetUserGrant",
    "Blob",
    "BlobPart",
    "Condemned",
    "Damage",
    "Favourite",
    "Identifier",
    "Link",
    "Move",
    "Preview",
    "Report",
    "StoredChunk",
    "StoredObject",
    "Thumbnail",
    "Transfer",
    "Upload",
    "UploadPart",
    "Version",
]
