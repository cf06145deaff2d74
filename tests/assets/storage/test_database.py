"""The store in PostgreSQL."""

import pytest

from assets.storage.database import DatabaseStore
from tests.assets.storage.contract import StoreContract


@pytest.mark.django_db
class TestDatabase(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self):
        self.store = DatabaseStore("database")

    @pytest.mark.django_db(transaction=True)  # foreign keys are looked at when a transaction ends
    def test_a_write_whose_key_is_deleted_meanwhile_fails_and_leaves_nothing(self):
        super().test_a_write_whose_key_is_deleted_meanwhile_fails_and_leaves_nothing()

    @pytest.mark.django_db(transaction=True)
    def test_many_write_at_once(self):
        super().test_many_write_at_once()
