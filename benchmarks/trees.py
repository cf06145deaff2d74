"""The tree in PostgreSQL: measured inside a server's environment, by `benchmarks.inside`."""

import json
import sys
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.outcomes import ROOT, Outcome
from cloudbox import process


def trees(bench: Bench) -> Iterator[Outcome]:
    """Lists, the gate, moves and the trash, on 250 000 rows."""
    environment = bench.cloudbox.server.environment() | {"PYTHONPATH": str(ROOT)}
    done = process.run([sys.executable, "-m", "benchmarks.inside"], environment=environment)
    if done.code:
        raise RuntimeError(done.errors)
    for line in done.output.splitlines():
        if line.startswith('{"what"'):
            yield Outcome(**json.loads(line))
