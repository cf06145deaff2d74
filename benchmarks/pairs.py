"""Comparing two sides fairly: in turn, in reversed order each time, and by the median of the paired ratios."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.processes import cpu_seconds


@dataclass(frozen=True)
class Side:
    """One of two that are compared: `work` returns how many seconds it took; `pid` is the server's, 0 for none."""

    work: Callable[[], float]
    pid: int = 0


@dataclass(frozen=True)
class Sample:
    """What one run took, in seconds and in seconds of the server's CPU."""

    seconds: float
    cpu: float


@dataclass(frozen=True)
class Comparison:
    """`speed` is how many times as fast we are, `cpu` how many times as much CPU we use; medians of paired ratios."""

    ours: list[Sample]
    theirs: list[Sample]

    @property
    def speed(self) -> float:
        return statistics.median(b.seconds / a.seconds for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def cpu(self) -> float:
        return statistics.median(a.cpu / max(b.cpu, 0.01) for a, b in zip(self.ours, self.theirs, strict=True))


def compare(ours: Side, theirs: Side, rounds: int = 5) -> Comparison:
    """Run both sides `rounds` times, after one run each that does not count."""
    found = Comparison([], [])
    for number in range(rounds + 1):
        order = [(ours, found.ours), (theirs, found.theirs)]
        for side, samples in order if number % 2 else reversed(order):
            sample = _sample(side)
            if number:
                samples.append(sample)
    return found


def median_seconds(samples: list[Sample]) -> float:
    return statistics.median(sample.seconds for sample in samples)


def median_cpu(samples: list[Sample]) -> float:
    return statistics.median(sample.cpu for sample in samples)


def timed(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """Return a work for a Side: do it so many times, and return the seconds of one."""

    def run() -> float:
        began = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - began) / times

    return run


def _sample(side: Side) -> Sample:
    before = cpu_seconds(side.pid) if side.pid else 0.0
    seconds = side.work()
    return Sample(seconds, cpu_seconds(side.pid) - before if side.pid else 0.0)
