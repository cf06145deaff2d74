"""`manage.py paystack_simulator`: Paystack as far as we use it, for a server that was started without one."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.simulator import program

WEBHOOK = "/api/v1/payments/webhook"


class Command(BaseCommand):
    help = "Stand in for Paystack, so that payments can be tried: no money moves. `up` starts it by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        port = urlsplit(settings.CLOUDBOX_PAYING.url).port or 0
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=port, help="the port to listen on (the one of the settings)")
        parser.add_argument("--webhook", default=f"{settings.CLOUDBOX_URL}{WEBHOOK}", help="where to send webhooks")
        parser.add_argument("--directory", type=Path, default=settings.CLOUDBOX_DATA / "simulator")
        parser.add_argument("--show-key", action="store_true", help="print the key of the simulator, and end")

    def handle(self, *, host: str, port: int, webhook: str, directory: Path, show_key: bool, **_: object) -> None:
        paying = settings.CLOUDBOX_PAYING
        if not paying.simulated:
            raise CommandError("There is nothing to simulate: billing is off, or a key of Paystack is set.")
        if show_key:
            self.stdout.write(paying.keys[0])
            return
        os.environ |= {program.KEY: paying.keys[0], program.CHECKOUT: paying.checkout}
        self.stdout.write(f"Payments are simulated, and no money moves: {paying.checkout}/")
        where = ["--host", host, "--port", str(port), "--directory", str(directory)]
        program.main([*where, "--webhook", webhook, "--webhook-host", urlsplit(settings.CLOUDBOX_URL).netloc])
