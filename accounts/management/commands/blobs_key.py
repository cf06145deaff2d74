"""`manage.py blobs_key`: the access key that the server's operator sets; each start runs it."""

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.services import keys


class Command(BaseCommand):
    help = "Make CLOUDBOX_BLOBS_TOKEN an access key, and revoke the one that was set before."

    def handle(self, **_options: object) -> None:
        keys.set_static(settings.CLOUDBOX_BLOBS_TOKEN)
