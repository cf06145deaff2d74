"""What somebody who asks for a little JSON notices of a crowd of uploads."""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.bench import MIB, Bench
from benchmarks.clients import Wire, side_by_side
from benchmarks.outcomes import Outcome
from benchmarks.servers import CloudBox

SECONDS = 4.0  # of one measurement
ROUNDS = 3
UPLOADS, STALLED = 8, 100


def crowds(bench: Bench) -> Iterator[Outcome]:
    """The slowest hundredth of small requests: beside uploads, and beside uploads that bring nothing."""
    yield _beside_uploads(bench)
    yield _beside_stalled(bench)


def _beside_uploads(bench: Bench) -> Outcome:
    body, cloudbox, rclone = bench.random_file(64), bench.cloudbox, bench.rclone
    json = cloudbox.stored(b"x" * 4096).removesuffix("content")
    rclone.wire().put("/bucket/small", b"x" * 4096)
    pairs = []
    for _ in range(ROUNDS):
        ours = _slowest(cloudbox.wire, json, [partial(_keep_uploading, cloudbox, body)] * UPLOADS)
        cloudbox.forget_bytes()
        names = [f"/bucket/beside-{number}" for number in range(UPLOADS)]
        theirs = _slowest(rclone.wire, "/bucket/small", [partial(_keep_putting, rclone.wire, n, body) for n in names])
        pairs.append((ours, theirs))
    return _outcome(f"JSON, p99 beside {UPLOADS} uploads", "rclone's small GET beside its uploads", pairs, 0.2)


def _beside_stalled(bench: Bench) -> Outcome:
    cloudbox = bench.cloudbox
    json = cloudbox.stored(b"x" * 4096).removesuffix("content")
    pairs = []
    for _ in range(ROUNDS):
        alone = _slowest(cloudbox.wire, json, [])
        stalled = [cloudbox.wire() for _ in range(STALLED)]
        for wire in stalled:
            wire.begin_put(cloudbox.new_file(), MIB, b"x" * 1024)
        pairs.append((_slowest(cloudbox.wire, json, []), alone))
        for wire in stalled:
            wire.close()
        time.sleep(1)  # the server notices that they have gone, and cleans up
    return _outcome(f"JSON, p99 beside {STALLED} stalled uploads", "the same without them", pairs, 2)


def _slowest(connect: Callable[[], Wire], path: str, crowd: list[Callable[[], list[float]]]) -> float:
    """Return the 99th percentile of the seconds of a small request while the crowd is at it."""
    first, second, *_ = side_by_side([*([partial(_keep_asking, connect, path)] * 2), *crowd])
    return float(statistics.quantiles(first + second, n=100)[98])


def _keep_asking(connect: Callable[[], Wire], path: str) -> list[float]:
    wire, latencies, end = connect(), [], time.monotonic() + SECONDS
    while (began := time.monotonic()) < end:
        wire.get(path)
        latencies.append(time.monotonic() - began)
    return latencies


def _keep_uploading(cloudbox: CloudBox, body: Path) -> list[float]:
    wire, end = cloudbox.wire(), time.monotonic() + SECONDS
    while time.monotonic() < end:
        wire.put(cloudbox.new_file(), body)
    return []


def _keep_putting(connect: Callable[[], Wire], name: str, body: Path) -> list[float]:
    wire, end = connect(), time.monotonic() + SECONDS
    while time.monotonic() < end:
        wire.put(name, body)
    return []


def _outcome(what: str, peer: str, pairs: list[tuple[float, float]], most: float) -> Outcome:
    ours, theirs = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    return Outcome(
        what=what,
        peer=peer,
        found=statistics.median(a / b for a, b in pairs),
        unit="of it",
        most=most,
        ours=f"{ours:.1f} ms",
        theirs=f"{theirs:.1f} ms",
    )
