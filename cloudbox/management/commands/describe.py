"""`manage.py describe`: write docs/errors.md and docs/openapi.yaml from the code."""

from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand

from cloudbox import catalogue, openapi


def documents() -> dict[str, str]:
    """Return what each generated file below docs/ has to contain."""
    return {
        "errors.md": catalogue.markdown(),
        "openapi.yaml": yaml.safe_dump(openapi.description(), sort_keys=False, allow_unicode=True, width=120),
    }


class Command(BaseCommand):
    help = "Writes docs/errors.md and docs/openapi.yaml from the code."

    def handle(self, *_: Any, **__: Any) -> None:
        for name, text in documents().items():
            (settings.BASE_DIR / "docs" / name).write_text(text)
            self.stdout.write(f"docs/{name}")
