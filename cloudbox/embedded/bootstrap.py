"""The Python environment: `.venv` beside manage.py, made and repaired as needed.

Stdlib only, because nothing else exists yet. A stamp inside the environment says what was
installed and from which requirements; without a true stamp the environment is completed, and one
whose making was interrupted is made anew. A lock lets only one start work on it at a time.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cloudbox import dotenv, process
from cloudbox.embedded import CannotStart

ROOT = Path(__file__).resolve().parent.parent.parent
LEVELS: Mapping[str, tuple[str, ...]] = {  # each level holds those before it
    "": (),
    "base": ("base.txt",),
    "embedded": ("base.txt", "embedded.txt"),
    "dev": ("dev.txt",),
}
STAMP = "cloudbox-stamp.json"
UNFINISHED = "cloudbox-unfinished"
NO_INSTALLER = (
    "CloudBox needs pip or uv once, to install what it is made of, and this Python has neither.\n"
    "Install one, for example with `apt install python3-pip`, `dnf install python3-pip` or `brew install uv`."
)


@dataclass(frozen=True)
class Stamp:
    """What is in an environment: the level, the digest of its requirements, for which Python, and the packages."""

    level: str
    requirements: str
    python: str | None
    contents: list[str]


@dataclass(frozen=True)
class Environment:
    """A virtual environment of ours, and the requirements that belong into it.

    `held` are descriptors that installers inherit, so that one which outlives us keeps the lock.
    """

    directory: Path
    requirements: Path
    held: tuple[int, ...] = ()

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    def is_complete(self, level: str) -> bool:
        """Say whether everything of `level`, or of a higher one, is installed and still there."""
        stamp = self._stamp()
        return (
            list(LEVELS).index(stamp.level) >= list(LEVELS).index(level)
            and stamp == Stamp(stamp.level, self._digest(stamp.level), _version(self.python), stamp.contents)
            and not self._has_lost(stamp)
        )

    def install(self, level: str) -> None:
        """Make or complete the environment. Raises CannotStart when that fails."""
        if (self.directory / UNFINISHED).exists() or _version(self.python) is None or self._has_lost(self._stamp()):
            self._clear()
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / UNFINISHED).touch()
            venv.EnvBuilder(symlinks=True, with_pip=False).create(self.directory)
        (self.directory / UNFINISHED).touch()
        (self.directory / STAMP).unlink(missing_ok=True)
        self._install_files([self.requirements / name for name in LEVELS[level]])
        stamp = Stamp(level, self._digest(level), _version(self.python), self._contents())
        fresh = self.directory / f"{STAMP}.new"
        fresh.write_text(json.dumps(asdict(stamp)), encoding="utf-8")
        fresh.replace(self.directory / STAMP)
        (self.directory / UNFINISHED).unlink()

    def _clear(self) -> None:
        """Remove what is no environment any more, but never a directory of somebody else."""
        left = {path.name for path in self.directory.iterdir()} if self.directory.exists() else set()
        if left and not left & {"pyvenv.cfg", UNFINISHED, STAMP, "bin", "lib"}:
            raise CannotStart(f"{self.directory} is not a Python environment of CloudBox; it is left alone.")
        if left:
            say(f"The Python environment {self.directory} is not whole; making it anew.")
            shutil.rmtree(self.directory)

    def _install_files(self, files: list[Path]) -> None:
        chosen = [argument for file in files for argument in ("-r", file)]
        failure = ""
        if uv := _uv(self):
            cache = {} if os.environ.get("HOME") else {"UV_CACHE_DIR": str(self.directory / "uv-cache")}
            command: list[str | Path] = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", self.python]
            done = process.run(
                [*command, "--require-hashes", *chosen], environment={**os.environ, **cache}, keep_open=self.held
            )
            if done.code == 0:
                return
            failure = done.errors  # uv ignores pip's configuration, so pip may still know a way
        if pip := _pip(self):
            done = process.run([*pip, "install", "--quiet", "--require-hashes", *chosen], keep_open=self.held)
            if done.code == 0:
                return
            failure = done.errors
        if not failure:
            raise CannotStart(NO_INSTALLER)
        raise CannotStart(f"The requirements could not be installed:\n{_last_lines(failure)}")

    def _digest(self, level: str) -> str:
        digest = hashlib.sha256()
        for name in LEVELS[level]:
            digest.update((self.requirements / name).read_bytes())
        return digest.hexdigest()

    def _contents(self) -> list[str]:
        """List the installed packages, so that a lost one is noticed."""
        return sorted(path.name for path in self.directory.glob("lib/python*/site-packages/*"))

    def _has_lost(self, stamp: Stamp) -> bool:
        return not set(stamp.contents) <= set(self._contents())

    def _stamp(self) -> Stamp:
        """Return what was installed the last time; an empty stamp when nobody knows."""
        nothing = Stamp("", "", None, [])
        with contextlib.suppress(OSError, ValueError, TypeError):
            stamp = Stamp(**json.loads((self.directory / STAMP).read_text(encoding="utf-8")))
            return stamp if stamp.level in LEVELS else nothing
        return nothing


def enter(level: str) -> None:
    """Go on inside an environment that holds `level`; returns only when we are in it already."""
    directory = Path(os.environ.get("CLOUDBOX_VENV") or ROOT / ".venv").absolute()
    environment = Environment(directory, ROOT / "requirements")
    if not environment.is_complete(level):
        with _only_one() as lock:
            if not environment.is_complete(level):  # somebody else may have made it while we waited
                say("Installing what CloudBox is made of; this happens once and may take a minute.")
                try:
                    replace(environment, held=(lock,)).install(level)
                except OSError as error:
                    raise CannotStart(f"The Python environment {directory} cannot be made: {error}.") from None
    if Path(sys.prefix).resolve() != directory.resolve():
        os.environ.pop("PYTHONHOME", None)
        os.execv(environment.python, [str(environment.python), *sys.argv])  # noqa: S606 - our own interpreter


def level_for(command: str, arguments: Sequence[str] = (), env_file: Path = ROOT / ".env") -> str:
    """Return what a command of manage.py needs. Real services need no embedded ones. Raises CannotStart."""
    if command == "setup" and arguments:
        if arguments[0] not in LEVELS:
            raise CannotStart(f"There is no level {arguments[0]!r}; there are {', '.join(filter(None, LEVELS))}.")
        return arguments[0]
    if command in {"test", "setup"}:
        return "dev"
    return "base" if command == "run" or _has_own_servers({**_told(env_file), **os.environ}) else "embedded"


def _told(env_file: Path) -> dict[str, str]:
    """Return what `.env` says; whoever reads all of the settings tells what is wrong with it."""
    with contextlib.suppress(OSError, ValueError):
        return dotenv.read(env_file)
    return {}


def _has_own_servers(variables: Mapping[str, str]) -> bool:
    """Say whether the settings name a database, also by the ancestors' names, and a Redis."""
    database = ("DATABASE_URL", "DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD")
    return any(variables.get(name) for name in database) and bool(variables.get("REDIS_URL"))


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _only_one() -> Iterator[int]:
    """Wait until no other start works on the environment. The lock is on a file that always exists."""
    with (ROOT / "manage.py").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is preparing the Python environment; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _version(python: Path) -> str | None:
    """Return the full version of an interpreter that runs, else None."""
    try:
        done = process.run([python, "-ISc", "import sys; print(sys.version)"], timeout=30)
    except OSError:  # TimeoutError is one
        return None
    return done.output.strip() if done.code == 0 else None


def _uv(environment: Environment) -> Path | None:
    """Find a uv that works, or install it into the environment with pip."""
    inside = environment.directory / "bin" / "uv"
    for candidate in (inside, Path(shutil.which("uv") or inside)):
        with contextlib.suppress(OSError):
            if process.run([candidate, "--version"], timeout=30).code == 0:
                return candidate
    if pip := _pip(environment):
        done = process.run([*pip, "install", "--quiet", "--require-hashes", "-r", environment.requirements / "uv.txt"])
        if done.code == 0 and inside.exists():
            return inside
    return None


def _pip(environment: Environment) -> list[str | Path] | None:
    """Return how to call a pip that installs into the environment: this Python's, or its own one."""
    quietly = ["-m", "pip", "--disable-pip-version-check", "--no-input"]
    outside = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")  # also when we are in an environment
    python = outside if outside.exists() else Path(sys.executable)
    if process.run([python, "-m", "pip", "--version"]).code == 0:
        return [python, *quietly, "--python", environment.python]
    if process.run([environment.python, "-Im", "ensurepip"]).code == 0:
        return [environment.python, *quietly]
    return None


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])
