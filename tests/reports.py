"""A pytest plugin: `--report slow` runs that tier and keeps what came out in docs/reports/slow.md.

What a test measures belongs into the report: `record_property("MiB/s", 812)`.
"""

import datetime as dt
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT

TIERS = ("slow", "soak")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report", choices=TIERS, help="run only this tier, and write docs/reports/<tier>.md")


def pytest_configure(config: pytest.Config) -> None:
    if tier := config.getoption("--report"):
        config.option.markexpr = tier
        config.pluginmanager.register(_Report(tier))


class _Report:
    """Collects what the tests of a tier say."""

    def __init__(self, tier: str) -> None:
        self._tier = tier
        self._begun = time.monotonic()
        self._rows: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self._rows.append(report)

    def pytest_sessionfinish(self) -> None:
        if self._rows:
            (ROOT / "docs" / "reports" / f"{self._tier}.md").write_text(
                "\n".join(self._lines()) + "\n", encoding="utf-8"
            )

    def _lines(self) -> Iterator[str]:
        failed = sum(row.outcome != "passed" for row in self._rows)
        seconds = time.monotonic() - self._begun
        yield f"# The {self._tier} tier\n"
        yield f"Written by `make {self._tier}`.\n"
        yield "| | |\n|---|---|"
        yield f"| Date | {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC |"
        yield f"| Commit | {_commit()} |"
        yield f"| Machine | {os.cpu_count()} cores, {_memory()} GiB, {platform.system()} {platform.machine()} |"
        yield f"| Python | {platform.python_version()} |"
        yield f"| Result | {len(self._rows) - failed} passed, {failed} failed in {seconds:.0f} s |\n"
        yield "| test | result | seconds | measured |\n|---|---|---|---|"
        for row in self._rows:
            measured = ", ".join(f"{name} {value}" for name, value in row.user_properties)
            yield f"| `{row.nodeid}` | {row.outcome} | {row.duration:.1f} | {measured} |"


def _commit() -> str:
    """Return the commit that was tested, and say so when there were changes on top of it."""
    commit = process.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"]).output.strip()
    changed = process.run(["git", "-C", ROOT, "status", "--porcelain"]).output.splitlines()
    changed = [line for line in changed if not Path(line[3:]).match("docs/reports/*")]
    return f"{commit} with uncommitted changes" if changed else commit


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
