"""The first page: whether everything is well, what is stored by how many, and how it grows."""

from dataclasses import dataclass

import accounts.figures
import activity.figures
import assets.figures
import payments.figures
from assets.figures import Day
from cloudbox.console.chart import Bar, bars
from cloudbox.console.finding import Finding
from cloudbox.console.findings import LOOKED_AT, all_findings

DAYS = 30


@dataclass(frozen=True)
class Overview:
    people: accounts.figures.Figures
    files: assets.figures.Figures
    days: list[Day]
    chart: list[Bar[Day]]
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        return not self.needs

    @property
    def needs(self) -> list[Finding]:
        """What needs somebody."""
        return [finding for finding in self.findings if not finding.well]

    @property
    def fine(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.well]


def now() -> Overview:
    """Return the state of the server at this moment."""
    days, files = assets.figures.uploads_per_day(DAYS), assets.figures.figures()
    return Overview(
        people=accounts.figures.figures(),
        files=files,
        days=days,
        chart=bars(days, lambda day: day.uploads),
        findings=all_findings(files, activity.figures.figures(*LOOKED_AT), payments.figures.figures()),
    )
