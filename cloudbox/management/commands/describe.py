"""`manage.py describe`: write what is generated in docs/ from the code, or check it."""

from argparse import ArgumentParser
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from activity import kinds
from cloudbox import catalogue, entities, openapi


def documents() -> dict[str, str]:
    """Return what each generated file below docs/ has to contain."""
    return {
        "entities.md": entities.markdown(),
        "errors.md": catalogue.markdown(),
        "kinds.md": kinds.markdown(),
        "openapi.yaml": yaml.safe_dump(openapi.description(), sort_keys=False, allow_unicode=True, width=120),
    }


class Command(BaseCommand):
    help = "Writes the entities, the errors, the kinds of events and the OpenAPI description in docs/ from the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether they are up to date")

    def handle(self, *_: Any, check: bool, **__: Any) -> None:
        for name, text in documents().items():
            path = settings.BASE_DIR / "docs" / name
            if not check:
                path.write_text(text)
                self.stdout.write(f"docs/{name}")
            elif not path.exists() or path.read_text() != text:
                raise CommandError(f"docs/{name} is not what the code says; run `manage.py describe`.")
