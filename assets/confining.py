"""Running a program on the bytes of strangers: within limits, and apart from everything of ours."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from django.conf import settings

from assets.words import Reason
from cloudbox.process import Limits, run_confined

LARGEST_OUTPUT = 64 * 2**20  # bytes that a program may write: pictures of a thousand pixels
PATIENCE = 4  # times its seconds of the processor that a program may take: everybody else goes first
PYTHON = (sys.executable, "-I")


class NothingToSee(Exception):
    """There will be no preview, or with `again` perhaps at another time."""

    def __init__(self, reason: Reason, *, again: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.again = again


def run(command: Sequence[str | Path], source: IO[bytes], into: IO[bytes]) -> bool:
    """Let a program read the file `source` and write into the file `into`, from its beginning; say if it succeeded.

    Raises NothingToSee when it took more than it may. What it wrote is no more to be trusted than what it read.
    """
    seconds = settings.CLOUDBOX_PREVIEW_SECONDS
    limits = Limits(
        seconds=seconds,
        patience=PATIENCE * seconds,
        memory=settings.CLOUDBOX_PREVIEW_MEMORY,
        output=LARGEST_OUTPUT,
    )
    for file in (source, into):
        file.seek(0)
    into.truncate()
    try:
        code = run_confined(command, stdin=source, stdout=into, limits=limits)
    except TimeoutError:
        raise NothingToSee(Reason.TOOK_TOO_LONG, again=True) from None
    if code == -signal.SIGXCPU:
        raise NothingToSee(Reason.TOOK_TOO_LONG)
    if code == -signal.SIGKILL:  # by the kernel, that needs the memory, or by an operator
        raise NothingToSee(Reason.TOO_MUCH_MEMORY, again=True)
    into.seek(0)
    return code == 0
