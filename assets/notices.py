"""What people are told of files, folders and their sharing."""

from django.utils.translation import gettext_lazy as _

from activity.kinds import Topic
from activity.notices import Notice, register

_FILES, _SHARING = Topic.FILES, Topic.SHARING
_KINDS = ("file", "folder")


def name_notices() -> None:
    register(*_of_files(), *_of_sharing(), *_of_links())


def _both(*deeds: str) -> tuple[str, ...]:
    """Return the kinds of news that such deeds are to files and to folders."""
    return tuple(f"{kind}_{deed}" for deed in deeds for kind in _KINDS)


def _of_files() -> list[Notice]:
    return [
        Notice(
            name="added",
            topic=_FILES,
            says=_("Others put files into your folders, or change what is in them"),
            kinds=("file_uploaded", "file_replaced", "version_restored"),
            gathers=True,
        ),
        Notice(
            name="deleted",
            topic=_FILES,
            says=_("Others delete something of yours, or restore it"),
            kinds=(*_both("trashed", "restored", "purged"), "version_deleted"),
            gathers=True,
        ),
        Notice(
            name="arranged",
            topic=_FILES,
            says=_("Others rename or move something of yours, make folders in it or tag it"),
            kinds=("folder_made", "retention_set", *_both("renamed", "moved", "copied", "tagged", "described")),
            on_page=False,
            gathers=True,
        ),
        Notice(
            name="fetched",
            topic=_FILES,
            says=_("Others download or copy something of yours"),
            kinds=_both("downloaded", "copied_away"),
            on_page=False,
            gathers=True,
        ),
    ]


def _of_sharing() -> list[Notice]:
    shared, offered = _both("shared"), _both("offered")
    return [
        Notice(
            name="shared",
            topic=_SHARING,
            says=_("Something is shared with you or a team of yours, or something of yours with others"),
            kinds=shared,
            by_mail=True,
            own_mail=shared,
        ),
        Notice(
            name="access",
            topic=_SHARING,
            says=_("Access of yours ends, or others change who has access to something of yours"),
            kinds=(*_both("unshared"), "any_one_access_set", "inheritance_set"),
        ),
        Notice(
            name="offered",
            topic=_SHARING,
            says=_("You are offered to own something"),
            kinds=offered,
            by_mail=True,
            own_mail=offered,
        ),
        Notice(
            name="answered",
            topic=_SHARING,
            says=_("An offer is accepted, declined or withdrawn"),
            kinds=(*_both("handed_over"), "offer_declined", "offer_withdrawn"),
        ),
    ]


def _of_links() -> list[Notice]:
    return [
        Notice(
            name="links",
            topic=_SHARING,
            says=_("Others make, change or revoke a link to something of yours"),
            kinds=("link_made", "link_changed", "link_revoked"),
        ),
        Notice(
            name="links_used",
            topic=_SHARING,
            says=_("A link of yours is opened for the first time, or has given its last download"),
            kinds=("link_opened", "link_used_up"),
        ),
        Notice(
            name="taken_down",
            topic=_SHARING,
            says=_("The staff take a link of yours down"),
            kinds=("link_taken_down",),
            by_mail=True,
            own_mail=("link_taken_down",),
            always=True,
        ),
    ]
