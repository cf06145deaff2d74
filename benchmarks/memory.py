"""How much a process grows while a gibibyte passes through it, quickly and slowly."""

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.bench import MIB, Bench
from benchmarks.clients import side_by_side
from benchmarks.outcomes import Outcome
from benchmarks.processes import growth
from benchmarks.servers import CloudBox

MOST = 16  # MiB
SLOW = 64 * MIB  # bytes a second


def memory(bench: Bench) -> Iterator[Outcome]:
    """The most that any process of the server grew, of its own memory, in MiB."""
    cloudbox, body = bench.cloudbox, bench.random_file(1024)
    path = cloudbox.stored(bench.random_file(64))
    for _ in range(2):  # each worker has worked before it is watched
        side_by_side([partial(_get, cloudbox, path)] * 8)
    path = cloudbox.stored(body)
    works: dict[str, Callable[[], object]] = {
        "download of 1 GiB": lambda: cloudbox.wire().get(path),
        "download of 1 GiB at 64 MiB/s": lambda: cloudbox.wire().get_slowly(path, SLOW),
        "upload of 1 GiB": lambda: cloudbox.wire().put(cloudbox.new_file(), body),
        "upload of 1 GiB at 64 MiB/s": lambda: cloudbox.wire().put_slowly(cloudbox.new_file(), body, SLOW),
    }
    for what, work in works.items():
        with growth(cloudbox.pid) as seen:
            work()
        yield Outcome(what=f"growth during a {what}", peer="-", found=seen.most / MIB, unit="MiB", most=MOST)
        if "upload" in what:
            cloudbox.forget_bytes()


def _get(cloudbox: CloudBox, path: str) -> None:
    cloudbox.wire().get(path)
