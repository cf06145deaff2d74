"""The one owner of a data directory, and what became of the last one.

Two locks tell the states apart. `instance.lock` is held by the supervisor alone: taken means that
CloudBox runs. `processes.lock` is inherited by everything it starts: taken without the first one
means that a supervisor was killed and left processes behind, which are named in `instance.json`.
"""

import contextlib
import fcntl
import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cloudbox import process
from cloudbox.embedded import CannotStart

RECORD = "instance.json"
PATIENCE = 15  # seconds for what an earlier run left behind


@dataclass(frozen=True)
class Started:
    """A process group of ours, as it is kept in `instance.json`."""

    pid: int
    identity: str  # tells it from a later process of the same number
    stop_signal: int


class Instance:
    """The right to use a data directory; `take` gets it, and it ends with the process."""

    def __init__(self, data: Path, own_lock: int, shared_lock: int) -> None:
        self.shared_lock = shared_lock
        self._own_lock = own_lock
        self._record = data / RECORD
        self._address = ""
        self._started: dict[str, Started] = {}
        self._write()  # so that another start can say who is here

    def started(self, name: str, pid: int, stop_signal: int) -> None:
        self._started[name] = Started(pid, process.identity(pid) or "", stop_signal)
        self._write()

    def ended(self, name: str) -> None:
        self._started.pop(name, None)
        self._write()

    def serves(self, address: str) -> None:
        self._address = address
        self._write()

    def release(self) -> None:
        """Leave the directory to the next one; everything that was started has ended."""
        self._record.unlink(missing_ok=True)
        os.close(self.shared_lock)
        os.close(self._own_lock)

    def _write(self) -> None:
        content = {
            "pid": os.getpid(),
            "address": self._address,
            "started": {name: asdict(started) for name, started in self._started.items()},
        }
        fresh = self._record.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk does not stop what runs
            fresh.write_text(json.dumps(content), encoding="utf-8")
            fresh.replace(self._record)


def take(data: Path) -> Instance:
    """Become the owner of a data directory; what a killed run left behind is stopped first.

    Raises CannotStart when CloudBox runs there already.
    """
    own = _lock_file(data / "instance.lock")
    if not _lock(own):
        os.close(own)
        running = _read(data)
        where = f", serving {running['address']}" if running.get("address") else ""
        raise CannotStart(
            f"CloudBox is running on {data} already (process {running.get('pid', 'unknown')}{where}). "
            "Stop it first, or choose another directory with --data and another --port."
        )
    shared = _lock_file(data / "processes.lock")
    _stop_left_overs(data)
    if not process.wait_until(lambda: _lock(shared), PATIENCE):
        raise CannotStart(f"Processes of an earlier run still use {data} and do not stop; stop them by hand.")
    os.set_inheritable(shared, True)
    return Instance(data, own, shared)


def has_a_record(data: Path) -> bool:
    """Say whether CloudBox runs on this data directory, or was killed there."""
    return (data / RECORD).exists()


def is_running(data: Path) -> bool:
    """Say whether CloudBox runs on this data directory."""
    if not (data / "instance.lock").exists():
        return False
    lock = _lock_file(data / "instance.lock")
    free = _lock(lock)
    os.close(lock)
    return not free


def _stop_left_overs(data: Path) -> None:
    left = _left_overs(data)

    def running() -> list[Started]:
        return [started for started in left if process.identity(started.pid) == started.identity]

    for started in running():
        process.kill_group(started.pid, started.stop_signal)
    process.wait_until(lambda: not running(), PATIENCE)
    for started in left:
        if process.identity(started.pid) in {None, started.identity}:  # else the number is somebody else's now
            process.kill_group(started.pid, signal.SIGKILL)


def _left_overs(data: Path) -> list[Started]:
    """Return what the last run had started; nothing when another version wrote that down in another way."""
    with contextlib.suppress(AttributeError, TypeError):
        return [Started(**started) for started in _read(data).get("started", {}).values()]
    return []


def _read(data: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((data / RECORD).read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    return {}


def _lock_file(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
