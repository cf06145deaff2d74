"""What can be done with the tree, each in the midst of what it needs, and how to see whether it was done."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from assets import gone, purging, tasks, uploads
from assets.models import Asset, Condemned, Upload
from assets.services import bulk, content, copying, resumable, transfers, trash, tree, versions
from assets.services.content import Body
from assets.services.resumable import Beginning
from assets.shapes import AssetView
from cloudbox.errors import NotFound
from jobs.models import Job
from tests.assets.conftest import Hand

SMALL, LARGE = b"small" * 20, b"large" * 60_000  # bytes; a small file is stored in one statement
HALF = 100_000


@dataclass
class Scene:
    """A folder of alice's, and what was acknowledged: the bytes of each file, by its id."""

    me: Hand
    colleague: Hand
    folder: AssetView
    number: int
    kept: dict[UUID, bytes] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)  # what one step leaves to the next

    def file(self, name: str, folder: AssetView | None = None, data: bytes = SMALL) -> AssetView:
        made = self.me.file(name, folder or self.folder, data=data)
        self.kept[made.id] = data
        return made

    def names(self) -> list[str]:
        return self.me.names(self.folder)


@dataclass(frozen=True)
class Operation:
    """`prepare` leaves what it needs, `act` does it, `is_done` tells whether it was, and what is kept `then`."""

    act: Callable[[Scene], Any]
    is_done: Callable[[Scene], bool]
    prepare: Callable[[Scene], Any] = lambda _: None
    then: Callable[[Scene], dict[UUID, bytes]] = lambda _: {}
    tells: bool = True  # False: nobody waits for it, so whatever goes wrong is for the next turn


def _upload(scene: Scene, data: bytes) -> None:
    scene.me.file("new", scene.folder, data=data)


def _new(data: bytes) -> Callable[[Scene], dict[UUID, bytes]]:
    return lambda scene: {Asset.objects.get(parent=scene.folder.id, name="new").id: data}


def _now(data: bytes) -> Callable[[Scene], dict[UUID, bytes]]:
    return lambda scene: {scene.left["file"].id: data}


def _replace(scene: Scene) -> None:
    content.replace_content(by=scene.me.caller, file_id=scene.left["file"].id, body=Body([LARGE]))


def _a_file(scene: Scene) -> None:
    scene.left["file"] = scene.file("a")


def _a_tree(scene: Scene) -> None:
    top = scene.left["top"] = scene.me.folder("top", scene.folder)
    scene.left["file"] = scene.file("a", top)
    scene.file("b", scene.me.folder("below", top))
    scene.left["there"] = scene.me.folder("there", scene.folder)


def _two_versions(scene: Scene) -> None:
    _a_file(scene)
    scene.file("a", data=b"newer")


def _resumed(scene: Scene) -> None:
    """Upload in two requests, going on where the server says that it is."""
    by = scene.me.caller
    if (begun := scene.left.get("upload")) is None:
        beginning = Beginning(folder_id=scene.folder.id, name="new")
        begun = scene.left["upload"] = resumable.start(by=by, beginning=beginning, size=len(LARGE)).id
    at = resumable.look_at(by=by, upload_id=begun).offset
    assert at >= scene.left.get("acknowledged", 0)
    for end in (HALF, len(LARGE)):
        if at < end:
            resumable.go_on(by=by, upload_id=begun, offset=at, body=Body([LARGE[at:end]]))
            at = scene.left["acknowledged"] = end


def _offered(scene: Scene) -> None:
    _a_tree(scene)
    scene.left["offer"] = transfers.offer(by=scene.me.caller, asset_id=scene.left["top"].id, to="bob").id


def _accepted(scene: Scene) -> bool:
    return Asset.objects.get(pk=scene.left["file"].id).owner.username == "bob"


def _trashed(scene: Scene) -> None:
    _a_tree(scene)
    trash.trash(by=scene.me.caller, asset_id=scene.left["top"].id)


def _purged(scene: Scene) -> None:
    """Delete for good, and free what it held."""
    top = scene.left["top"].id
    scene.kept.clear()
    with suppress(NotFound):  # it was hidden before, and only has to be freed
        trash.purge(by=scene.me.caller, asset_id=top)
    tasks.purge(str(top))


def _order(scene: Scene) -> None:
    top, there = scene.left["top"].id, scene.folder.id
    job = bulk.begin(by=scene.me.caller, action="zip", asset_ids=[top], folder=there, name="all.zip")
    scene.left["job"] = job.id


