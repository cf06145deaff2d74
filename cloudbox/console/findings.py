"""What is well and what is not: one finding for each thing that a server needs, with what to do about it."""

import platform
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

import activity.figures
import assets.figures
import jobs.services
import payments.figures
from assets import moving, scrubbing, spool
from assets.checking import CHECKED
from cloudbox import __version__, health
from cloudbox.console import paying
from cloudbox.console.finding import Finding, some
from cloudbox.sizes import as_text
from cloudbox.staff import lasting
from cloudbox.stores import directory_of, kind_of
from payments.services.proving import PROVEN

NEARLY_FULL = 90  # percent of a disk
LATE = timedelta(minutes=5)  # the seals come every minute
SILENT = timedelta(minutes=15)  # the scheduler writes down every three minutes what it did
LATELY = timedelta(days=7)
LOOKED_AT = (CHECKED, PROVEN)  # what is recorded whenever it is looked at
PARTS = {  # what does not answer, by its name in `health`
    "redis": ("Redis", "Start it, or set REDIS_URL. Meanwhile tasks wait, and nobody is limited."),
    "worker": ("Worker", "Start one with `manage.py run worker`. Meanwhile moves, mails and jobs wait."),
    "storage": ("Storage", "See whether the disk can be written and the store be reached. Uploads are refused."),
}


def all_findings(
    files: assets.figures.Figures, told: activity.figures.Figures, money: payments.figures.Figures
) -> list[Finding]:
    """Return every finding, in the order in which they are read."""
    return [
        *_parts(),
        _scheduler(),
        _disk(),
        _backlog(),
        _damage(files),
        _scrub(files),
        _check(told),
        _jobs(),
        _mail(told),
        _webhooks(told),
        _reports(files),
        *paying.findings(money, told),
        _log(told),
        _version(),
    ]


def _parts() -> Iterator[Finding]:
    down = health.down(besides={"database"})  # which has answered for this page already
    yield Finding("Database", well=True, sentence="PostgreSQL answers.")
    for name, (what, todo) in PARTS.items():
        if name in down:
            yield Finding(what, well=False, sentence=f"{what} does not answer.", todo=todo)
        else:
            yield Finding(what, well=True, sentence=f"{what} answers.")


def _scheduler() -> Finding:
    last = PeriodicTask.objects.aggregate(last=Max("last_run_at"))["last"]
    link = reverse("admin:django_celery_beat_periodictask_changelist")
    if last is None:
        return Finding("Scheduler", well=True, sentence="The scheduler has not told of itself yet.", link=link)
    well, ago = last > timezone.now() - SILENT, lasting(last)
    sentence = f"The scheduler last told of itself {ago} ago."
    return Finding("Scheduler", well=well, sentence=sentence, link=link, todo="Start it with `manage.py run beat`.")


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
    sentence = f"The disk of {fullest} is {used[fullest]} % full."
    todo = "Make room, or put bytes into another store with `manage.py move_blobs`."
    return Finding("Disk", well=used[fullest] < NEARLY_FULL, sentence=sentence, todo=todo)


def _percent_used(place: Path) -> int:
    disk = shutil.disk_usage(place)
    return round(100 * disk.used / disk.total)


def _backlog() -> Finding:
    waiting = moving.backlog()
    link = reverse("admin:assets_move_changelist")
    if not waiting.blobs:
        return Finding("Moves", well=True, sentence="Nothing is on the way to another store.", link=link)
    is_full = spool.is_full()
    well = waiting.oldest_seconds < LATE.total_seconds() and not waiting.failing and not is_full
    since = lasting(timezone.now() - timedelta(seconds=waiting.oldest_seconds))
    what = f"On the way to another store: {some(waiting.blobs, 'blob')} ({as_text(waiting.bytes)})"
    sentence = f"{what}, {'the oldest ' if waiting.blobs > 1 else ''}for {since}"
    more = f"; {waiting.failing} did not get there so far" if waiting.failing else ""
    full = " The spool is full, so uploads are refused." if is_full else ""
    todo = "See why in the list: the store may be down, or its key be refused."
    return Finding("Moves", well=well, sentence=f"{sentence}{more}.{full}", link=link, todo=todo)


def _damage(files: assets.figures.Figures) -> Finding:
    link = reverse("admin:assets_damage_changelist")
    if not files.damaged:
        return Finding("Bytes", well=True, sentence="No stored bytes are known to be damaged.", link=link)
    sentence = f"The bytes of {some(files.damaged, 'blob')} are missing or altered."
    return Finding(
        "Bytes", well=False, sentence=sentence, link=link, todo="Put them back from a backup; the list says which."
    )


