"""curl, the client that everybody has."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudbox import process

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """What the last answer of a call said. `file` has its body; header names are in lower case; `code` is curl's."""

    status: int
    headers: dict[str, str]
    file: Path
    said: str
    code: int  # 0 when all went well

    @property
    def body(self) -> bytes:
        return self.file.read_bytes() if self.file.exists() else b""

    def json(self) -> Any:
        return json.loads(self.body)

    def asked(self, status: int) -> Any:
        """Return what a call has answered that must have this status."""
        assert self.status == status, f"{self.status}: {self.body[:500]!r} {self.said}"
        return self.json()


Curl = Callable[..., Answer]


@pytest.fixture
def curl(tmp_path: Path) -> Curl:
    """Run curl with these arguments; `into` is the file for the body, which `-C -` completes; `-T -` sends `stdin`."""

    def call(*arguments: str | Path, into: Path | None = None, stdin: str = "") -> Answer:
        number = next(_numbers)
        file, head = into or tmp_path / f"body-{number}", tmp_path / f"head-{number}"
        done = process.run(
            ["curl", "-sS", "-q", "--noproxy", "*", "-D", head, "-o", file, "-w", "%{http_code}", *arguments],
            stdin=stdin,
            timeout=120,
        )
        return Answer(int(done.output or 0), _headers(head), file, done.errors, done.code)

    return call


def _headers(head: Path) -> dict[str, str]:
    """Return the headers of the last answer; 100 Continue is one before it."""
    text = head.read_text(encoding="latin-1").strip() if head.exists() else ""
    lines = text.split("\r\n\r\n")[-1].splitlines()[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
