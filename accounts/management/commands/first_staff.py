"""`manage.py first_staff`: the account that the first `up` makes."""

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import services


class Command(BaseCommand):
    help = "Make the staff account `admin` and print its password, unless there is a staff account already."

    def handle(self, **_options: object) -> None:
        password = services.create_first_staff(settings.CLOUDBOX_ADMIN_PASSWORD or None)
        if password:
            self.stdout.write(password)
