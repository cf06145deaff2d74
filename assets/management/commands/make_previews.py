"""`manage.py make_previews`: have small pictures made of what came before there were any, or before ffmpeg was here."""

from typing import Any

from django.core.management.base import BaseCommand

from assets import previews


class Command(BaseCommand):
    help = "Have small pictures made of the files that came before there were any, or before ffmpeg was installed here."

    def handle(self, *_args: Any, **_options: Any) -> None:
        came, waited = previews.enlist_all(), previews.take_up()
        self.stdout.write(f"Previews of {came} contents that had none are going to be made, and of {waited} by ffmpeg.")
