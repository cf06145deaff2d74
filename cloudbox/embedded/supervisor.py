"""Keeps programs running: starts them in stages, restarts what ends, stops them in reverse order.

One thread and one selector: the kernel signals the children when the thread that started them
dies, and no lock can be held at the moment of a fork.
"""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from cloudbox.embedded import CannotStart
from cloudbox.embedded.instance import Instance
from cloudbox.embedded.logs import Log
from cloudbox.process import Child

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_LIMIT = 90  # seconds until a program must be ready
RESTARTS = 5  # within RESTART_SPAN; the sixth end stops everything
RESTART_SPAN = 600  # seconds
LONGEST_LINE = 64 * 1024  # bytes


class Stopped(Exception):
    """We were told to stop."""


@dataclass(frozen=True)
class Program:
    """Something that `up` keeps running.

    `is_ready` gets the process number and is asked every `pause` seconds. `stop` are signals with the
    seconds that each is given to work; after the last one the program is killed.
    """

    name: str
    start: Callable[[], Child]
    is_ready: Callable[[int], bool] = lambda _pid: True
    pause: float = 0.03
    stop: tuple[tuple[int, float], ...] = ((signal.SIGTERM, 8),)
    delay: float = 1  # seconds until it is started again for the first time; twice as long each time


class Running:
    """A program and its present process."""

    def __init__(self, program: Program, child: Child) -> None:
        self.program = program
        self.name = program.name
        self.child = child
        self.rest = b""  # of a line
        self.ends: list[float] = []
        self.start_again: float | None = None  # when, after an end


