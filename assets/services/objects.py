"""Objects: files by a globally unique identifier of their owner's choice, with metadata, in the folder "Objects"."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from accounts.bearers import Bearer, proven
from accounts.callers import Caller
from assets import identifiers, names
from assets.access import asset_for
from assets.identifiers import IdentifierTaken, Named
from assets.labels import clean_metadata
from assets.models import Asset
from assets.placing import OnConflict
from assets.services import content, own_folder, trash
from assets.services.content import Body, Destination
from assets.words import Ability
from cloudbox.errors import AccessDenied, BadInput, NotAuthenticated, NotFound
from cloudbox.http import Content
from cloudbox.pages import Page

MOST_LISTED = 10_000
IDENTIFIER = "file_identifier"
_RESERVED = {"_id", "file", "filename", "owner"}  # what the answers have beside metadata


def store(*, by: Caller, filename: str, fields: Mapping[str, str], body: Body) -> None:
    """Store a file of a form under the identifier in its `fields`, which are all there once `body` has come.

    The other fields are its metadata. Raises BadInput, and IdentifierTaken when anybody has one so called.
    """
    by.must_be_signed_in()
    folder, name = own_folder.nearest(own_folder.OBJECTS, by=by), names.shorten(filename)
    owner_id = folder.asset.owner_id
    if IDENTIFIER in fields:  # so that nobody sends in vain what is refused anyway
        _free_identifier(fields)

    def decide() -> Destination:
        identifier, metadata = _free_identifier(fields), _metadata(fields, name if filename else "")

        def name_it(file_id: UUID) -> None:
            Asset.objects.filter(pk=file_id).update(metadata=metadata)
            identifiers.claim(identifiers.DATA, identifier, owner_id=owner_id, asset_id=file_id)

        return Destination(
            folder_id=own_folder.made(own_folder.OBJECTS, by=by),
            name=_name_of(identifier, filename),
            on_conflict=OnConflict.RENAME,
            along=name_it,
        )

    content.store_undecided(by=by, folder=folder, name=name, body=body, decide=decide)


def open_object(*, by: Caller | Bearer, identifier: str) -> Content:
    """Return what is under an identifier, for whoever may read it. Raises NotFound, and AccessDenied to others."""
    found = _find(by, identifier)
    try:
        opened = content.open_file(by=by, file_id=found.asset_id)
    except NotFound:
        raise AccessDenied from None  # everybody may know which identifiers there are
    return replace(opened, name=identifier + names.split_ending(found.filename or opened.name)[1])


def metadata_of(*, by: Caller, identifier: str) -> dict[str, Any]:
    """Return an object's metadata with its identifier, its first file name and the username of its owner."""
    found = _find(by, identifier)
    try:
        entry = asset_for(by, found.asset_id, Ability.READ)
    except NotFound:
        raise AccessDenied from None
    described = {IDENTIFIER: found.value, "filename": found.filename or entry.asset.name, "owner": entry.owner_name}
    return {**entry.asset.metadata, **described}


def delete(*, by: Caller, identifier: str) -> None:
    """Put an object into the trash, which frees its identifier."""
    found = _find(by, identifier)
    try:
        trash.trash(by=by, asset_id=found.asset_id)
    except NotFound:
        raise AccessDenied from None


def mine(*, by: Caller, cursor: str | None = None, limit: int = MOST_LISTED) -> Page[str]:
    """Return a page of the identifiers of the caller's objects, in the order of their bytes."""
    return identifiers.page(identifiers.DATA, by=by, cursor=cursor, limit=limit, shown=lambda row: row.value)


def _find(by: Caller | Bearer, identifier: str) -> Named:
    """Return the object under an identifier. Raises NotFound; to the anonymous, nothing is there that is not open."""
    found = identifiers.find(identifiers.DATA, identifier)
    if found is None and proven(by).signed_in:
        raise NotFound("File not found")
    if found is None:
        raise NotAuthenticated
    return found


def _free_identifier(fields: Mapping[str, str]) -> str:
    """Return the identifier in the fields of a form, of which nobody has a file."""
    identifier = fields.get(IDENTIFIER)
    if not identifier:
        raise BadInput(IDENTIFIER, "No file identifier")
    if identifiers.find(identifiers.DATA, identifiers.checked(identifier, IDENTIFIER)):
        raise IdentifierTaken
    return identifier


def _metadata(fields: Mapping[str, str], filename: str) -> dict[str, str]:
    for name in _RESERVED & fields.keys():
        raise BadInput(name, "This name is reserved; call your metadata something else.")
    pairs = {name: value for name, value in fields.items() if name != IDENTIFIER}
    return clean_metadata({**pairs, "filename": filename} if filename else pairs)


def _name_of(identifier: str, filename: str) -> str:
    """Return the name of an object in the tree: the identifier as far as it can be one, and the file's ending."""
    ending = names.split_ending(names.shorten(filename))[1] if filename else ""
    stem = names.shorten(identifier).encode()[: names.NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    return stem + ending
