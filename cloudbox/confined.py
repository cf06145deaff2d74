"""Become another program under limits that it cannot lift: `confined.py PARENT SECONDS MEMORY OUTPUT program …`.

`cloudbox.process` starts this in an interpreter of its own, for what it sets could else be set only between fork and
exec, which is not safe beside other threads. SECONDS are of the processor, MEMORY and OUTPUT (what a file may grow to)
are bytes. It is ended with PARENT, the process that started it. Stdlib only.
"""

import ctypes
import os
import platform
import resource
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38  # prctl(2)
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # unshare(2)
OPEN_FILES = 64
LEAST_URGENT = 19


def limit(what: int, most: int, grace: int = 0) -> None:
    """Lower a limit, or leave it where it is lower already; beyond the grace there is no mercy."""
    _, hard = resource.getrlimit(what)
    soft, hard = (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard) for wanted in (most, most + grace))
    resource.setrlimit(what, (soft, hard))


def main(numbers: list[int], command: list[str]) -> None:
    parent, seconds, memory, output = numbers
    if platform.system() == "Linux":
        ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)  # no network, where the kernel lets us say so
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != parent:  # it died before the call
            sys.exit(1)
        limit(resource.RLIMIT_AS, memory)  # macOS has this limit, and does not keep it
    limit(resource.RLIMIT_CPU, seconds, grace=1)  # SIGXCPU tells what it died of, SIGKILL does not
    limit(resource.RLIMIT_FSIZE, output)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    os.setpriority(os.PRIO_PROCESS, 0, LEAST_URGENT)
    os.execv(command[0], command)  # noqa: S606 - what `cloudbox.process` was told to start


if __name__ == "__main__":
    numbers, program = sys.argv[1:5], sys.argv[5:]
    main([int(number) for number in numbers], program)
