from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from activity import chain


class Command(BaseCommand):
    help = "Check that the audit log is what was sealed. Exit status 1 at a difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--contains", metavar="HASH", help="a head that was noted earlier and must be in the chain")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = chain.verify_chain()
        if isinstance(found, chain.Difference):
            raise CommandError(f"Entries {found.first} to {found.last}: {found.reason}")
        if options["contains"] and not chain.contains(options["contains"]):
            raise CommandError("The chain does not contain that head: its end was cut off or replaced.")
        self.stdout.write(f"{found.sealed} entries are sealed and unchanged. Head: {found.hash or 'none yet'}")
