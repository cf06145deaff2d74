"""The folders that ancestors' doors store into: in their user's root, by name, made on demand."""

from uuid import UUID

from accounts.callers import Caller
from assets.rows import LIVE, ask
from assets.services.tree import make_folder
from cloudbox.errors import Conflict, NameTaken

OBJECTS, BLOBS = "Objects", "Blobs"

_FIND = f"""
SELECT id FROM assets_asset
 WHERE parent_id = (SELECT id FROM assets_asset WHERE owner_id = %s AND parent_id IS NULL)
   AND kind = 'folder' AND name = %s AND {LIVE}
"""  # noqa: S608  made of constants
_ATTEMPTS = 3  # at making what somebody else makes, and deletes, meanwhile


def folder_called(name: str, *, by: Caller) -> UUID:
    """Return the id of that folder in the caller's root. What they may do there, the gate says.

    Raises NotAuthenticated, and Conflict when a file has the name.
    """
    owner_id = by.must_be_signed_in()
    for _ in range(_ATTEMPTS):
        for (folder_id,) in ask(_FIND, [owner_id, name]):
            return UUID(str(folder_id))
        try:
            return make_folder(by=by, parent_id=None, name=name).id
        except NameTaken:
            continue
    raise Conflict(f'In your root folder, a file called "{name}" is where a folder must be. Rename it.')
