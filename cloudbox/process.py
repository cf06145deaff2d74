"""Other programs: the only module that starts them, and stdlib only, for `manage.py` needs it first.

`run` waits for a short program; `start` returns a Child that lives beside us, in a session of its
own, so that Ctrl-C reaches only us and the whole family of a child can be stopped as one group.
"""

import contextlib
import ctypes
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

CONFINED = Path(__file__).with_name("confined.py")
PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True)
class Finished:
    """How a program ended. `code` is its exit status, or minus the signal that ended it."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a program may use that is handed the bytes of strangers."""

    seconds: int  # of the processor
    patience: float  # seconds after which it is killed, whatever it waits for
    memory: int  # bytes, of addresses
    output: int  # bytes that a file may grow to


@dataclass(frozen=True)
class Account:
    """The operating system's user that a program runs as."""

    name: str
    uid: int
    gid: int


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float | None = None,
    account: Account | None = None,
    keep_open: Sequence[int] = (),
    apart: bool = False,
) -> Finished:
    """Run a program to its end.

    `timeout` is in seconds. `keep_open` are file descriptors that the program inherits. `apart` keeps
    the terminal's Ctrl-C from it. Raises OSError when it cannot be started and TimeoutError when it had
    to be killed.
    """
    try:
        done = subprocess.run(
            command,
            env=environment,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
            encoding="utf-8",
            errors="replace",
            pass_fds=keep_open,
            start_new_session=apart,
            **_as(account),
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"{command[0]} took longer than {timeout:g} seconds.") from None
    return Finished(done.returncode, done.stdout, done.stderr)


def run_confined(command: Sequence[str | Path], *, stdin: IO[bytes], stdout: IO[bytes], limits: Limits) -> int:
    """Run a program to its end under limits, with two files and nothing else of ours, and return its exit status.

    That is minus the signal that ended it, which SIGXCPU does when it has used up its seconds. It sees no setting and
    no secret, works in the root directory, and gets its time after everybody else. Raises TimeoutError when it had to
    be killed. It is ended with the thread that called this.
    """
    numbers = map(str, (os.getpid(), limits.seconds, limits.memory, limits.output))
    popen = subprocess.Popen(
        [sys.executable, "-I", "-S", CONFINED, *numbers, *command],
        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    try:
        return popen.wait(limits.patience)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"{command[0]} took longer than {limits.patience:g} seconds.") from None
    finally:
        kill_group(popen.pid)
        popen.wait()


class Child:
    """A program that runs beside us. `output` is the descriptor its lines are read from, if piped."""

    def __init__(self, popen: "subprocess.Popen[bytes]") -> None:
        self._popen = popen
        self.pid = popen.pid
        self.output = popen.stdout

    def code(self) -> int | None:
        """Return the exit status (minus the signal that ended it), or None while it runs."""
        return self._popen.poll()

    def signal(self, number: int) -> None:
        self._popen.send_signal(number)

    def ends_within(self, seconds: float) -> bool:
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill_group(self) -> None:
        """Kill the child with everything it started, also after its own end."""
        kill_group(self.pid)
        self._popen.wait()


def start(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    output: Path | None = None,
    account: Account | None = None,
    keep_open: Sequence[int] = (),
    signal_if_we_die: int = signal.SIGTERM,
) -> Child:
    """Start a program that lives beside us.

    What it prints goes to the end of the file `output`, or into the pipe `Child.output`. On Linux
    it gets `signal_if_we_die` when the *thread* that called this ends without stopping it.
    """
    with contextlib.ExitStack() as stack:
        target = subprocess.PIPE if output is None else stack.enter_context(output.open("ab"))
        popen = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
            pass_fds=keep_open,
            start_new_session=True,
            preexec_fn=_tied_to_us(signal_if_we_die),  # noqa: PLW1509 - the callers have one thread at this moment
            **_as(account),
        )
    return Child(popen)


def identity(pid: int) -> str | None:
    """Return what tells this process from a later one of the same number; None when there is none."""
    if platform.system() == "Linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in {"Z", "X"} else f"{_boot()} {fields[19]}"  # starttime, proc(5)
    finished = run(["ps", "-o", "lstart=", "-p", str(pid)])
    return finished.output.strip() or None


def kill_group(group: int, number: int = signal.SIGKILL) -> bool:
    """Send a signal to a process group, and say whether there was one."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def wait_until(true: Callable[[], bool], seconds: float, *, pause: float = 0.02) -> bool:
    """Ask `true` for so long, every `pause` seconds, and return its last answer."""
    end = time.monotonic() + seconds
    while not (answer := true()) and time.monotonic() < end:
        time.sleep(pause)
    return answer


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _as(account: Account | None) -> dict[str, Any]:
    """Return Popen's arguments for another user; the working directory must be one they may enter."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "cwd": "/"}


def _tied_to_us(number: int) -> Callable[[], None] | None:
    """Return what a new child runs so that it does not outlive us, where the kernel offers that."""
    if platform.system() != "Linux":
        return None
    prctl, parent = ctypes.CDLL(None, use_errno=True).prctl, os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # we died before the call
            os._exit(1)

    return tie
