"""Where an instance keeps its things, and as whom its PostgreSQL runs.

PostgreSQL refuses root, so as root it runs as `cloudbox` if there is such a user, else as `nobody`.
Then that user must reach its data and the sockets, while nothing above the data directory may be
opened up for it.
"""

import hashlib
import os
import pwd
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cloudbox.embedded import CannotStart
from cloudbox.process import Account

LONGEST_SOCKET = 103  # bytes of a path: 107 on Linux, 103 on macOS
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")  # what every reader of a database URL takes for itself


@dataclass(frozen=True)
class Places:
    """The directories of one instance."""

    data: Path
    run: Path  # the sockets
    account: Account | None  # whom PostgreSQL runs as; None is whoever started us

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def database_url(self) -> str:
        return f"postgresql://cloudbox@/cloudbox?host={self.run}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    @property
    def redis_socket(self) -> Path:
        return self.run / "redis.sock"


def default_data(root: Path) -> Path:
    """Return `var`, or for root a directory that PostgreSQL's user can reach."""
    return Path("/var/lib/cloudbox") if os.geteuid() == 0 else root / "var"


def places_in(data: Path) -> Places:
    """Return the places below `data` without making any."""
    data = data.expanduser().absolute()
    account = service_account() if os.geteuid() == 0 else None
    run = data / "run"
    longest = len(os.fsencode(run / ".s.PGSQL.5432.lock"))
    if longest > LONGEST_SOCKET or not PLAIN.fullmatch(str(run)) or not reachable(data.parent, account):
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:8]
        run = Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < LONGEST_SOCKET // 2 else "/tmp")  # noqa: S108
        run = run / f"cloudbox-{os.geteuid()}-{digest}"
    return Places(data, run, account)


def make(places: Places) -> None:
    """Make the directories, private to us. Raises CannotStart when they cannot be used."""
    directory = places.data
    try:
        for directory in (places.data, places.log, places.valkey, places.run):
            directory.mkdir(mode=0o700, parents=directory == places.data, exist_ok=True)
        directory = places.data
        with tempfile.TemporaryFile(dir=directory):
            pass  # we may write
        if places.account and not _passable(directory, places.account):
            directory.chmod(directory.stat().st_mode | 0o011)  # its user may pass, and see nothing
        directory = places.run
        _make_private(directory, places.account)
    except OSError as error:
        raise CannotStart(
            f"The data directory {places.data} cannot be used ({directory}: {error.strerror}). "
            "Choose another one with --data."
        ) from None


def tidy(places: Places) -> None:
    """Remove the sockets' directory after the end, where it is not below the data."""
    if places.data not in places.run.parents:
        shutil.rmtree(places.run, ignore_errors=True)


def reachable(path: Path, account: Account | None) -> bool:
    """Say whether the account may pass through `path` and everything above it."""
    if account is None:
        return True
    return all(_passable(step, account) for step in (path, *path.parents) if step.exists())


def service_account() -> Account:
    """Return the user that servers run as when we are root."""
    for name in ("cloudbox", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise CannotStart("PostgreSQL does not run as root, and there is neither a user cloudbox nor nobody to run it as.")


def _make_private(run: Path, account: Account | None) -> None:
    """Keep everybody else from the sockets: whoever reaches them needs no password."""
    owners = {os.geteuid()} | ({account.uid} if account else set())
    if run.is_symlink() or run.stat().st_uid not in owners:
        raise CannotStart(f"{run} belongs to somebody else; remove it, or choose another directory with --data.")
    run.chmod(0o700)
    if account:
        os.chown(run, account.uid, account.gid)


def _passable(directory: Path, account: Account) -> bool:
    status = directory.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
