"""What the native API says of assets. One shape for every call; the dict beside it describes it for OpenAPI."""

from typing import Any

from rest_framework import serializers

from assets.services.people import People
from assets.services.pictures import PreviewView
from assets.shapes import AssetView, VersionView
from cloudbox.pages import Page


class PersonOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    username = serializers.CharField()


class AssetOut(serializers.Serializer[AssetView]):
    """The description of `asset_json`, which is eight times faster than this serializer."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(["folder", "file"])
    is_folder = serializers.BooleanField()
    name = serializers.CharField()
    parent = serializers.UUIDField(  # type: ignore[assignment]  # a field may be called so; Field.parent is set later
        allow_null=True, help_text="Null for a root, and where you may not look further up."
    )
    owner = PersonOut()
    size = serializers.IntegerField(help_text="Bytes; of a folder 0.")
    content_type = serializers.CharField()
    sha256 = serializers.CharField(allow_null=True, help_text="Hex; null for folders.")
    version = serializers.IntegerField(allow_null=True, help_text="The number of the current version.")
    etag = serializers.CharField(
        allow_blank=True, help_text="Of what a file contains: send it as `If-Match` to replace only that."
    )
    any_one_access = serializers.ChoiceField(["restricted", "viewer", "editor"])
    access_type = serializers.ChoiceField(["restricted", "viewer", "editor"], help_text="The same, by its older name.")
    inherits = serializers.BooleanField()
    role = serializers.ChoiceField(["viewer", "editor", "owner"])
    abilities = serializers.ListField(
        child=serializers.ChoiceField(["read", "add", "change", "delete", "share", "own"]),
        help_text="What you may do with it.",
    )
    tags = serializers.ListField(child=serializers.CharField(), help_text="Sorted, in small letters.")
    revision = serializers.IntegerField(help_text="Send it as `If-Match` to change only what you have seen.")
    created_at = serializers.DateTimeField()
    modified_at = serializers.DateTimeField()
    trashed_at = serializers.DateTimeField(allow_null=True)


class PreviewOut(serializers.Serializer[PreviewView]):
    state = serializers.ChoiceField(["waiting", "made", "none"])
    reason = serializers.CharField(allow_null=True, help_text="Why there is none.")
    width = serializers.IntegerField(allow_null=True, help_text="Pixels.")
    height = serializers.IntegerField(allow_null=True, help_text="Pixels.")
    duration_ms = serializers.IntegerField(allow_null=True, help_text="Of a video or a sound.")
    thumbnails = serializers.ListField(
        child=serializers.IntegerField(), help_text="Pixels of the longer side; see `thumbnail/`."
    )


class FileOut(AssetOut):
    preview = PreviewOut(allow_null=True, help_text="Null for what is no picture, video or sound.")


class AssetPageOut(serializers.Serializer[Any]):
    items = AssetOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor` for the next page.")


class VersionOut(serializers.Serializer[VersionView]):
    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes.")
    content_type = serializers.CharField()
    sha256 = serializers.CharField(allow_null=True, help_text="Hex.")
    is_current = serializers.BooleanField()
    created_by = PersonOut(allow_null=True)
    created_at = serializers.DateTimeField()


class VersionsOut(serializers.Serializer[Any]):
    items = VersionOut(many=True)
    next = serializers.CharField(allow_null=True)
    bytes = serializers.IntegerField(help_text="What all versions of the file take, and so much of the quota.")


class CollaboratorOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    full_name = serializers.CharField()
    role = serializers.ChoiceField(["viewer", "editor"])


class SharedTeamOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    members = serializers.IntegerField(help_text="How many are in it.")
    role = serializers.ChoiceField(["viewer", "editor"])


class EditorsOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Of the asset.")
    owner = PersonOut()
    editors = CollaboratorOut(many=True)
    teams = SharedTeamOut(many=True)
    unknown_users = serializers.ListField(
        child=serializers.CharField(), help_text="Names in the request that belong to nobody."
    )
    unconfirmed_users = serializers.ListField(
        child=serializers.CharField(),
        help_text="Addresses in the request whose account has not confirmed them: it may be a stranger's.",
    )


class ViewersOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Of the asset.")
    owner = PersonOut()
    viewers = CollaboratorOut(many=True)
    teams = SharedTeamOut(many=True)
    unknown_users = serializers.ListField(child=serializers.CharField())
    unconfirmed_users = serializers.ListField(child=serializers.CharField())


def asset_json(view: AssetView) -> dict[str, Any]:
    """Return an asset as JSON values; orjson writes UUIDs and times by itself."""
    return {
        "id": view.id,
        "kind": view.kind,
        "is_folder": view.kind == "folder",
        "name": view.name,
        "parent": view.parent,
        "owner": view.owner._asdict(),
        "size": view.size,
        "content_type": view.content_type,
        "sha256": view.sha256,
        "version": view.version,
        "etag": view.etag,
        "any_one_access": view.any_one_access,
        "access_type": view.any_one_access,
        "inherits": view.inherits,
        "role": view.role,
        "abilities": view.abilities,
        "tags": view.tags,
        "revision": view.revision,
        "created_at": view.created_at,
        "modified_at": view.modified_at,
        "trashed_at": view.trashed_at,
    }


def file_json(view: AssetView, preview: PreviewView | None) -> dict[str, Any]:
    return {**asset_json(view), "preview": preview and _preview_json(preview)}


def _preview_json(preview: PreviewView) -> dict[str, Any]:
    return {
        "state": preview.state,
        "reason": preview.reason or None,
        "width": preview.width,
        "height": preview.height,
        "duration_ms": preview.duration,
        "thumbnails": preview.thumbnails,
    }


def page_json(page: Page[AssetView]) -> dict[str, Any]:
    return {"items": [asset_json(view) for view in page.items], "next": page.next}


def people_json(people: People, key: str) -> dict[str, Any]:
    return {
        "id": people.asset_id,
        "owner": people.owner._asdict(),
        key: [
            {"id": person.id, "username": person.username, "full_name": person.full_name, "role": person.role}
            for person in people.people
        ],
        "teams": [
            {"id": team.id, "name": team.name, "members": team.members, "role": team.role} for team in people.teams
        ],
        "unknown_users": people.unknown,
        "unconfirmed_users": people.unconfirmed,
    }


def revision_tag(view: AssetView) -> dict[str, str]:
    """Return the ETag header of an asset's representation; its content has a tag of its own."""
    return {"ETag": f'"{view.revision}"'}
