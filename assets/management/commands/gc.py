"""`manage.py gc`: free the bytes that nothing names. Exit status 1 when a store did not do as it was told."""

import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assets.collecting import Amount, Collected, collect
from assets.management.telling import Telling
from cloudbox.sizes import as_text

_DANGER = """
Bytes that nothing names are kept for a day, because a backup of the database that was taken before they were deleted
still names them, and because somebody may still be downloading them. With --now they go at once: copy the bytes of
such a backup first. Nothing that is stored now is touched.
"""


class Command(BaseCommand):
    help = "End uploads that are over, condemn bytes that no row has named for a day, and delete what is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", action="store_true", help="delete at once what would wait for a day; asks first")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["now"] and not options["yes"]:
            self._ask()
        done = collect(now=options["now"], progress=Telling(self.stderr))
        self.stdout.write(json.dumps(dataclasses.asdict(done)) if options["json"] else _sentences(done))
        if not done.is_complete:
            sys.exit(1)

    def _ask(self) -> None:
        self.stderr.write(_DANGER.strip())
        if not sys.stdin.isatty():
            raise CommandError("Say --yes if this is what you want.")
        if input("Delete them now? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise CommandError("Nothing was deleted.")


def _sentences(done: Collected) -> str:
    lines = [
        f"Uploads given back: {done.uploads}.",
        f"Condemned, for no row named them: {_text(done.forgotten)}.",
        f"Deleted: {_text(done.deleted)}.",
        f"Waiting for their time: {_text(done.waiting)}.",
    ]
    lines += [f"Not deleted, and tried again later: {_text(done.failed)}."] if done.failed.keys else []
    lines += [f"The store {name} does not answer." for name in done.down]
    return "\n".join(lines)


def _text(amount: Amount) -> str:
    return f"{amount.keys} ({as_text(amount.bytes)})"
