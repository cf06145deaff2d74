"""How much memory processes have of their own, and by how much they grow."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 2**20
MOST = 16 * MIB  # bytes that one process may grow by, whatever passes through it


class Peaks:
    """The most memory that each of some processes has of its own, sampled all the time."""

    def __init__(self, names: dict[int, str]) -> None:
        self._names = names
        self._before = {pid: own_memory(pid) for pid in self._names}
        self.most = dict(self._before)

    def look(self) -> None:
        for pid in self._before:
            with contextlib.suppress(OSError):  # it has ended
                self.most[pid] = max(self.most[pid], own_memory(pid))

    def growth(self) -> dict[str, int]:
        """Return the bytes by which the processes of each program grew at most."""
        grown: dict[str, int] = {}
        for pid, before in self._before.items():
            name = self._names[pid]
            grown[name] = max(grown.get(name, 0), self.most[pid] - before)
        return grown

    def growth_of_all(self) -> int:
        """Return the bytes by which all the processes together grew at most."""
        return sum(self.most[pid] - before for pid, before in self._before.items())


def own_memory(pid: int) -> int:
    """Return a process's resident memory without what it shares with others on purpose, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon:", "RssFile:")))


@contextmanager
def watched(names: dict[int, str]) -> Iterator[Peaks]:
    """Watch processes while the block runs; `names` tells of which program each number is one."""
    peaks, enough = Peaks(names), threading.Event()

    def watch() -> None:
        while not enough.wait(0.02):
            peaks.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        enough.set()
        thread.join()
