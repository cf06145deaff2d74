"""The stores by name. A blob remembers the name of its store, so changing the primary keeps old blobs readable."""

from functools import cache
from pathlib import Path

from django.conf import settings

from assets.storage.filesystem import FilesystemStore
from assets.storage.protocol import Store, Stored

__all__ = ["Store", "Stored", "primary", "store_named", "stores"]


def primary() -> Store:
    """Return the store that new blobs go to."""
    return stores()[0]


def store_named(name: str) -> Store:
    """Return the store called `name`. Raises LookupError for a name that no setting knows."""
    for store in stores():
        if store.name == name:
            return store
    raise LookupError(f"No store is called {name!r}.")


def stores() -> list[Store]:
    """Return every store of this server, the primary first."""
    return [_local(settings.CLOUDBOX_DATA)]


@cache
def _local(data: Path | str) -> Store:
    return FilesystemStore("local", Path(data) / "blobs")
