"""`python -m benchmarks [name ...]`: measure, print a table, and keep it in docs/reports/.

Without names everything but the tree of a million is measured, for benchmarks.md; `bytes` is what concerns them, for
benchmark-bytes.md, and `tree` what a tree of a million assets and base64 cost, for benchmark-tree.md. With other names
only those are measured, and the reports stay as they are. Status 1 says that a goal was missed.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks import base64_rows, crowds, memory, payments, small, transfers, trees
from benchmarks.bench import Bench
from benchmarks.outcomes import HEADER, Outcome, Report, commit_here
from benchmarks.servers import places

BENCHMARKS: dict[str, Callable[[Bench], Iterator[Outcome]]] = {
    "uploads": transfers.uploads,
    "disk": transfers.to_disk,
    "downloads": transfers.downloads,
    "ranges": transfers.ranges,
    "forms": transfers.forms,
    "small": small.small_files,
    "memory": memory.memory,
    "crowds": crowds.crowds,
    "trees": trees.trees,
    "base64": base64_rows.base64_rows,
    "tree": trees.tree,
    "payments": payments.payments,
}


BYTES = ("uploads", "downloads", "ranges", "forms", "small", "memory", "crowds")
TREE = ("tree", "base64")
UNMEASURED = (
    "TLS: CloudBox does not speak it; a proxy in front does (docs/how-to/reverse-proxy.md), and costs what it costs.",
    "Uploads with MD5 alone: there are none, for every byte that is stored gets its SHA-256.",
)
GROUPS: dict[tuple[str, ...], tuple[tuple[str, ...], Report]] = {
    (): (tuple(name for name in BENCHMARKS if name != "tree"), Report("benchmarks.md", "Benchmarks", "make bench")),
    ("tree",): (TREE, Report("benchmark-tree.md", "Benchmark of the tree", "python -m benchmarks tree")),
    ("bytes",): (BYTES, Report("benchmark-bytes.md", "Benchmark of bytes", "python -m benchmarks bytes", UNMEASURED)),
}


def main(asked: list[str]) -> int:
    names, report = GROUPS.get(tuple(asked), (tuple(asked), None))
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        there = ", ".join(["bytes", *BENCHMARKS])
        print(f"There is no benchmark called {', '.join(sorted(unknown))}; there are {there}.")
        return 2
    began, commit, outcomes = time.monotonic(), commit_here(), []
    print(HEADER)
    with places() as (disk, in_memory), contextlib.ExitStack() as stack:
        bench = Bench(disk, in_memory, stack)
        for name in names:
            for outcome in BENCHMARKS[name](bench):
                print(outcome.row(), flush=True)
                outcomes.append(outcome)
    if report:
        report.write(outcomes, time.monotonic() - began, commit)
    return int(any(outcome.is_met is False for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