def _ordered(scene: Scene) -> None:
    Job.objects.all().delete()  # nobody waits for those of other scenes
    _a_tree(scene)
    _order(scene)


def _worked(scene: Scene) -> None:
    """Let a worker do the job, as a sweep hands it out again; one that has failed, say for its disk, is begun anew."""
    if Job.objects.filter(pk=scene.left["job"], state="failed").exists():
        _order(scene)
    Job.objects.filter(pk=scene.left["job"]).update(lease_until="2000-01-01T00:00Z")
    tasks.do_with_many(str(scene.left["job"]))


def _has(name: str) -> Callable[[Scene], bool]:
    return lambda scene: name in scene.names()


def _owner_sees(name: str) -> Callable[[Scene], bool]:
    return lambda scene: name in scene.me.names(scene.left["there"])


def _move(scene: Scene) -> None:
    tree.move(by=scene.me.caller, asset_id=scene.left["top"].id, folder_id=scene.left["there"].id)


def _copy(scene: Scene) -> None:
    copying.copy(by=scene.me.caller, asset_id=scene.left["top"].id, folder_id=scene.left["there"].id)


def swept() -> None:
    """Do all that the server does by itself, as if a week had passed."""
    uploads.sweep()
    for asset_id in purging.unfinished():
        purging.free(asset_id)
    gone.delete_condemned()


def _abandoned(scene: Scene) -> None:
    beginning = Beginning(folder_id=scene.folder.id, name="never")
    begun = resumable.start(by=scene.me.caller, beginning=beginning, size=len(LARGE))
    resumable.go_on(by=scene.me.caller, upload_id=begun.id, offset=0, body=Body([LARGE[:HALF]]))
    Upload.objects.update(lease_until="2000-01-01T00:00Z", expires_at="2000-01-01T00:00Z")


def _sweep(_: Scene) -> None:
    Condemned.objects.update(delete_at="2000-01-01T00:00Z")
    swept()
    Condemned.objects.update(delete_at="2000-01-01T00:00Z")  # keys that a writer might still have been at
    swept()


OPERATIONS: dict[str, Operation] = {
    "upload a small file": Operation(lambda scene: _upload(scene, SMALL), _has("new"), then=_new(SMALL)),
    "upload a file": Operation(lambda scene: _upload(scene, LARGE), _has("new"), then=_new(LARGE)),
    "replace a file": Operation(
        _replace,
        lambda scene: Asset.objects.get(pk=scene.left["file"].id).size == len(LARGE),
        _a_file,
        _now(LARGE),
    ),
    "upload in two requests": Operation(_resumed, _has("new"), then=_new(LARGE)),
    "copy a folder": Operation(_copy, _owner_sees("top"), _a_tree),
    "move a folder": Operation(_move, _owner_sees("top"), _a_tree),
    "restore a version": Operation(
        lambda scene: versions.restore(by=scene.me.caller, file_id=scene.left["file"].id, seq=1),
        lambda scene: Asset.objects.get(pk=scene.left["file"].id).size == len(SMALL),
        _two_versions,
        _now(SMALL),
    ),
    "delete a version": Operation(
        lambda scene: versions.delete(by=scene.me.caller, file_id=scene.left["file"].id, seq=1),
        lambda scene: Asset.objects.get(pk=scene.left["file"].id).versions.count() == 1,
        _two_versions,
    ),
    "trash a folder": Operation(
        lambda scene: trash.trash(by=scene.me.caller, asset_id=scene.left["top"].id),
        lambda scene: "top" not in scene.names(),
        _a_tree,
    ),
    "restore a folder": Operation(
        lambda scene: trash.restore(by=scene.me.caller, asset_id=scene.left["top"].id), _has("top"), _trashed
    ),
    "purge a folder": Operation(
        _purged, lambda scene: not Asset.objects.filter(pk=scene.left["top"].id).exists(), _a_tree
    ),
    "accept what is handed over": Operation(
        lambda scene: transfers.accept(by=scene.colleague.caller, offer_id=scene.left["offer"]), _accepted, _offered
    ),
    "pack an archive": Operation(_worked, _has("all.zip"), _ordered, tells=False),
    "sweep": Operation(
        _sweep, lambda _: not Upload.objects.exists() and not Condemned.objects.exists(), _abandoned, tells=False
    ),
}
