"""What a list of assets shows of each at a glance, besides what it is."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from accounts.callers import Caller
from assets.access import IN_FORCE
from assets.rows import ask
from assets.shapes import AssetView
from assets.words import Ability

# The ids are of assets that the caller was shown.
_MARKS = f"""
SELECT a.id,
    EXISTS (SELECT FROM assets_favourite l WHERE l.asset_id = a.id AND l.user_id = %(user)s),
    EXISTS (SELECT FROM assets_version v JOIN assets_preview p ON p.blob_id = v.blob_id
              JOIN assets_thumbnail t ON t.preview_id = p.id WHERE v.id = a.current_id),
    NOT (a.any_one_access = 'restricted')
    OR EXISTS (SELECT FROM assets_assetusergrant g WHERE g.content_object_id = a.id AND {IN_FORCE})
    OR EXISTS (SELECT FROM assets_assetgroupgrant g WHERE g.content_object_id = a.id AND {IN_FORCE})
    OR EXISTS (SELECT FROM assets_link k WHERE k.asset_id = a.id AND k.revoked_at IS NULL AND k.taken_down_at IS NULL
                                           AND (k.expires_at IS NULL OR k.expires_at > now()))
FROM assets_asset a WHERE a.id = ANY(%(ids)s::uuid[])
"""  # noqa: S608  made of constants


class Marks(NamedTuple):
    """Whether the caller likes it, whether it has a small picture, and whether others were let in to it.

    The last is told only to those who may share it.
    """

    liked: bool = False
    pictured: bool = False
    shared: bool = False


def marks_of(*, by: Caller, shown: Sequence[AssetView]) -> dict[UUID, Marks]:
    """Return the marks of assets that the caller was shown. One query."""
    sharable = {view.id for view in shown if Ability.SHARE in view.abilities}
    rows = ask(_MARKS, {"user": by.author_id, "ids": [view.id for view in shown]}) if shown else []
    return {row[0]: Marks(row[1], row[2], row[3] and row[0] in sharable) for row in rows}
