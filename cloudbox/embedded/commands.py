"""Django's own commands, inside the environment."""

import os

from django.core.management import execute_from_command_line


def main(argv: list[str]) -> int:
    """Run one of Django's commands; `argv` is sys.argv."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
    execute_from_command_line(argv)
    return 0
