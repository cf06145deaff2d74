"""The way of a blob from the spool to a store far away, held up at each step: when is a kill the worst?"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import psycopg

from cloudbox.embedded.places import places_in
from tests.faults.far import Far
from tests.faults.proxy import Fault

_HOLD = """
CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN coalesce(new, old); END'
"""
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"

Reached = Callable[[], bool]  # whether a blob waits at that step
Phase = Callable[[Far], AbstractContextManager[Reached]]


@contextmanager
def _away(far: Far) -> Iterator[Reached]:
    with far.proxy.down():
        yield lambda: far.waiting() > 0


@contextmanager
def _on_the_road(fault: Fault, method: str, far: Far) -> Iterator[Reached]:
    with far.proxy.suffering(fault, 1, method):
        yield lambda: far.proxy.held > 0


@contextmanager
def _in_the_database(trigger: str, far: Far) -> Iterator[Reached]:
    """Let those wait who change a row as `trigger` says, until the end or until PostgreSQL is killed."""
    far.server.rows(_HOLD)
    far.server.rows(f"CREATE {trigger} FOR EACH ROW EXECUTE FUNCTION held()")
    holder = psycopg.connect(places_in(far.server.data).database_url, autocommit=True)
    holder.execute("SELECT pg_advisory_lock(4711)")
    try:
        yield lambda: far.server.rows(_WAITING) != [(0,)]
    finally:
        holder.close()
        far.server.rows("DROP FUNCTION held() CASCADE")


PHASES: dict[str, Phase] = {
    "acknowledged": _away,
    "half written": partial(_on_the_road, Fault.SILENT, "PUT"),
    "written": partial(_on_the_road, Fault.HELD, "PUT"),
    "read back": partial(_on_the_road, Fault.SILENT, "GET"),
    "switching": partial(
        _in_the_database,
        "CONSTRAINT TRIGGER held AFTER UPDATE OF store ON assets_blob DEFERRABLE INITIALLY DEFERRED",
    ),
    "freed": partial(_in_the_database, "TRIGGER held BEFORE DELETE ON assets_condemned"),
}
