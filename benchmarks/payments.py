"""Money: measured inside a server's environment, by `benchmarks.inside`."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.outcomes import Outcome
from benchmarks.trees import inside


def payments(bench: Bench) -> Iterator[Outcome]:
    """How long it takes to settle a payment."""
    yield from inside(bench, "settling")
