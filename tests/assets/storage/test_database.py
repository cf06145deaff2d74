"""The store in PostgreSQL."""

import os
import signal
import threading
import tracemalloc

import pytest
from django.db import connection, transaction

from assets.models import StoredChunk
from assets.storage.database import DatabaseStore
from cloudbox.errors import StoreUnavailable
from cloudbox.process import wait_until
from tests.assets.storage.contract import StoreContract

MIB = 2**20


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

    def test_two_stores_keep_their_keys_apart(self):
        other = DatabaseStore("other")
        self.store.write("k1", [b"abc"])
        other.write("k1", [b"another"])

        other.delete("k1")

        assert [row.key for row in self.store.stored()] == ["k1"]
        assert list(other.stored()) == []

    def test_a_key_is_used_once(self):
        self.store.write("k1", [b"first"])

        with pytest.raises(FileExistsError):
            self.store.write("k1", [b"second"])
        assert b"".join(self.store.read("k1")) == b"first"

    def test_a_row_is_a_mebibyte_whatever_the_chunks_are(self):
        self.store.write("k1", [b"x" * 700_000] * 4)

        rows = StoredChunk.objects.order_by("position")
        assert [len(row.data) for row in rows] == [MIB, MIB, 4 * 700_000 - 2 * MIB]

    def test_nothing_is_compressed(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT attstorage FROM pg_attribute WHERE attrelid = 'assets_storedchunk'::regclass"
                           " AND attname = 'data'")  # fmt: skip
            assert cursor.fetchone() == ("e",)  # external

    def test_a_row_that_is_missing_is_told_and_not_skipped(self):
        self.store.write("k1", [b"x" * MIB] * 3)
        StoredChunk.objects.filter(position=1).delete()

        blocks = self.store.read("k1")
        assert len(next(blocks)) == MIB
        with pytest.raises(FileNotFoundError):
            next(blocks)

    def test_a_row_that_postgresql_finds_corrupted_is_told_like_one_that_is_missing(self):
        self.store.write("k1", [b"x" * MIB])
        with connection.cursor() as cursor:  # a view goes before the table of its name; the error is PostgreSQL's own
            cursor.execute("CREATE FUNCTION pg_temp.toast() RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN"
                           " RAISE 'missing chunk number 0 for toast value 1' USING ERRCODE = 'data_corrupted';"
                           " END $$")  # fmt: skip
            cursor.execute("CREATE TEMP VIEW assets_storedchunk AS SELECT object_id, position, pg_temp.toast() AS data"
                           " FROM public.assets_storedchunk")  # fmt: skip

        with pytest.raises(FileNotFoundError):
            list(self.store.read("k1"))

    def test_more_keys_than_a_page_are_all_listed(self, monkeypatch):
        monkeypatch.setattr("assets.storage.database.PAGE", 2)
        for n in range(5):
            self.store.write(f"k{n}", [])

        assert sorted(row.key for row in self.store.stored()) == [f"k{n}" for n in range(5)]


@pytest.mark.django_db(transaction=True)
class TestConnections:
    @pytest.fixture(autouse=True)
    def _store(self):
        self.store = DatabaseStore("database")

    def test_no_connection_is_held_while_bytes_flow(self):
        held = []

        def body():
            for _ in range(3):
                held.append(connection.connection)
                yield b"x" * MIB

        self.store.write("k1", body())
        held.extend(connection.connection for _ in self.store.read("k1"))

        assert held == [None] * 6

    def test_a_large_body_needs_no_more_memory_than_a_few_rows(self):
        tracemalloc.start()
        try:
            self.store.write("k1", (b"x" * MIB for _ in range(20)))
            assert sum(map(len, self.store.read("k1"))) == 20 * MIB
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert peak < 10 * MIB

    def test_a_crash_in_the_middle_is_found_and_deleted_by_its_key(self):
        connection.close_pool()  # type: ignore[attr-defined]  # its sockets are not for two processes
        child = os.fork()
        if child == 0:

            def dying():
                yield b"x" * MIB
                yield b"some"
                os.kill(os.getpid(), signal.SIGKILL)

            self.store.write("k1", dying())
        os.waitpid(child, 0)
        assert [row.key for row in self.store.stored()] == ["k1"]
        with pytest.raises(FileNotFoundError):
            self.store.size("k1")

        self.store.delete("k1")

        assert list(self.store.stored()) == []
        assert not StoredChunk.objects.exists()

    def test_a_key_that_another_deletes_while_it_is_written_is_gone(self):
        begun, deleted = threading.Event(), threading.Event()
        told = []

        def slow():
            yield b"x" * MIB
            begun.set()
            deleted.wait(10)
            yield b"y" * MIB

        def writing():
            try:
                self.store.write("k1", slow())
            except FileNotFoundError as error:
                told.append(error)

        writer = threading.Thread(target=writing)
        writer.start()
        assert begun.wait(10)
        self.store.delete("k1")
        deleted.set()
        writer.join()

        assert len(told) == 1
        assert not StoredChunk.objects.exists()

    def test_a_database_that_breaks_off_is_told_as_an_unavailable_store(self):
        told = []

        def asking():
            try:
                self.store.size("k1")
            except StoreUnavailable as error:
                told.append(str(error))

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE assets_storedobject")
            asker = threading.Thread(target=asking)
            asker.start()
            assert wait_until(lambda: bool(_end_who_waits(cursor)), 10)
            asker.join()

        assert told == ["PostgreSQL does not answer: AdminShutdown."]


def _end_who_waits(cursor):
    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'assets_storedobject'::regclass"
                   " AND NOT granted")  # fmt: skip
    return cursor.fetchall()
