"""The simulator as a program. The key is in the environment, for command lines are read by everybody."""

import argparse
import errno
import os
import signal
import sys
import threading
import time
from pathlib import Path

from payments.simulator.faults import Faults
from payments.simulator.server import Simulator

KEY = "PAYSTACK_SIMULATOR_KEY"
CHECKOUT = "PAYSTACK_SIMULATOR_CHECKOUT"  # the origin that browsers reach its pages under
REFUNDS = 5.0  # seconds that each step of a refund takes
PATIENCE = 30  # seconds that somebody else may have the port at first


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m payments.simulator", description="Stand in for Paystack.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhook", default="", help="where it sends webhooks")
    parser.add_argument("--webhook-host", default="", help="what it calls that server, as browsers do")
    parser.add_argument("--directory", type=Path, help="where it keeps its books; else nothing outlives it")
    given = parser.parse_args(arguments)
    simulator = _bound(given)
    simulator.webhook_host = given.webhook_host
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with simulator:
        over.wait()


def _bound(given: argparse.Namespace) -> Simulator:
    """Return a simulator that has its port, which another program may have for a moment."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return Simulator(
                os.environ.get(KEY) or sys.exit(f"{KEY} is not set."),
                given.webhook,
                given.directory,
                Faults(refund_after=REFUNDS),
                address=(given.host, given.port),
                checkout=os.environ.get(CHECKOUT, ""),
                poll=0.5,
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                sys.exit(f"The simulator cannot listen on port {given.port}: {error.strerror}.")
        time.sleep(0.5)
