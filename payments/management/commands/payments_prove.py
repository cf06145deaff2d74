"""`manage.py payments_prove`: whether money and room agree. Exit status 1 where they do not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from payments.services import proving


class Command(BaseCommand):
    help = "Look whether payments, ledger, receipts and room agree, while the server works. Exit status 1 where not."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = proving.faults()
        for what, subjects in found.items():
            self.stdout.write(f"{what}: {', '.join(subjects)}")
        if found:
            sys.exit(1)
        self.stdout.write("No differences.")
