"""The folders that ancestors' doors store into: in their user's root, by name, made on demand."""

from uuid import UUID

from accounts.callers import Caller
from assets.access import Entry, folder_for, root_of
from assets.rows import LIVE, ask
from assets.services.tree import make_folder
from assets.words import Ability
from cloudbox.errors import Conflict, NameTaken

OBJECTS, BLOBS = "Objects", "Blobs"

_FIND = f"""
SELECT id FROM assets_asset
 WHERE parent_id = (SELECT id FROM assets_asset WHERE owner_id = %s AND parent_id IS NULL)
   AND kind = 'folder' AND name = %s AND {LIVE}
"""  # noqa: S608  made of constants
_ATTEMPTS = 3  # at making what somebody else makes, and deletes, meanwhile


def find(name: str, *, by: Caller) -> UUID | None:
    """Return the id of that folder in the caller's root. What they may do there, the gate says."""
    return next((folder_id for (folder_id,) in ask(_FIND, [by.must_be_signed_in(), name])), None)


def made(name: str, *, by: Caller) -> UUID:
    """Return the id of that folder, made if need be. In the caller's transaction: what is refused leaves no folder.

    Raises NotAuthenticated, and Conflict when a file has the name.
    """
    for _ in range(_ATTEMPTS):
        if folder_id := find(name, by=by):
            return folder_id
        try:
            return make_folder(by=by, parent_id=None, name=name).id
        except NameTaken:
            continue
    raise Conflict(f'In your root folder, a file called "{name}" is where a folder must be. Rename it.')


def nearest(name: str, *, by: Caller) -> Entry:
    """Return that folder if the caller may add to it, or the root that it will be made in. Raises as the gate does."""
    folder_id = find(name, by=by)
    return folder_for(by, folder_id, Ability.ADD) if folder_id else root_of(by, Ability.ADD)
