"""Short words for what the tests of the tree do all the time."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts.callers import Caller
from accounts.quotas import usage_of
from assets import carrying, resting, storage
from assets.carrying import Attempt
from assets.digests import Expected
from assets.models import Blob, Condemned, Move, Upload, UploadPart, Version
from assets.placing import OnConflict
from assets.services import content, tree
from assets.services.content import Body
from assets.shapes import AssetView
from assets.storage import Store
from assets.storage.filesystem import FilesystemStore
from tests.people import caller_for


@dataclass(frozen=True)
class Hand:
    """Somebody who does things through the services."""

    caller: Caller

    def folder(self, name: str, parent: AssetView | None = None, **more) -> AssetView:
        return tree.make_folder(by=self.caller, parent_id=parent.id if parent else None, name=name, **more)

    def file(self, name: str, parent: AssetView | None = None, data: bytes = b"data", **more) -> AssetView:
        body = Body([data[start : start + 2**20] for start in range(0, len(data), 2**20)], **more)
        return content.store_file(
            by=self.caller,
            folder_id=parent.id if parent else None,
            name=name,
            body=body,
            on_conflict=OnConflict.REPLACE,
        )[0]

    def read(self, file: AssetView, seq: int | None = None) -> bytes:
        opened = content.open_file(by=self.caller, file_id=file.id, seq=seq)
        if opened.sending:
            opened.sending()
        return b"".join(opened.open(0, opened.size))

    def names(self, folder: AssetView | None = None, **asked) -> list[str]:
        page = tree.content_of(by=self.caller, folder_id=folder.id if folder else None, **asked)
        return [view.name for view in page.items]

    def space(self) -> tuple[int, int]:
        """Return the bytes used and reserved."""
        space = usage_of(self.caller.must_be_signed_in())
        return space.used, space.reserved


@pytest.fixture
def store(tmp_path: Path, settings: LazySettings) -> Store:
    """The primary store, empty, for this test alone."""
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs"}
    return storage.primary()


@pytest.fixture
def far(tmp_path: Path, settings: LazySettings) -> Store:
    """A primary store that counts as another machine's: bytes land in the spool. `local` is there, too."""
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs", "far": f"local://{tmp_path}/far"}
    settings.CLOUDBOX_STORE, settings.CLOUDBOX_SPOOL = "far", tmp_path / "spool"
    for name in ("far", "local"):  # of which another test may have told what is no longer so
        resting.answers(name)
        resting.wake(name)
    store = storage.primary()
    store.remote = True
    return store


@pytest.fixture
def me(alice) -> Hand:
    return Hand(caller_for(alice))


@pytest.fixture
def colleague(bob) -> Hand:
    return Hand(caller_for(bob))


@pytest.fixture
def stranger(charlie) -> Hand:
    return Hand(caller_for(charlie))


@pytest.fixture
def nobody() -> Hand:
    return Hand(Caller.anonymous())


def charged(owner_id) -> int:
    """Return the bytes of all versions in somebody's tree."""
    return sum(Version.objects.filter(asset__owner=owner_id).values_list("size", flat=True))


def put(hand: Hand, name: str, chunks, *, size=None, digests=None, **more) -> AssetView:
    """Store the chunks as a file in the hand's root; `size` and `digests` are what the client announced."""
    body = Body(chunks, Expected(size, digests or {}))
    return content.store_file(by=hand.caller, folder_id=None, name=name, body=body, **more)[0]


def nothing_is_left(store, owner) -> bool:
    """Say whether the store is empty and the owner is charged for nothing."""
    space = usage_of(owner.id)
    rows = Upload.objects.exists() or UploadPart.objects.exists() or Version.objects.exists()
    return not rows and list(store.stored()) == [] and (space.used, space.reserved) == (0, 0)


def keys(store):
    return {row.key for row in storage.store_named(store).stored()}


def no_orphan(*stores):
    """Say whether every key of these stores is named by a blob, or condemned."""
    named = {*Blob.objects.values_list("store", "key"), *Condemned.objects.values_list("store", "key")}
    named |= set(Move.objects.exclude(key=None).values_list("store", "key"))
    return {(store, key) for store in stores for key in keys(store)} <= named


def break_down(store):
    """Let nothing be written to a local store any more; return what mends it."""
    unfinished = store.root / "unfinished"
    store.root.mkdir(parents=True, exist_ok=True)
    unfinished.write_bytes(b"no directory")
    return unfinished.unlink


def place_of(store: str, blob: Blob) -> Path:
    """Return where a blob lies in a local store."""
    here = storage.store_named(store)
    assert isinstance(here, FilesystemStore)
    return here.path(blob.key or "")


def claimed(blob: Blob) -> Attempt:
    """Take the move of a blob."""
    attempt = carrying.claim(blob.pk)
    assert attempt is not None
    return attempt


@pytest.fixture
def waiting(far, me):
    """Return a file that waits in the spool, and its blob."""
    file = me.file("a", data=b"x" * 300_000)
    return file, Blob.objects.get(versions__asset=file.id)
