"""`python -m benchmarks [name ...]`: measure, print a table, and keep it in docs/reports/benchmarks.md.

With names, only those are measured and the report stays as it is.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks import crowds, memory, small, transfers, trees
from benchmarks.bench import Bench
from benchmarks.outcomes import HEADER, Outcome, commit_here, write_report
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
}


def main(names: list[str]) -> int:
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        print(f"There is no benchmark called {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}.")
        return 2
    began, commit, outcomes = time.monotonic(), commit_here(), []
    print(HEADER)
    with places() as (disk, in_memory), contextlib.ExitStack() as stack:
        bench = Bench(disk, in_memory, stack)
        for name in names or BENCHMARKS:
            for outcome in BENCHMARKS[name](bench):
                print(outcome.row(), flush=True)
                outcomes.append(outcome)
    if not names:
        write_report(outcomes, time.monotonic() - began, commit)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
