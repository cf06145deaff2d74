#!/usr/bin/env python3
"""CloudBox's one command: `up`, `run`, `test`, `setup`, and all of Django's.

It needs Python 3.11 and pip, nothing else: the rest is installed into `.venv` first. Until that
exists only the standard library is loaded, and this file alone must be readable by any Python 3.
"""

import os
import signal
import sys

USAGE = """\
python3 manage.py up [--host 127.0.0.1] [--port 8000] [--data var] [--reload]   CloudBox, all of it
python3 manage.py run prepare|web|worker|mover|painter|courier|beat|simulator   one program of it, for containers
python3 manage.py test [pytest arguments]                                       the tests
python3 manage.py setup [base|embedded|dev]                                     only make .venv, for developers
python3 manage.py <command>                                                     Django's commands; `help` lists them
"""


def main() -> int:
    if sys.version_info < (3, 11):
        sys.exit("CloudBox needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is under way yet that Ctrl-C would have to tidy up
    command, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if command in ("", "-h", "--help"):
        sys.stdout.write(USAGE)
        return 0
    from cloudbox.embedded import CannotStart, bootstrap, flags

    if command == "up":
        flags.parse(arguments)  # a wrong flag is told before anything is installed
    if command == "run":
        flags.parse_run(arguments)
    try:
        bootstrap.enter(bootstrap.level_for(command, arguments))
        return run(command, arguments)
    except CannotStart as reason:
        sys.stderr.write("%s\n" % reason)
        return 1
    except KeyboardInterrupt:
        return 130


def run(command: str, arguments: "list[str]") -> int:
    """Do what was asked for; we are inside the environment now."""
    from cloudbox.embedded import bootstrap

    if command == "setup":
        return 0
    if command == "up":
        from cloudbox.embedded import up

        return up.main(arguments)
    if command == "run":
        from cloudbox.embedded import alone

        alone.main(arguments)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if command == "test":
        import pytest

        os.chdir(bootstrap.ROOT)
        return pytest.main(arguments)
    from cloudbox.embedded import commands

    return commands.main(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
