"""`manage.py rotate_keys`: seal the secrets of all access keys and links anew."""

from django.core.management.base import BaseCommand, CommandError

from accounts import keys


class Command(BaseCommand):
    help = "Seal the secrets of keys and links with the first of CLOUDBOX_KEYS_SECRETS, while the server works."

    def handle(self, **_options: object) -> None:
        resealed = keys.reseal()
        self.stdout.write(f"{resealed.count} sealed anew.")
        if resealed.unopened:
            raise CommandError(
                f"{len(resealed.unopened)} could not be opened: {', '.join(resealed.unopened[:20])}. Add the secret "
                "that sealed them to the end of CLOUDBOX_KEYS_SECRETS, or let their users make new keys and links."
            )
