"""Folders, and several things at once, as one zip archive that is made while it is sent."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.bearers import Bearer
from accounts.callers import Caller
from activity.services import record_download
from assets import visits
from assets.access import Entry, asset_for, enter
from assets.blobs import read_blob
from assets.inventory import TOP, Bytes, Folder, Inventory, blob_of
from assets.models import Asset
from assets.record import target, through
from assets.services.content import opened
from assets.walking import below
from assets.words import Ability, Role
from assets.zipping import Member, zipped
from cloudbox.errors import BadInput
from cloudbox.http import Content
from cloudbox.made import Made
from cloudbox.slots import Slots

MOST = 1000  # assets in one archive, whatever is below them
EACH = 8  # archives at a time for a user, or for an address

archive_slots = Slots()


def download(*, by: Caller | Bearer, asset_id: UUID) -> Content | Made:
    """Return a file ready to be sent, or a folder as an archive."""
    by, entry = enter(by, asset_id, Ability.READ)
    return _archive(by, [entry]) if entry.asset.is_folder else opened(by, entry)


def archive_of(*, by: Caller, asset_ids: Sequence[UUID]) -> Made:
    """Return an archive of all these, as the caller sees them and as they are now; it has to be closed.

    Beside each other at its top are what was asked for, folders with all below that the caller may see. Raises
    BadInput for none, too many or one twice; Busy when too many archives are being made.
    """
    if not 1 <= len(asset_ids) <= MOST:
        raise BadInput("assets", f"From 1 to {MOST} assets.")
    if len(set(asset_ids)) < len(asset_ids):
        raise BadInput("assets", "One of them comes twice.")
    return _archive(by, [asset_for(by, asset_id, Ability.READ) for asset_id in asset_ids])


def _archive(by: Caller, tops: Sequence[Entry]) -> Made:
    with ExitStack() as stack:
        client = str(by.author_id or by.address)
        stack.enter_context(archive_slots.taken(client, total=settings.CLOUDBOX_THREADS // 2, each=EACH))
        inventory = Inventory()
        stack.callback(inventory.close)
        with transaction.atomic():
            for top in tops:
                _list(by, top, inventory)
        return Made(
            chunks=zipped(inventory.members, _read),
            size=inventory.length.total,
            content_type="application/zip",
            name=f"{_name(tops)}.zip",
            sending=partial(_record, by, tops),
            close=stack.pop_all().close,
        )


def _list(by: Caller, top: Entry, inventory: Inventory) -> None:
    """Put an asset and all below it on the list."""
    if not top.asset.is_folder:
        _add_file(inventory, TOP, top.asset)
        return
    folders = [TOP]  # those that the next thing found may be in, by depth
    for found in below(by, top):
        del folders[found.depth + 1 :]
        modified = int(found.modified_at.timestamp())
        if found.is_folder:
            folders.append(inventory.add_folder(folders[-1], found.name, modified))
        elif found.blob_id:
            source = Bytes(found.blob_id, found.store, found.key, found.size, found.crcs)
            inventory.add_file(folders[-1], found.name, modified, source)


def _add_file(inventory: Inventory, folder: Folder, file: Asset) -> None:
    version = file.current
    if version and version.blob:
        blob = version.blob
        crcs = None if blob.crcs is None else bytes(blob.crcs)
        source = Bytes(blob.id, blob.store, blob.key, version.size, crcs)
        inventory.add_file(folder, file.name, int(version.created_at.timestamp()), source)


def _read(member: Member) -> Iterator[bytes]:
    return read_blob(blob_of(member), 0, member.size)


def _name(tops: Sequence[Entry]) -> str:
    """Return what to call an archive: as the one thing in it, if it is one."""
    return tops[0].asset.name if len(tops) == 1 else "files"


def _record(by: Caller, tops: Sequence[Entry]) -> None:
    """Record the download of what is somebody else's, and count one on the link. Raises DownloadLimitReached."""
    if by.link_id:
        visits.count_download(by.link_id, tops[0].asset.id, by.address, 0)
    with transaction.atomic():
        for top in tops:
            if top.role is not Role.OWNER:
                asset = top.asset
                record_download(
                    by=by.who,
                    verb=f"{asset.kind}_downloaded",
                    target=target(asset),
                    version_id=asset.current_id or asset.id,  # a folder has none
                    owner_id=asset.owner_id,
                    caller=str(by.link_id) if by.link_id else None,
                    **through(by),
                )
