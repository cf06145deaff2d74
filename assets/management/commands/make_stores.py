"""`manage.py make_stores`: the places where blobs are going to lie. `up` does it at each start."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from assets import storage
from assets.storage import Store


class Command(BaseCommand):
    help = (
        "Make the directories and buckets of the stores that are missing, and see whether each can be used. "
        "Exit status 1 when one cannot."
    )

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        stores = storage.stores()
        reasons = [reason for store in stores if (reason := _why_not(store))]
        for reason in reasons:
            self.stdout.write(reason)
        if reasons:
            sys.exit(1)
        if verbosity:
            self.stdout.write(f"Every store can be used: {', '.join(store.name for store in stores)}.")


def _why_not(store: Store) -> str:
    """Make the store and return "", or what keeps it from being used and what becomes of uploads meanwhile."""
    try:
        store.make()
        store.check()
    except OSError as error:
        waits = "New files wait in the spool." if storage.spool() else "Uploads are refused until it can."
        meanwhile = f" {waits}" if store is storage.primary() and store.remote else ""
        return f"The store {store.name} cannot be used just now. {error.strerror or error}{meanwhile}"
    return ""
