"""The stores by name. A blob remembers the name of its store, so changing the primary keeps old blobs readable."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from assets.storage.database import DatabaseStore
from assets.storage.filesystem import FilesystemStore
from assets.storage.protocol import Store, Stored
from cloudbox.stores import SPOOL, bucket_of, directory_of, kind_of, url_of

__all__ = ["SPOOL", "Store", "Stored", "landing", "primary", "spool", "store_named", "stores"]


def primary() -> Store:
    """Return the store that new blobs belong in."""
    return store_named(settings.CLOUDBOX_STORE)


def spool() -> Store | None:
    """Return the store where bytes wait for a remote primary, None where doors write through."""
    return _made(SPOOL, url_of(settings.CLOUDBOX_SPOOL)) if settings.CLOUDBOX_SPOOL else None


def landing() -> Store:
    """Return the store that bytes are written to as they come in."""
    home = primary()
    return (spool() if home.remote else None) or home


def store_named(name: str) -> Store:
    """Return the store called `name`. Raises LookupError for a name that no setting knows."""
    if name in settings.CLOUDBOX_STORES:
        return _made(name, settings.CLOUDBOX_STORES[name])
    waiting = spool() if name == SPOOL else None
    if waiting is None:
        raise LookupError(f"No store is called {name!r}.")
    return waiting


def stores() -> list[Store]:
    """Return every store of this server, the spool last."""
    waiting = spool()
    return [_made(name, url) for name, url in settings.CLOUDBOX_STORES.items()] + ([waiting] if waiting else [])


@cache
def _made(name: str, url: str) -> Store:
    """Return one store for each name and URL: it keeps its connections."""
    if kind_of(url) == "local":
        return FilesystemStore(name, directory_of(url))
    if kind_of(url) == "database":
        return DatabaseStore(name)
    # By name: boto3 would cost every process 26 MB and a quarter of a second, also where nothing speaks S3.
    return cast("Store", import_string("assets.storage.s3.S3Store")(name, bucket_of(url)))
