from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from activity import outbox
from cloudbox.errors import BadInput


class Command(BaseCommand):
    help = "Send a mail to an address, and say what the mail server said. Exit status 1 when it was not taken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="who gets it")

    def handle(self, *_args: Any, address: str, **_options: Any) -> None:
        try:
            failure = outbox.send_test(address)
        except BadInput as refusal:
            raise CommandError(f"{address}: {refusal.message}") from None
        if failure:
            raise CommandError(f"The mail to {address} was not taken. {failure.reason}")
        if settings.CLOUDBOX_MAILING.reaches_people:
            self.stdout.write(f"The mail to {address} was taken ({settings.CLOUDBOX_MAILING.way}).")
        else:
            place = settings.CLOUDBOX_MAILING.django["EMAIL_FILE_PATH"]
            self.stdout.write(f"The mail is a file in {place}: CLOUDBOX_EMAIL_URL names no server.")
