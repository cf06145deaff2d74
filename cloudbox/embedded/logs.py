"""One readable log of all processes, on the screen and in DATA/log/cloudbox.log."""

import datetime as dt
import logging
import logging.handlers
import re
import sys
from collections import defaultdict, deque
from pathlib import Path

BYTES = 10 * 2**20  # of one file
FILES = 5
REMEMBERED = 15  # lines of each process, to say why one ended
WIDTH = 8  # of a process's name
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # could make a terminal lie


class _File(logging.handlers.RotatingFileHandler):
    """A rotated file that a full disk makes silent; the screen goes on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        pass


class Log:
    """Writes lines with the name of the process they come from."""

    def __init__(self, directory: Path) -> None:
        path = directory / "cloudbox.log"
        self._file = _File(path, maxBytes=BYTES, backupCount=FILES, encoding="utf-8")
        self._file.setFormatter(logging.Formatter("%(message)s"))
        self._last: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        path.chmod(0o600)

    def write(self, name: str, *printed: str) -> None:
        """Write the lines that a process has printed, in one go."""
        lines = [_CONTROL.sub("?", line.rstrip()) for line in printed]
        self._last[name].extend(lines)
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        shown = [f"{name:<{WIDTH}} | {line}" for line in lines]
        self._file.emit(logging.makeLogRecord({"msg": "\n".join(f"{now} {line}" for line in shown)}))
        self.show("\n".join(shown))

    def say(self, sentence: str) -> None:
        """Write what the supervisor itself has to tell."""
        self.write("up", sentence)

    @staticmethod
    def show(line: str) -> None:
        """Put a line on the screen only: a password does not belong in a file."""
        try:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except OSError:  # the terminal is gone, and the file goes on
            pass

    def last_lines(self, name: str, count: int = REMEMBERED) -> str:
        return "\n".join(list(self._last[name])[-count:])

    def close(self) -> None:
        self._file.close()
