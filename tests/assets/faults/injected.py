"""Faults at the boundary: an exception in place of one chosen call to the disk or the database, or right after it.

The calls of a block are counted first; then the same block runs again with one of them failing. What fails is what the
operating system and the database offer, so nothing of ours is replaced.
"""

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.db import OperationalError, connection

_DISK = ("open", "fsync", "rename", "mkdir", "unlink")  # of os, by which files are made durable and named
WHEN = ("before", "after")  # after: it was done, but nobody hears of it


@dataclass(frozen=True)
class Fault:
    """One call of a run: its number and what it was, and whether it fails before it is done, or after."""

    number: int
    call: str
    when: str = "before"

    def __str__(self) -> str:
        return f"{self.when} call {self.number}, {self.call}"


@dataclass
class Boundary:
    """What goes to the disk below `root` and to the database in one run; `fault` is the call that fails."""

    root: Path
    fault: Fault | None = None
    calls: list[str] = field(default_factory=list)
    struck: bool = False

    def faults(self) -> list[Fault]:
        """Return every fault that could be, for the calls that were counted."""
        return [Fault(number, call, when) for number, call in enumerate(self.calls) for when in WHEN]

    def through(self, call: str, act: Callable[..., Any], error: type[Exception], *args: Any, **more: Any) -> Any:
        number = len(self.calls)
        self.calls.append(call)
        strikes = self.fault is not None and self.fault.number == number
        if strikes and self.fault and self.fault.when == "before":
            raise self._strike(error, call)
        done = act(*args, **more)
        if strikes:
            if isinstance(done, io.FileIO):
                done.close()  # nobody has it
            raise self._strike(error, call)
        return done

    def _strike(self, error: type[Exception], call: str) -> Exception:
        self.struck = True
        return OSError(errno.EIO, "Input/output error") if error is OSError else error(f"injected: {call}")


class _File(io.FileIO):
    """An unbuffered file whose writes are counted."""

    boundary: Boundary

    def write(self, data: Any) -> int:
        written: int = self.boundary.through("write", super().write, OSError, data)
        return written


@contextmanager
def counted(root: Path, fault: Fault | None = None) -> Iterator[Boundary]:
    """Count the calls of the block, and let the one of `fault` fail."""
    boundary = Boundary(root, fault)
    with ExitStack() as stack:
        for name in _DISK:
            stack.enter_context(patch.object(os, name, _on_disk(boundary, name, getattr(os, name))))
        stack.enter_context(patch.object(io, "open", _opening(boundary, io.open)))
        stack.enter_context(connection.execute_wrapper(_in_database(boundary)))
        commit = getattr(connection, "_commit")  # noqa: B009  Django's own; the types know nothing of it
        stack.enter_context(patch.object(connection, "_commit", _committing(boundary, commit)))
        yield boundary


def _is_below(root: Path, what: Any) -> bool:
    if isinstance(what, int):
        return True  # a file that is open: only the stores sync theirs
    return Path(os.fspath(what)).is_relative_to(root)


def _on_disk(boundary: Boundary, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    def acting(what: Any, *args: Any, **more: Any) -> Any:
        if not _is_below(boundary.root, what):
            return act(what, *args, **more)
        return boundary.through(name, act, OSError, what, *args, **more)

    return acting


def _opening(boundary: Boundary, act: Callable[..., Any]) -> Callable[..., Any]:
    def opening(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **more: Any) -> Any:
        if isinstance(file, int) or buffering != 0 or not _is_below(boundary.root, file):
            return act(file, mode, buffering, *args, **more)
        opened = boundary.through("open", _File, OSError, file, mode.replace("b", ""))
        opened.boundary = boundary
        return opened

    return opening


def _in_database(boundary: Boundary) -> Callable[..., Any]:
    def executing(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        call = " ".join(str(sql).split())[:60]
        return boundary.through(call, execute, OperationalError, sql, params, many, context)

    return executing


def _committing(boundary: Boundary, commit: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: boundary.through("COMMIT", commit, OperationalError)
