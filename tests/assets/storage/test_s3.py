"""The S3 store, against real servers."""

import pytest

from assets.storage.s3 import S3Store
from tests.assets.storage.contract import StoreContract


class TestRclone(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self, rclone_bucket):
        self.store = S3Store("s3", rclone_bucket.place())


class TestMoto(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self, moto_bucket):
        self.store = S3Store("s3", moto_bucket.place(prefix="blobs/"))
