"""What a family of processes costs: seconds of CPU, and bytes of memory."""

import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return the process and everything that it has started, and what those have."""
    children = defaultdict(list)
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            children[int(_fields(int(directory.name))[1])].append(int(directory.name))
    found = [pid]
    for member in found:
        found += children[member]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a family has used, with its dead children."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            total += sum(int(field) for field in _fields(member)[11:15])  # utime stime cutime cstime, proc(5)
    return total / _TICKS


def memory(pid: int) -> int:
    """Return the private memory of one process in bytes; pages of files and shared buffers do not count."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


class Growth:
    """The most that any process of a family has grown, in bytes."""

    def __init__(self) -> None:
        self.most = 0


@contextmanager
def growth(pid: int) -> Iterator[Growth]:
    """Watch the memory of a family while the block runs."""
    before = {member: memory(member) for member in family(pid)}
    seen, over = Growth(), threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            seen.most = max(seen.most, *(memory(member) - size for member, size in before.items()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _fields(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the state on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
