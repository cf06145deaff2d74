"""`manage.py messages`: bring the catalogues in locale/ up to date with the sources, or check them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cloudbox import catalogues
from cloudbox.catalogues import Message
from cloudbox.messages import all_messages

SOURCE = "en"


def files_of(language: str, domain: str, messages: list[Message]) -> dict[Path, bytes]:
    """Return what the two files of a catalogue have to contain: every message, with what is said for it so far."""
    beginning = settings.BASE_DIR / "locale" / language / "LC_MESSAGES" / domain
    text = beginning.with_suffix(".po")
    known = catalogues.read(text.read_text()) if text.exists() else {}
    catalogue = {message: known.get(message, ()) for message in messages}
    return {
        text: catalogues.written(language, catalogue).encode(),
        beginning.with_suffix(".mo"): catalogues.compiled(language, catalogue),
    }


class Command(BaseCommand):
    help = "Writes every sentence to translate into locale/, keeps what is translated, and compiles it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether they are up to date")

    def handle(self, *_: Any, check: bool, **__: Any) -> None:
        found = all_messages(settings.BASE_DIR)
        languages = [code for code, _ in settings.LANGUAGES if code != SOURCE]
        for path, content in self._files(languages, found):
            if check and (not path.exists() or path.read_bytes() != content):
                raise CommandError(f"{path.name} is not what the code says; run `manage.py messages`.")
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                self.stdout.write(str(path.relative_to(settings.BASE_DIR)))

    def _files(self, languages: list[str], found: dict[str, list[Message]]) -> list[tuple[Path, bytes]]:
        of_each = [files_of(language, domain, found[domain]) for language in languages for domain in found]
        return [file for files in of_each for file in files.items()]
