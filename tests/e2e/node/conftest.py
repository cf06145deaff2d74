"""Clients from npm, as `package-lock.json` pins them, installed once outside the house."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudbox import process
from tests.visitors import Visitor, alice, meet

__all__ = ["alice", "meet"]

HERE = Path(__file__).parent
PACKAGES = ("package.json", "package-lock.json")


@pytest.fixture(scope="session")
def packages() -> Path:
    """Return the directory with the packages; what was installed from the same list is taken again."""
    pinned = b"".join((HERE / name).read_bytes() for name in PACKAGES)
    place = Path(tempfile.gettempdir()) / f"cloudbox-node-{hashlib.sha256(pinned).hexdigest()[:16]}"
    done = place / "installed"
    if not done.exists():
        place.mkdir(exist_ok=True)
        for name in PACKAGES:
            shutil.copy(HERE / name, place)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
        installed = process.run(["npm", "ci", *options, "--prefix", place], timeout=300)
        assert installed.code == 0, installed.errors
        done.touch()
    return place


@dataclass
class Sending:
    """tus-js-client at work, and what it has said."""

    child: process.Child
    screen: Path

    def said(self, what: str) -> list[Any]:
        """Return all that it has said of `what` so far, in order."""
        lines = [line for line in self.screen.read_text().splitlines() if line.startswith(f'{{"{what}"')]
        return [json.loads(line)[what] for line in lines]

    def reached(self) -> int:
        """Return how many bytes the server has acknowledged."""
        return max(self.said("accepted"), default=0)

    def reaches(self, offset: int, seconds: float) -> None:
        """Wait until so many are."""
        assert process.wait_until(lambda: self.reached() >= offset, seconds), self.screen.read_text()[-2000:]

    def took(self) -> list[int]:
        """Return how many milliseconds each answered request took."""
        lines = [line for line in self.screen.read_text().splitlines() if line.startswith('{"answered"')]
        return [json.loads(line)["took"] for line in lines]

    def file(self, seconds: float) -> str:
        """Wait until it has finished, and return the id of the file."""
        assert self.child.ends_within(seconds), self.screen.read_text()[-2000:]
        assert self.child.code() == 0, self.screen.read_text()[-2000:]
        return str(self.said("file")[-1])


class TusJs:
    """Starts tus-js-client for somebody."""

    def __init__(self, packages: Path, place: Path) -> None:
        self._place = place
        self._sent: list[Sending] = []
        shutil.copy(HERE / "upload.mjs", place)  # beside the packages, where node looks for them
        (place / "node_modules").symlink_to(packages / "node_modules")

    def send(self, visitor: Visitor, path: Path, **options: Any) -> Sending:
        screen = self._place / f"said-{len(self._sent)}"
        told = json.dumps({"metadata": {"filename": path.name}, **options})
        endpoint = f"{visitor.url}/api/v1/uploads/"
        command: list[str | Path] = ["node", self._place / "upload.mjs", endpoint, visitor.token, path, told]
        self._sent.append(Sending(process.start(command, output=screen), screen))
        return self._sent[-1]

    def end(self) -> None:
        for sending in self._sent:
            sending.child.kill_group()


@pytest.fixture
def tus_js(packages: Path, tmp_path: Path) -> Iterator[TusJs]:
    place = tmp_path / "node"
    place.mkdir()
    client = TusJs(packages, place)
    yield client
    client.end()
