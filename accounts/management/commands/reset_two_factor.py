"""`manage.py reset_two_factor <name>`: for the operator, when the last superuser has lost the phone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.callers import SYSTEM
from accounts.services import find_people, staff
from cloudbox.errors import Refusal


class Command(BaseCommand):
    help = "Take two-factor off an account, and end all its sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the username or the e-mail address")

    def handle(self, *_: Any, name: str, **__: Any) -> None:
        found = find_people([name]).found
        if not found:
            raise CommandError("There is no such account.")
        try:
            staff.reset_two_factor(by=SYSTEM, user_id=found[0].id)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{found[0].username} signs in with the password only.")