class Supervisor:
    """Owns the children of `up`; use it as a context, which stops them all."""

    def __init__(self, log: Log, instance: Instance) -> None:
        self._log = log
        self._instance = instance
        self._stages: list[list[Running]] = []
        self._selector = selectors.DefaultSelector()
        self._told_to_stop = False
        self._listen_to_signals()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for end in self._wake:
            end.close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, programs: Iterable[Program]) -> None:
        """Start a stage and wait until all of it is ready. Raises CannotStart or Stopped."""
        stage: list[Running] = []
        self._stages.append(stage)
        for program in programs:
            stage.append(Running(program, self._begin(program)))
            self._listen_to(stage[-1])
        limit = time.monotonic() + START_LIMIT
        for running in stage:
            while not running.program.is_ready(running.child.pid):
                self._pump(running.program.pause)
                self._refuse_an_early_end(stage, limit)
        self._refuse_an_early_end(stage, limit)

    def finish(self, program: Program) -> None:
        """Run a program to its end. Raises CannotStart with its last line when it fails, and Stopped."""
        running = Running(program, self._begin(program))
        self._listen_to(running)
        self._stages.append([running])
        while running.child.code() is None:
            self._pump(1)
        self._end([running])
        self._stages.pop()
        if running.child.code() != 0:
            raise CannotStart(self._log.last_lines(program.name, 1))

    def watch(self, each_second: Callable[[], None]) -> None:
        """Keep everything running until we are told to stop. Raises Stopped or CannotStart."""
        while True:
            due = [running.start_again - time.monotonic() for running in self._all() if running.start_again]
            self._pump(max(0, min([1, *due])))
            for running in self._all():
                self._keep(running)
            each_second()

    def restart(self, names: Iterable[str]) -> None:
        """Stop the named programs and start them again."""
        chosen = [running for running in self._all() if running.name in names]
        self._end(chosen)
        for running in chosen:
            self._again(running)

    def stop(self) -> None:
        """Stop everything, the last stage first."""
        while self._stages:
            self._end(self._stages[-1])
            self._stages.pop()

    def _all(self) -> list[Running]:
        return [running for stage in self._stages for running in stage]

    def _begin(self, program: Program) -> Child:
        child = program.start()
        self._instance.started(program.name, child.pid, program.stop[0][0])
        return child

    def _again(self, running: Running) -> None:
        running.child, running.rest, running.start_again = self._begin(running.program), b"", None
        self._listen_to(running)

    def _end(self, chosen: list[Running]) -> None:
        """Stop some programs side by side, with everything that they have started."""
        steps = {running.name: list(running.program.stop) for running in chosen}
        due = dict.fromkeys(steps, 0.0)
        while going := [running for running in chosen if running.child.code() is None]:
            for running in going:
                if time.monotonic() < due[running.name]:
                    continue
                if not steps[running.name]:
                    self._log.say(f"{running.name} does not stop; it is killed.")
                    running.child.kill_group()
                    continue
                number, seconds = steps[running.name].pop(0)
                running.child.signal(number)
                due[running.name] = time.monotonic() + seconds
            self._read(0.05)
        for running in chosen:
            self._bury(running)

    def _bury(self, running: Running) -> None:
        running.child.kill_group()
        self._close_output(running)
        self._instance.ended(running.name)

    def _keep(self, running: Running) -> None:
        """Start a program again that has ended: each time twice as long after its end."""
        now = time.monotonic()
        if running.start_again is not None:
            if now >= running.start_again:
                self._again(running)
        elif (code := running.child.code()) is not None:
            self._bury(running)
            running.ends = [*(end for end in running.ends if end > now - RESTART_SPAN), now]
            if len(running.ends) > RESTARTS:
                raise CannotStart(f"{running.name} has ended {len(running.ends)} times; giving up.")
            delay = running.program.delay * 2 ** (len(running.ends) - 1)
            running.start_again = now + delay
            self._log.say(f"{running.name} has ended ({_cause(code)}); starting it again in {delay:g} s.")

    def _refuse_an_early_end(self, stage: list[Running], limit: float) -> None:
        for running in stage:
            code = running.child.code()
            if code is None and time.monotonic() < limit:
                continue
            self._read(0)
            how = f"is not ready after {START_LIMIT} s" if code is None else f"has ended ({_cause(code)})"
            raise CannotStart(f"{running.name} {how}; its last lines:\n{self._log.last_lines(running.name)}")

    def _pump(self, seconds: float) -> None:
        """Write what the children print, for so long or until something happens. Raises Stopped."""
        self._read(seconds)
        if self._told_to_stop:
            raise Stopped

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Running):
                self._read_lines(key.data)
            else:
                self._wake[0].recv(4096)

    def _listen_to(self, running: Running) -> None:
        if running.child.output:
            os.set_blocking(running.child.output.fileno(), False)
            self._selector.register(running.child.output, selectors.EVENT_READ, running)

    def _read_lines(self, running: Running) -> bool:
        """Write the lines that a child has printed; say whether there may be more."""
        output = running.child.output
        if output is None or output.closed:
            return False
        try:
            some = os.read(output.fileno(), 65536)
        except BlockingIOError:
            return False
        *lines, running.rest = (running.rest + some).split(b"\n")
        if running.rest and (not some or len(running.rest) > LONGEST_LINE):
            lines, running.rest = [*lines, running.rest], b""
        if printed := [line.decode(errors="replace") for line in lines if line]:
            self._log.write(running.name, *printed)
        if not some:
            self._selector.unregister(output)
            output.close()
        return bool(some)

    def _close_output(self, running: Running) -> None:
        while self._read_lines(running):
            pass
        output = running.child.output
        if output and not output.closed:  # something that has left the group holds it
            self._selector.unregister(output)
            output.close()

    def _listen_to_signals(self) -> None:
        """Wake the selector for signals; also where a shell has told us to ignore SIGINT."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        self._wake = (ours, theirs)  # kept open
        self._selector.register(ours, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._handlers = {signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda *_: None)}
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                self._handlers[number] = signal.signal(number, self._note_the_signal)

    def _note_the_signal(self, *_: object) -> None:
        self._told_to_stop = True


def _cause(code: int) -> str:
    return f"status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
