"""`manage.py sweep_uploads`: give back what crashed uploads hold. The scheduler does it every minute."""

from django.core.management.base import BaseCommand

from assets import parts, uploads


class Command(BaseCommand):
    help = "Give back the room and the bytes of uploads whose process has died."

    def handle(self, **_options: object) -> None:
        self.stdout.write(f"{uploads.sweep() + parts.sweep()} given back.")
