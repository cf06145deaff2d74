"""A pytest plugin: PostgreSQL and Valkey for the tests, started before Django reads its settings.

It is named in `addopts`, so that its import comes before everything else. The cluster is kept in
the temporary directory and taken again by the next run; runs beside each other take one each.
Services that DATABASE_URL and REDIS_URL name are used as they are.
"""

import atexit
import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from cloudbox.embedded import CannotStart, instance, places, services
from tests import prepared

_SLOTS = 16
WORKERS = 3  # each has a PostgreSQL, a Valkey and a whole CloudBox of its own; on two cores, too: tests often wait
STARTED = "CLOUDBOX_TESTS_STARTED_SERVICES"


def _take() -> tuple[places.Places, instance.Instance]:
    """Return the first set of directories that no other run of this checkout uses."""
    checkout = hashlib.sha256(os.fsencode(Path(__file__))).hexdigest()[:8]
    for slot in range(_SLOTS):
        where = places.places_in(Path(tempfile.gettempdir()) / f"cloudbox-tests-{os.geteuid()}-{checkout}-{slot}")
        places.make(where)
        with contextlib.suppress(CannotStart):
            return where, instance.take(where.data)
    raise SystemExit(f"{_SLOTS} runs of the tests are going on already.")


def _start() -> None:
    where, owner = _take()
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    stack.callback(owner.release)
    if not {"DATABASE_URL", "REDIS_URL"} & os.environ.keys():
        os.environ[STARTED] = "yes"
    if not os.environ.get("DATABASE_URL"):
        prepared.copy_to(where)
        try:
            stack.enter_context(services.postgres_running(where, owner, fast=True))
        except CannotStart:  # without fsync a crash of the machine may have spoilt the files
            shutil.rmtree(where.postgres)
            prepared.copy_to(where)
            stack.enter_context(services.postgres_running(where, owner, fast=True))
        os.environ["DATABASE_URL"] = where.database_url
    if not os.environ.get("REDIS_URL"):
        stack.enter_context(services.valkey_running(where, owner, fast=True))
        os.environ["REDIS_URL"] = where.redis_url
    data = where.data / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    os.environ["CLOUDBOX_DATA"] = str(data)


@pytest.hookimpl(tryfirst=True)  # before xdist, which would take every core for every run
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Say how many processes share the work: for all of the tests a few, for a part of them this one.

    A tier that measures has the machine for itself.
    """
    whole = config.args == config.getini("testpaths") and not config.getoption("--report")
    return WORKERS if whole else 0


if os.environ.pop(STARTED, ""):  # by the process that distributes the tests; a worker starts its own
    del os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
_start()
