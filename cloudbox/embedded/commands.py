"""Django's own commands, inside the environment and with a database.

They use the servers of a running instance, or start the embedded ones for as long as they last.
"""

import contextlib
import os

from django.core.management import execute_from_command_line

from cloudbox import environment
from cloudbox.embedded import CannotStart, instance, places, services, simulator
from cloudbox.embedded.bootstrap import ROOT
from cloudbox.embedded.plan import data_directory, secret_key

WITHOUT_SERVICES = {  # so they work, and leave nothing behind, where no data directory is
    *("check", "describe", "diffsettings", "findstatic", "help", "messages", "makemessages", "compilemessages"),
    *("spectacular", "startapp", "version", "--version", "--help", "-h"),
}


def main(argv: list[str]) -> int:
    """Run one of Django's commands; `argv` is sys.argv. Raises CannotStart."""
    try:
        _run(argv)
    except environment.WrongSetting as wrong:
        raise CannotStart(str(wrong)) from None
    return 0


def _run(argv: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
    env = environment.Environment(environment.variables(ROOT / ".env"))
    data = data_directory(env)
    missing = {
        "DATABASE_URL": not (env.text("DATABASE_URL") or environment.database_url(env)),
        "REDIS_URL": not env.text("REDIS_URL"),
        "SECRET_KEY": not (env.text("SECRET_KEY") or env.text("JWT_SECRET_KEY")),
    }
    where = places.places_in(data)
    os.environ["CLOUDBOX_DATA"] = str(data)
    if port := simulator.kept_port(data):
        os.environ.setdefault("CLOUDBOX_SIMULATOR_PORT", str(port))
    with contextlib.ExitStack() as stack:
        if argv[1] not in WITHOUT_SERVICES:
            if (missing["DATABASE_URL"] or missing["REDIS_URL"]) and not instance.is_running(data):
                _start(stack, where, missing)
            if missing["SECRET_KEY"]:
                os.environ["SECRET_KEY"] = secret_key(data)
        if missing["DATABASE_URL"]:
            os.environ["DATABASE_URL"] = where.database_url
        if missing["REDIS_URL"]:
            os.environ["REDIS_URL"] = where.redis_url
        execute_from_command_line(argv)


def _start(stack: contextlib.ExitStack, where: places.Places, missing: dict[str, bool]) -> None:
    os.umask(0o077)  # what is stored is nobody else's
    places.make(where)
    owner = instance.take(where.data)
    stack.callback(owner.release)
    stack.callback(places.tidy, where)
    if missing["DATABASE_URL"]:
        stack.enter_context(services.postgres_running(where, owner))
    if missing["REDIS_URL"]:
        stack.enter_context(services.valkey_running(where, owner))
