"""Two stores whose reads go wrong as a test says."""

import pytest

from assets import storage
from tests.assets.reading.faulty import FaultyStore


@pytest.fixture
def far(tmp_path, monkeypatch) -> FaultyStore:
    """The store called local, with faults; one called other lies beside it."""
    stores = {name: FaultyStore(name, tmp_path / name) for name in ("local", "other")}
    for store in stores.values():
        store.faults = []

    def store_named(name: str) -> FaultyStore:
        if name not in stores:
            raise LookupError(name)
        return stores[name]

    monkeypatch.setattr(storage, "store_named", store_named)
    return stores["local"]


@pytest.fixture
def other(far) -> FaultyStore:
    found = storage.store_named("other")
    assert isinstance(found, FaultyStore)
    return found
