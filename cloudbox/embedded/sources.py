"""Notices changed source files, for `up --reload`."""

import contextlib
import os
from pathlib import Path

SUFFIXES = (".py", ".html")


class Sources:
    """The source files below a directory, as they were at the last look."""

    def __init__(self, root: Path, *, without: Path) -> None:
        self._root = root
        self._without = without
        self._last = self._look()

    def changed(self) -> bool:
        """Say whether a file has come, gone or changed since the last call."""
        now = self._look()
        if now == self._last:
            return False
        self._last = now
        return True

    def _look(self) -> dict[str, int]:
        seen: dict[str, int] = {}
        for directory, names, files in os.walk(self._root):
            names[:] = [name for name in names if name[0] != "." and Path(directory, name) != self._without]
            for name in files:
                if name.endswith(SUFFIXES):
                    path = Path(directory, name)
                    with contextlib.suppress(FileNotFoundError):  # gone already, or an editor's link to nowhere
                        seen[str(path)] = path.stat().st_mtime_ns
        return seen