def _scrub(files: assets.figures.Figures) -> Finding:
    days, state = settings.CLOUDBOX_SCRUB_DAYS, scrubbing.state()
    what, link = "Reading back", reverse("admin:assets_blob_changelist")
    if not days:
        sentence = "Stored bytes are not read back: CLOUDBOX_SCRUB_DAYS is 0."
        return Finding(what, well=True, sentence=sentence, link=link)
    if state.is_late:
        sentence = "Stored bytes are not being read back: is the scheduler running?"
        return Finding(what, well=False, sentence=sentence, link=link, todo="Start it with `manage.py run beat`.")
    share = 100 * files.known_right // files.blobs if files.blobs else 100
    which = "All blobs" if share == 100 else f"{share} % of the blobs"  # noqa: PLR2004 - percent
    longest = f", the least recent {lasting(state.oldest)} ago" if state.oldest else ""
    sentence = f"{which} were stored or read back in the last {some(days, 'day')}{longest}."
    return Finding(what, well=True, sentence=sentence, link=link)


def _check(told: activity.figures.Figures) -> Finding:
    what, link = "Rows and bytes", f"{reverse('admin:activity_auditentry_changelist')}?verb={CHECKED}"
    last = told.last.get(CHECKED)
    if last is None:
        sentence = "Rows and bytes were not compared yet (manage.py fsck)."
        return Finding(what, well=True, sentence=sentence, link=link)
    at, facts = last
    left = facts["found"] - facts["repaired"]
    ago = f"Rows and bytes were compared {lasting(at)} ago"
    if left:
        sentence = f"{ago}: {some(left, 'difference')} left (manage.py fsck)."
        return Finding(what, well=False, sentence=sentence, link=link, todo="Run `manage.py fsck --repair`.")
    return Finding(what, well=True, sentence=f"{ago} and agree.", link=link)


def _jobs() -> Finding:
    counts = jobs.services.figures(LATELY)
    link = reverse("admin:jobs_job_changelist")
    if counts.failed:
        sentence = f"{some(counts.failed, 'job')} failed in the last 7 days."
        link, todo = f"{link}?state__exact=failed", "Read its error in the list; its owner can begin it again."
        return Finding("Jobs", well=False, sentence=sentence, link=link, todo=todo)
    sentence = f"No job failed in the last 7 days; {counts.unfinished} to do."
    return Finding("Jobs", well=True, sentence=sentence, link=link)


def _mail(told: activity.figures.Figures) -> Finding:
    link = reverse("admin:activity_mail_changelist")
    if told.mails_failed:
        sentence, link = f"{some(told.mails_failed, 'mail')} could not be sent.", f"{link}?state__exact=failed"
        todo = "Try `manage.py send_test_mail`, then send them again from the list."
        return Finding("Mail", well=False, sentence=sentence, link=link, todo=todo)
    if not settings.CLOUDBOX_MAILING.reaches_people:
        sentence = "Mails become files that nobody reads: CLOUDBOX_EMAIL_URL names no server."
        todo = "Set it, so that people can reset their passwords."
        return Finding("Mail", well=not settings.PRODUCTION, sentence=sentence, link=link, todo=todo)
    sentence = f"No mail failed; {told.mails_waiting} on the way."
    return Finding("Mail", well=True, sentence=sentence, link=link)


def _webhooks(told: activity.figures.Figures) -> Finding:
    link = reverse("admin:activity_webhook_changelist")
    if not told.webhooks_failing:
        return Finding("Webhooks", well=True, sentence="No webhook is failing.", link=link)
    verb = "is" if told.webhooks_failing == 1 else "are"
    sentence = f"{some(told.webhooks_failing, 'webhook')} {verb} not answered."
    todo = "If it is only one, it is its owner's matter; if it is all, see whether this server reaches others."
    return Finding("Webhooks", well=told.webhooks_failing < told.webhooks, sentence=sentence, link=link, todo=todo)


def _reports(files: assets.figures.Figures) -> Finding:
    link = reverse("admin:assets_report_changelist")
    if not files.reports:
        return Finding("Abuse", well=True, sentence="No report of abuse waits for you.", link=link)
    verb = "waits" if files.reports == 1 else "wait"
    sentence = f"{some(files.reports, 'report')} of abuse {verb} for you."
    return Finding("Abuse", well=False, sentence=sentence, link=link, todo="Take the link down, or dismiss the report.")


def _log(told: activity.figures.Figures) -> Finding:
    link = reverse("admin:activity_seal_changelist")
    if told.oldest_unsealed and told.oldest_unsealed < timezone.now() - LATE:
        sentence = "The audit log is not being sealed: is the scheduler running?"
        todo = "Start it with `manage.py run beat`."
        return Finding("Audit log", well=False, sentence=sentence, link=link, todo=todo)
    sentence = "The audit log is sealed up to now; `manage.py verify_audit` reads it all."
    return Finding("Audit log", well=True, sentence=sentence, link=link)


def _version() -> Finding:
    database = ".".join(str(part) for part in divmod(connection.pg_version, 10_000))  # type: ignore[attr-defined]  # of PostgreSQL
    sentence = f"CloudBox {__version__}, Python {platform.python_version()}, PostgreSQL {database}."
    return Finding("Version", well=True, sentence=sentence)
