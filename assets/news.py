"""What of files, folders and their sharing is news."""

from django.utils.translation import gettext_lazy as _

from activity.kinds import Kind, Topic, register

_FILES, _SHARING = Topic.FILES, Topic.SHARING
_LINK = {"link_id": "which link"}
_STORED = {"folder_id": "where it is", "bytes": "how many", "link_id": "through which link it came, if so"}
_RENAMED = {"old_name": "what it was called", "name": "what it is called now"}
_PLACED = {"folder_id": "where it is now"}
_WITH = {"user_id": "with whom, or", "team_id": "with which team", "role": "`viewer` or `editor`"}
_FETCHED = {"version_id": "which version", "version": "its number", "link_id": "through which link, if so"}


def name_kinds() -> None:
    register(*_of_files(), *_of_folders(), *_of_sharing(), *_of_links_and_offers())


def _of_files() -> list[Kind]:
    return [
        Kind("file_uploaded", _FILES, _("A file was uploaded."), _STORED),
        Kind("file_replaced", _FILES, _("A file has new content."), _STORED),
        Kind("file_renamed", _FILES, _("A file was renamed."), _RENAMED),
        Kind("file_moved", _FILES, _("A file was moved."), _PLACED),
        Kind("file_copied", _FILES, _("A copy of a file was made."), _PLACED | {"source_id": "of which file"}),
        Kind("file_copied_away", _FILES, _("Somebody copied a file of yours."), {"copy_id": "the copy"}),
        Kind("file_trashed", _FILES, _("A file was put into the trash.")),
        Kind("file_restored", _FILES, _("A file was taken out of the trash."), _PLACED),
        Kind("file_purged", _FILES, _("A file was deleted for good."), {"bytes": "how many"}),
        Kind("version_restored", _FILES, _("An older version of a file was restored."), {"version": "its number"}),
        Kind(
            "version_deleted",
            _FILES,
            _("An older version was deleted."),
            {"version": "its number", "bytes": "how many"},
        ),
        Kind("file_tagged", _FILES, _("A file has other tags."), {"tags": "all of them"}),
        Kind("file_described", _FILES, _("A file has other metadata."), {"keys": "their names"}),
    ]


def _of_folders() -> list[Kind]:
    kept = {"versions_kept": "how many versions", "versions_days": "for how many days"}
    return [
        Kind("folder_made", _FILES, _("A folder was made."), _PLACED),
        Kind("folder_renamed", _FILES, _("A folder was renamed."), _RENAMED),
        Kind("folder_moved", _FILES, _("A folder was moved."), _PLACED),
        Kind("folder_copied", _FILES, _("A copy of a folder was made."), _PLACED | {"source_id": "of which folder"}),
        Kind("folder_copied_away", _FILES, _("Somebody copied a folder of yours."), {"copy_id": "the copy"}),
        Kind("folder_trashed", _FILES, _("A folder was put into the trash.")),
        Kind("folder_restored", _FILES, _("A folder was taken out of the trash."), _PLACED),
        Kind("folder_purged", _FILES, _("A folder was deleted for good.")),
        Kind("folder_tagged", _FILES, _("A folder has other tags."), {"tags": "all of them"}),
        Kind("folder_described", _FILES, _("A folder has other metadata."), {"keys": "their names"}),
        Kind("retention_set", _FILES, _("A folder keeps old versions for another time."), kept),
    ]


def _of_sharing() -> list[Kind]:
    fetched = {"link_id": "through which link, if so"}
    return [
        Kind("file_shared", _SHARING, _("A file was shared."), _WITH),
        Kind("folder_shared", _SHARING, _("A folder was shared."), _WITH),
        Kind("file_unshared", _SHARING, _("A file is no longer shared with somebody."), _WITH),
        Kind("folder_unshared", _SHARING, _("A folder is no longer shared with somebody."), _WITH),
        Kind(
            "any_one_access_set",
            _SHARING,
            _("Something was opened to anyone, or closed."),
            {"any_one_access": "`restricted`, `viewer` or `editor`"},
        ),
        Kind(
            "inheritance_set",
            _SHARING,
            _("A folder was closed to those who come from above, or opened."),
            {"inherits": "whether it is open to them"},
        ),
        Kind("file_downloaded", _SHARING, _("Somebody downloaded a file of yours."), _FETCHED),
        Kind("folder_downloaded", _SHARING, _("Somebody downloaded a folder of yours."), fetched),
    ]


def _of_links_and_offers() -> list[Kind]:
    called = _LINK | {"label": "what it is called"}
    changed = called | {"changed": "what of it"}
    made = called | {"role": "what it gives"}
    offered = {"user_id": "to whom", "keep": "whether the giver stays an editor"}
    return [
        Kind("link_made", _SHARING, _("A link was made."), made),
        Kind("link_changed", _SHARING, _("A link was changed."), changed),
        Kind("link_opened", _SHARING, _("A link was opened for the first time."), called),
        Kind("link_used_up", _SHARING, _("A link has given its last download."), called),
        Kind("link_revoked", _SHARING, _("A link was revoked."), _LINK | {"label": "what it was called"}),
        Kind(
            "link_taken_down",
            _SHARING,
            _("A link was taken down by the staff."),
            _LINK | {"label": "what it was called", "reason": "why"},
        ),
        Kind("file_offered", _SHARING, _("A file was offered to somebody."), offered),
        Kind("folder_offered", _SHARING, _("A folder was offered to somebody."), offered),
        Kind("file_handed_over", _SHARING, _("A file has another owner."), {"user_id": "who gave it"}),
        Kind("folder_handed_over", _SHARING, _("A folder has another owner."), {"user_id": "who gave it"}),
        Kind("offer_declined", _SHARING, _("An offer was declined."), {"user_id": "whose offer"}),
        Kind("offer_withdrawn", _SHARING, _("An offer was withdrawn."), {"user_id": "to whom it was made"}),
    ]
