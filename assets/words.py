"""The words of the tree: kinds, abilities, roles and which role may do what, and what befalls bytes. Pure."""

from enum import IntEnum, StrEnum
from functools import cache


class Kind(StrEnum):
    FOLDER = "folder"
    FILE = "file"


class Harm(StrEnum):
    """What can befall bytes that were stored."""

    MISSING = "missing"
    ALTERED = "altered"


class Action(StrEnum):
    """What a job does with many assets: with each by itself, or packing them into one archive."""

    COPY = "copy"
    MOVE = "move"
    TRASH = "trash"
    RESTORE = "restore"
    PURGE = "purge"
    SHARE = "share"
    UNSHARE = "unshare"
    ZIP = "zip"


class Reason(StrEnum):
    """Why bytes have no preview, or not yet."""

    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOOK_TOO_LONG = "took_too_long"
    UNREADABLE = "unreadable"  # no picture, video or sound, a damaged one, or of a kind that is not looked at
    NO_FFMPEG = "no_ffmpeg"  # which videos and sounds need; taken up once it is there
    AT_WORK = "at_work"  # somebody makes it, until they are done or thought dead
    WORKER_DIED = "worker_died"
    DAMAGED = "damaged"  # its bytes are not what was stored
    NO_ROOM = "no_room"  # on a disk, or in the spool
    STORE_UNAVAILABLE = "store_unavailable"
    FAILED = "failed"  # for a reason that the log has


class Ability(StrEnum):
    """What a caller may do with an asset."""

    READ = "read"  # see it, list it, download it
    ADD = "add"  # put something new into the folder
    CHANGE = "change"  # rename, move, replace the content
    DELETE = "delete"  # to the trash, and back
    SHARE = "share"  # let people in and out
    OWN = "own"  # purge, transfer


class Role(IntEnum):
    """What somebody is to an asset; a higher role may do all that a lower one may.

    A guest is somebody whom `any_one_access = editor` lets edit: nobody named them, so they do not
    decide who else comes in.
    """

    NONE = 0
    VIEWER = 1
    GUEST = 2
    EDITOR = 3
    OWNER = 4


_VIEW = frozenset({Ability.READ})
_EDIT = _VIEW | {Ability.ADD, Ability.CHANGE, Ability.DELETE}

ABILITIES: dict[Role, frozenset[Ability]] = {
    Role.NONE: frozenset(),
    Role.VIEWER: _VIEW,
    Role.GUEST: _EDIT,
    Role.EDITOR: _EDIT | {Ability.SHARE},
    Role.OWNER: frozenset(Ability),
}

GIVES: dict[str, tuple[Ability, ...]] = {
    "viewer": (Ability.READ,),
    "editor": (Ability.READ, Ability.ADD, Ability.CHANGE, Ability.DELETE),
    "add": (Ability.ADD,),
}
"""What a grant, a link or `any_one_access` of each role lets others do, which whoever gives it has to be able to do."""

_READ, _WRITE, _DELETE, _SHARE = "read", "write", "delete", "share"

SCOPES: dict[Ability, tuple[str, ...]] = {
    Ability.READ: (_READ,),
    Ability.ADD: (_READ, _WRITE),
    Ability.CHANGE: (_READ, _WRITE),
    Ability.DELETE: (_READ, _DELETE),
    Ability.SHARE: (_READ, _SHARE),
    Ability.OWN: (_READ, _WRITE, _DELETE, _SHARE),
}
"""The scopes that an access key needs for each ability; without `read` it has none, for it sees nothing."""

EVERY_ABILITY = frozenset(Ability)
ADDING = frozenset({Ability.ADD})  # all that a file request leaves


@cache
def reach_of(scopes: frozenset[str]) -> frozenset[Ability]:
    """Return the abilities that an access key with these scopes leaves to whoever has them."""
    return frozenset(ability for ability, needed in SCOPES.items() if scopes.issuperset(needed))
