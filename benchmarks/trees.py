"""The tree in PostgreSQL: measured inside a server's environment, by `benchmarks.inside`."""

import json
import sys
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.outcomes import ROOT, Outcome
from cloudbox import process


def trees(bench: Bench) -> Iterator[Outcome]:
    """Lists, the gate, moves and the trash, on 250 000 rows."""
    yield from inside(bench, "rows")


def tree(bench: Bench) -> Iterator[Outcome]:
    """The same and more, in a tree of 1 000 000 assets."""
    yield from inside(bench, "million")


def inside(bench: Bench, module: str) -> Iterator[Outcome]:
    """Yield what a module measures that has models."""
    environment = bench.cloudbox.server.environment() | {"PYTHONPATH": str(ROOT)}
    done = process.run([sys.executable, "-m", "benchmarks.inside", module], environment=environment)
    if done.code:
        raise RuntimeError(done.errors)
    for line in done.output.splitlines():
        if line.startswith('{"what"'):
            yield Outcome(**json.loads(line))
