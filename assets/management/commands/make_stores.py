"""`manage.py make_stores`: the places where blobs are going to lie. `up` does it at each start."""

from django.core.management.base import BaseCommand

from assets import storage


class Command(BaseCommand):
    help = "Make the directories and buckets of the stores that are missing, or say which cannot be made."

    def handle(self, **_options: object) -> None:
        for store in storage.stores():
            try:
                store.make()
            except OSError as error:  # no reason not to start: what is stored elsewhere can be read, and bytes wait
                self.stdout.write(f"The store {store.name} cannot be used just now. {error.strerror or error}")
