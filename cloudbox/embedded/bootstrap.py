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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudbox import process
from cloudbox.embedded import CannotStart

ROOT = Path(__file__).resolve().parent.parent.parent
LEVELS: Mapping[str, tuple[str, ...]] = {  # each level holds those before it
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
class Environment:
    """A virtual environment of ours, and the requirements that belong into it."""

    directory: Path
    requirements: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    def is_complete(self, level: str) -> bool:
        """Say whether everything of `level`, or of a higher one, is installed and still there."""
        try:
            stamp = json.loads((self.directory / STAMP).read_text(encoding="utf-8"))
            held = list(LEVELS).index(stamp["level"]) >= list(LEVELS).index(level)
            fresh = stamp == {**self._wanted(stamp["level"]), "contents": stamp["contents"]}
            return held and fresh and set(stamp["contents"]) <= set(self._contents())
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def install(self, level: str) -> None:
        """Make or complete the environment. Raises CannotStart when that fails."""
        if (self.directory / UNFINISHED).exists() or _version(self.python) is None:
            self._clear()
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / UNFINISHED).touch()
            venv.EnvBuilder(symlinks=True, with_pip=False).create(self.directory)
        (self.directory / UNFINISHED).touch()
        (self.directory / STAMP).unlink(missing_ok=True)
        self._install_files([self.requirements / name for name in LEVELS[level]])
        stamp = self.directory / f"{STAMP}.new"
        stamp.write_text(json.dumps({**self._wanted(level), "contents": self._contents()}), encoding="utf-8")
        stamp.replace(self.directory / STAMP)
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
            done = process.run(
                [
                    uv,
                    "pip",
                    "install",
                    "--quiet",
                    "--compile-bytecode",
                    "--python",
                    self.python,
                    "--require-hashes",
                    *chosen,
                ],
                environment={**os.environ, **cache},
            )
            if done.code == 0:
                return
            failure = done.errors  # uv ignores pip's configuration, so pip may still know a way
        if pip := _pip(self):
            done = process.run([*pip, "install", "--quiet", "--require-hashes", *chosen])
            if done.code == 0:
                return
            failure = done.errors
        if not failure:
            raise CannotStart(NO_INSTALLER)
        raise CannotStart(f"The requirements could not be installed:\n{_last_lines(failure)}")

    def _wanted(self, level: str) -> dict[str, str | None]:
        digest = hashlib.sha256()
        for name in LEVELS[level]:
            digest.update((self.requirements / name).read_bytes())
        return {"level": level, "requirements": digest.hexdigest(), "python": _version(self.python)}

    def _contents(self) -> list[str]:
        """List the installed packages, so that a lost one is noticed."""
        return sorted(path.name for path in self.directory.glob("lib/python*/site-packages/*"))


def enter(level: str) -> None:
    """Go on inside an environment that holds `level`; returns only when we are in it already."""
    environment = Environment(Path(os.environ.get("CLOUDBOX_VENV") or ROOT / ".venv").absolute(), ROOT / "requirements")
    if not environment.is_complete(level):
        with _only_one():
            if not environment.is_complete(level):  # somebody else may have made it while we waited
                say("Installing what CloudBox is made of; this happens once and may take a minute.")
                try:
                    environment.install(level)
                except OSError as error:
                    raise CannotStart(f"{environment.directory} cannot be written: {error.strerror}.") from None
    if Path(sys.prefix).resolve() != environment.directory.resolve():
        os.environ.pop("PYTHONHOME", None)
        os.execv(environment.python, [str(environment.python), *sys.argv])  # noqa: S606 - our own interpreter


def level_for(command: str) -> str:
    """Return what a command of manage.py needs. Real services need no embedded ones."""
    if command in {"test", "setup"}:
        return "dev"
    return "base" if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL") else "embedded"


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Wait until no other start works on the environment. The lock is on a file that always exists."""
    with (ROOT / "manage.py").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is preparing the Python environment; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


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
        if done.code == 0:
            return inside
    return None


def _pip(environment: Environment) -> list[str | Path] | None:
    """Return how to call a pip that installs into the environment: this Python's, or its own one."""
    quietly = ["-m", "pip", "--disable-pip-version-check", "--no-input"]
    if process.run([sys.executable, "-m", "pip", "--version"]).code == 0:
        return [sys.executable, *quietly, "--python", environment.python]
    if process.run([environment.python, "-Im", "ensurepip"]).code == 0:
        return [environment.python, *quietly]
    return None


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])
