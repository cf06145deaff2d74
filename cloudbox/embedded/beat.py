"""Celery's scheduler, which can be stopped at any moment: `python -m cloudbox.embedded.beat`."""

import signal
import sys

from celery import beat
from celery.app.utils import find_app
from celery.apps.beat import Beat


class StoppableBeat(Beat):
    """Leaves the saving of the schedule to the end of the service.

    Celery's own handler saves it wherever the signal comes in; in the middle of a query that ends
    in a stack and a process that hangs.
    """

    def install_sync_handler(self, service: beat.Service) -> None:  # noqa: ARG002 - Celery's signature
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())


if __name__ == "__main__":
    StoppableBeat(app=find_app("cloudbox"), loglevel="WARNING", quiet=True).run()
