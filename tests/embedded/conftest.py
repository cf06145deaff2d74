"""Instances that a test may start, stop and kill as it likes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server import Server


class Bare(Server):
    """One that makes its database itself."""

    def prepare(self) -> None:
        """Leave everything to it."""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start instances that end with the module."""
    started: list[Server] = []

    def start(*flags: str, data: Path | None = None) -> Server:
        place = tmp_path_factory.mktemp("instance")
        started.append(Bare(data or place / "data", place / "screen", *flags))
        return started[-1]

    yield start
    for one in started:
        if one.child.code() is None:
            one.stop()
