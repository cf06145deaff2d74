"""The first page: what is stored, by how many, how it grows, and whether everything is well."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

import accounts.figures
import activity.figures
import assets.figures
import jobs.services
from assets import moving, scrubbing, spool
from assets.checking import CHECKED
from assets.figures import Day
from cloudbox import health
from cloudbox.console.chart import Bar, bars
from cloudbox.sizes import as_text
from cloudbox.staff import lasting
from cloudbox.stores import directory_of, kind_of

DAYS = 30
NEARLY_FULL = 90  # percent of a disk
LATE = timedelta(minutes=5)  # the scheduler and the seals come every minute


@dataclass(frozen=True)
class Finding:
    """One thing that is well or is not, in a sentence, and where to look."""

    well: bool
    sentence: str
    link: str = ""


@dataclass(frozen=True)
class Overview:
    people: accounts.figures.Figures
    files: assets.figures.Figures
    days: list[Day]
    chart: list[Bar]
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        return all(finding.well for finding in self.findings)


def now() -> Overview:
    """Return the state of the server at this moment."""
    days, files = assets.figures.uploads_per_day(DAYS), assets.figures.figures()
    return Overview(
        people=accounts.figures.figures(),
        files=files,
        days=days,
        chart=bars(days),
        findings=[_parts(), _disk(), _backlog(), _damage(files), _scrub(files), _check(), _mail(), _jobs(), _log()],
    )


def _parts() -> Finding:
    down = health.down()
    if down:
        return Finding(well=False, sentence=f"Not answering: {', '.join(down)}.")
    return Finding(well=True, sentence="Database, Redis, worker and storage answer.")


def _disk() -> Finding:
    """Tell of the fullest of the disks that bytes lie on."""
    places = {"the data directory": settings.CLOUDBOX_DATA}
    if settings.CLOUDBOX_SPOOL:
        places["the spool"] = settings.CLOUDBOX_SPOOL
    for name, url in settings.CLOUDBOX_STORES.items():
        if kind_of(url) == "local":
            places[f"the store {name}"] = directory_of(url)
    used = {name: _percent_used(place) for name, place in places.items() if place.exists()}
    fullest = max(used, key=lambda name: used[name])
    return Finding(well=used[fullest] < NEARLY_FULL, sentence=f"The disk of {fullest} is {used[fullest]} % full.")


def _percent_used(place: Path) -> int:
    disk = shutil.disk_usage(place)
    return round(100 * disk.used / disk.total)


def _backlog() -> Finding:
    waiting = moving.backlog()
    link = reverse("admin:assets_move_changelist")
    if not waiting.blobs:
        return Finding(well=True, sentence="Nothing is on the way to another store.", link=link)
    well = waiting.oldest_seconds < LATE.total_seconds() and not waiting.failing and not spool.is_full()
    since = lasting(timezone.now() - timedelta(seconds=waiting.oldest_seconds))
    what = f"On the way to another store: {_some(waiting.blobs, 'blob')} ({as_text(waiting.bytes)})"
    sentence = f"{what}, {'the oldest ' if waiting.blobs > 1 else ''}for {since}"
    more = f"; {waiting.failing} did not get there so far" if waiting.failing else ""
    full = " The spool is full, so uploads are refused." if spool.is_full() else ""
    return Finding(well=well, sentence=f"{sentence}{more}.{full}", link=link)


def _damage(files: assets.figures.Figures) -> Finding:
    link = reverse("admin:assets_damage_changelist")
    if files.damaged:
        blobs = _some(files.damaged, "blob")
        return Finding(well=False, sentence=f"The bytes of {blobs} are missing or altered.", link=link)
    return Finding(well=True, sentence="No stored bytes are known to be damaged.", link=link)


def _scrub(files: assets.figures.Figures) -> Finding:
    days, state = settings.CLOUDBOX_SCRUB_DAYS, scrubbing.state()
    link = reverse("admin:assets_blob_changelist")
    if not days:
        return Finding(well=True, sentence="Stored bytes are not read back: CLOUDBOX_SCRUB_DAYS is 0.", link=link)
    if state.is_late:
        return Finding(
            well=False, sentence="Stored bytes are not being read back: is the scheduler running?", link=link
        )
    share = 100 * files.known_right // files.blobs if files.blobs else 100
    which = "All blobs" if share == 100 else f"{share} % of the blobs"  # noqa: PLR2004 - percent
    longest = f", the least recent {lasting(state.oldest)} ago" if state.oldest else ""
    sentence = f"{which} were stored or read back in the last {_some(days, 'day')}{longest}."
    return Finding(well=True, sentence=sentence, link=link)


def _check() -> Finding:
    link = f"{reverse('admin:activity_auditentry_changelist')}?verb={CHECKED}"
    last = activity.figures.last(CHECKED)
    if last is None:
        return Finding(well=True, sentence="Rows and bytes were not compared yet (manage.py fsck).", link=link)
    at, facts = last
    left = facts["found"] - facts["repaired"]
    ago = f"Rows and bytes were compared {lasting(at)} ago"
    if left:
        return Finding(well=False, sentence=f"{ago}: {_some(left, 'difference')} left (manage.py fsck).", link=link)
    return Finding(well=True, sentence=f"{ago} and agree.", link=link)


def _mail() -> Finding:
    mail = activity.figures.mail()
    link = reverse("admin:activity_mail_changelist")
    if mail.failed:
        return Finding(
            well=False, sentence=f"{_some(mail.failed, 'mail')} could not be sent.", link=f"{link}?state__exact=failed"
        )
    if not settings.CLOUDBOX_MAILING.reaches_people:
        sentence = "Mails become files that nobody reads: CLOUDBOX_EMAIL_URL names no server."
        return Finding(well=not settings.PRODUCTION, sentence=sentence, link=link)
    return Finding(well=True, sentence=f"No mail failed; {mail.waiting} on the way.", link=link)


def _jobs() -> Finding:
    counts = jobs.services.figures(timedelta(days=7))
    link = reverse("admin:jobs_job_changelist")
    if counts.failed:
        sentence = f"{_some(counts.failed, 'job')} failed in the last 7 days."
        return Finding(well=False, sentence=sentence, link=f"{link}?state__exact=failed")
    return Finding(well=True, sentence=f"No job failed in the last 7 days; {counts.unfinished} to do.", link=link)


def _log() -> Finding:
    oldest = activity.figures.oldest_unsealed()
    link = reverse("admin:activity_seal_changelist")
    if oldest and oldest < timezone.now() - LATE:
        return Finding(well=False, sentence="The audit log is not being sealed: is the scheduler running?", link=link)
    return Finding(well=True, sentence="The audit log is sealed up to now.", link=link)


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
