import errno
import os
import resource
import shutil
import signal

import pytest

from assets.storage.filesystem import FilesystemStore
from cloudbox.errors import StorageFull, StoreUnavailable
from tests.assets.storage.contract import StoreContract


class TestFilesystem(StoreContract):
    store: FilesystemStore

    @pytest.fixture(autouse=True)
    def _store(self, tmp_path):
        self.store = FilesystemStore("local", tmp_path / "blobs")

    def test_a_crash_in_the_middle_is_found_and_deleted_by_its_key(self):
        child = os.fork()
        if child == 0:

            def dying():
                yield b"some"
                os.kill(os.getpid(), signal.SIGKILL)

            self.store.write("k1", dying())
        os.waitpid(child, 0)
        assert [(row.key, row.size) for row in self.store.stored()] == [("k1", 4)]

        self.store.delete("k1")

        assert list(self.store.stored()) == []

    def test_what_others_keep_there_is_nothing_of_ours(self):
        self.store.write("k1", [b"some"])
        for place in ("2020/01/02/k1", "README", "k1/other"):
            (self.store.root / place).parent.mkdir(parents=True, exist_ok=True)
            (self.store.root / place).write_text("of an ancestor")

        assert [(row.key, row.size) for row in self.store.stored()] == [("k1", 4)]

    def test_folders_taken_away_under_a_running_server_are_made_again(self):
        self.store.write("k1", [b"some"])
        shutil.rmtree(self.store.root)

        self.store.write("k1", [b"again"])

        assert b"".join(self.store.read("k1")) == b"again"

    def test_a_disk_without_room_is_a_refusal_and_leaves_nothing(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
        try:
            with pytest.raises(StorageFull):
                self.store.write("k1", [b"x" * 2**19] * 4)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        assert list(self.store.stored()) == []

    def test_a_key_is_used_once(self):
        self.store.write("k1", [b"first"])
        unfinished = self.store.root / "unfinished"
        (unfinished / "k2").write_bytes(b"somebody is writing")

        with pytest.raises(FileExistsError):
            self.store.write("k2", [b"second"])

    def test_a_disk_that_takes_nothing_is_told_without_its_place(self):
        place = self.store.root / "unfinished"
        self.store.root.mkdir()
        place.write_text("a file where a folder should be")

        with pytest.raises(StoreUnavailable) as refused:
            self.store.write("k1", [b"some"])
        assert str(self.store.root) not in str(refused.value)

        place.unlink()
        assert self.store.write("k1", [b"some"]) == 4

    @pytest.mark.parametrize("error", [OSError(errno.EIO, "line"), OSError(errno.ENOSPC, "theirs"), BrokenPipeError()])
    def test_what_goes_wrong_with_the_sender_is_not_taken_for_the_disk(self, error):
        def breaking():
            yield b"some"
            raise error

        with pytest.raises(OSError) as told:  # noqa: PT011  compared below
            self.store.write("k1", breaking())

        assert told.value is error
        assert list(self.store.stored()) == []
