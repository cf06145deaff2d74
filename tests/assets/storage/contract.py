"""What every store must do. A store is accepted when a subclass of this passes."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from assets.storage import Store


class StoreContract:
    store: Store

    def test_what_was_written_is_read_back(self):
        assert self.store.write("k1", [b"hello ", b"world"]) == 11
        assert b"".join(self.store.read("k1")) == b"hello world"

    def test_an_empty_blob_is_a_blob(self):
        assert self.store.write("k1", []) == 0
        assert self.store.size("k1") == 0
        assert b"".join(self.store.read("k1")) == b""

    @pytest.mark.parametrize(
        ("start", "stop", "expected"),
        [(0, None, b"0123456789"), (3, None, b"3456789"), (2, 5, b"234"), (9, 10, b"9"), (4, 4, b"")],
    )
    def test_a_range_is_read_from_start_up_to_stop(self, start, stop, expected):
        self.store.write("k1", [b"01234", b"56789"])

        assert b"".join(self.store.read("k1", start, stop)) == expected

    def test_a_large_blob_comes_in_blocks_of_at_most_a_mebibyte(self):
        chunk = bytes(range(256)) * 4096
        self.store.write("k1", [chunk, chunk, b"end"])

        blocks = list(self.store.read("k1"))

        assert b"".join(blocks) == chunk * 2 + b"end"
        assert max(map(len, blocks)) <= 2**20

    def test_a_range_across_blocks_is_exact(self):
        chunk = bytes(range(256)) * 4096
        self.store.write("k1", [chunk, chunk])

        assert b"".join(self.store.read("k1", 2**20 - 3, 2**20 + 3)) == (chunk * 2)[2**20 - 3 : 2**20 + 3]

    def test_size_tells_the_bytes(self):
        self.store.write("k1", [b"abc"])

        assert self.store.size("k1") == 3

    def test_a_missing_key_is_told_on_the_call(self):
        with pytest.raises(FileNotFoundError):
            self.store.read("nothing")
        with pytest.raises(FileNotFoundError):
            self.store.size("nothing")

    def test_a_write_that_fails_leaves_nothing_and_tells_why(self):
        def breaking():
            yield b"some"
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            self.store.write("k1", breaking())

        assert list(self.store.stored()) == []
        with pytest.raises(FileNotFoundError):
            self.store.size("k1")

    def test_a_key_does_not_exist_before_the_last_byte(self):
        def looking():
            yield b"some"
            with pytest.raises(FileNotFoundError):
                self.store.size("k1")
            yield b"more"

        assert self.store.write("k1", looking()) == 8

    def test_a_deleted_blob_is_gone(self):
        self.store.write("k1", [b"abc"])

        self.store.delete("k1")

        assert list(self.store.stored()) == []
        with pytest.raises(FileNotFoundError):
            self.store.read("k1")

    def test_a_write_whose_key_is_deleted_meanwhile_fails_and_leaves_nothing(self):
        def deleting():
            yield b"some"
            self.store.delete("k1")
            yield b"more"

        with pytest.raises(FileNotFoundError):
            self.store.write("k1", deleting())

        assert list(self.store.stored()) == []

    def test_deleting_what_is_not_there_is_no_error(self):
        self.store.delete("nothing")

        assert list(self.store.stored()) == []

    def test_a_reader_of_what_is_deleted_meanwhile_reads_to_the_end_or_is_told(self):
        whole = b"x" * 2**21 + b"y" * 2**21
        self.store.write("k1", [whole])
        blocks = self.store.read("k1")
        first = next(blocks)

        self.store.delete("k1")

        with suppress(FileNotFoundError):
            assert first + b"".join(blocks) == whole

    def test_stored_lists_keys_sizes_and_times(self):
        self.store.write("k1", [b"abc"])
        self.store.write("k2", [b"defgh"])

        found = {row.key: row for row in self.store.stored()}

        assert {key: row.size for key, row in found.items()} == {"k1": 3, "k2": 5}
        assert abs(datetime.now(UTC) - found["k1"].modified) < timedelta(minutes=1)

    def test_many_write_at_once(self):
        threads = [
            threading.Thread(target=self.store.write, args=(f"key{n}", [bytes([n]) * 1000] * 10)) for n in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {row.key: row.size for row in self.store.stored()} == {f"key{n}": 10_000 for n in range(16)}
        assert all(set(b"".join(self.store.read(f"key{n}"))) == {n} for n in range(16))

    def test_a_healthy_store_passes_its_check(self):
        self.store.check()

        assert list(self.store.stored()) == []
