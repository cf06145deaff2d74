"""Long work: started by a service, done by a task under a lease, watched and cancelled by its owner.

A task's worker may die, be thought dead, or be handed the same task twice. Taking a job is one conditional
UPDATE that raises its `fence`, and every later write names the fence: at most one worker's writes count. A
task writes its effects and calls `renew` in the same transaction, so that a worker which lost its lease
leaves nothing behind.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from cloudbox.errors import Conflict, NotFound
from cloudbox.later import later
from cloudbox.pages import Page, page_of, values_of
from jobs.models import Job, JobItem

LEASE = 120  # seconds
QUEUED_AGAIN = 300  # seconds after which a task that no worker has begun is taken for lost
MOST_ATTEMPTS = 5
STATES = Job.State.choices
ITEM_STATES = JobItem.State.choices
UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)
WAITING, DONE, SKIPPED, FAILED = JobItem.State
_hears: list[Callable[["JobInfo", UUID], None]] = []
ORDER = "order"  # the argument that says what to do with each item; its `action` is shown to the owner
KEY = "key"  # the argument that has the id of the access key with which a job was begun, if so


class JobFinished(Conflict):
    """The job is over; there is nothing to cancel. `state` is how it ended."""

    code = "job_finished"
    title = "The job is over."


class LeaseLost(Exception):
    """Somebody else has taken the job, or it is over: stop, and write nothing more."""


class CancelRequested(Exception):
    """The owner wants the job to stop: leave things in order and return."""


class TurnOver(Exception):
    """The work is not done, but others have waited long enough: it goes on when the workers come to it again."""


@dataclass(frozen=True, kw_only=True)
class JobInfo:
    """A job as its owner sees it. `done` and `total` count `unit`s; `total` is None while it is not known.

    `action` is what it does with each of many things, "" for a job of another kind.
    """

    id: UUID
    kind: str
    action: str
    state: str
    done: int
    total: int | None
    unit: str
    cancel_requested: bool
    result: Any
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class JobItemInfo:
    """One of the things a job does. `code` says why it was skipped or failed, `made` is the id of what is new."""

    position: int
    subject: str
    state: str
    code: str
    made: str = ""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to work on a job, for `seconds` after it was taken or renewed last."""

    job_id: UUID
    kind: str
    owner_id: UUID | None
    arguments: dict[str, Any]
    done: int
    fence: int
    attempt: int
    seconds: int


@dataclass(frozen=True)
class Figures:
    """Jobs to be done, and jobs that failed lately."""

    unfinished: int
    failed: int


def create(
    kind: str,
    arguments: dict[str, Any],
    *,
    owner_id: UUID | None = None,
    total: int | None = None,
    unit: str = "",
    subjects: Iterable[str] = (),
) -> JobInfo:
    """Write a job in the caller's transaction; its task, whose name is `kind`, is queued on commit.

    `arguments` are the task's keyword arguments (JSON). Each of `subjects` becomes an item of the job.
    """
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind, arguments=arguments, owner_id=owner_id, total=total, unit=unit, lease_until=_in(QUEUED_AGAIN)
        )
        JobItem.objects.bulk_create(
            (JobItem(job=job, position=position, subject=subject) for position, subject in enumerate(subjects)),
            batch_size=1000,
        )
        later(kind, str(job.id))
    return _info(job)


def when_ended(hear: Callable[[JobInfo, UUID], None]) -> None:
    """Have `hear` told of each job with an owner when it ends, in that transaction. From an AppConfig.ready."""
    _hears.append(hear)


# For the task


def take(job_id: UUID, seconds: int = LEASE) -> Lease | None:
    """Take the job, or return None: it is over, somebody works on it, or it failed too often."""
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
    with transaction.atomic():
        taken = Job.objects.filter(free, pk=job_id, attempts__lt=MOST_ATTEMPTS, cancel_requested=False).update(
            state=Job.State.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_until=_in(seconds),
            started_at=Coalesce("started_at", Now()),
        )
        if not taken:
            return None
        job = Job.objects.get(pk=job_id)
    return Lease(
        job_id=job.id,
        kind=job.kind,
        owner_id=job.owner_id,
        arguments=job.arguments,
        done=job.done,
        fence=job.fence,
        attempt=job.attempts,
        seconds=seconds,
    )


def renew(lease: Lease, *, done: int | None = None, total: int | None = None) -> None:
    """Keep the lease and tell how far the work is.

    Raises LeaseLost, or CancelRequested when the owner wants the work to stop.
    """
    changes: dict[str, Any] = {"lease_until": _in(lease.seconds)}
    changes |= {name: value for name, value in (("done", done), ("total", total)) if value is not None}
    _write(lease, **changes)
    if Job.objects.filter(pk=lease.job_id, cancel_requested=True).exists():
        raise CancelRequested


def mark(lease: Lease, position: int, state: str, code: str = "", made: str = "") -> None:
    """Say what became of one item. In one transaction with `renew` it counts only under the lease."""
    JobItem.objects.filter(job_id=lease.job_id, position=position).update(state=state, code=code, made=made)


def waiting(lease: Lease) -> list[JobItemInfo]:
    """Return the items of which nothing has become yet, in order."""
    return [_item(row) for row in JobItem.objects.filter(job_id=lease.job_id, state=WAITING).order_by("position")]


def tally(lease: Lease) -> dict[str, int]:
    """Return how many items there are in each state that there can be."""
    found = JobItem.objects.filter(job_id=lease.job_id).values_list("state").annotate(Count("id")).order_by()
    return dict.fromkeys(JobItem.State.values, 0) | dict(found)


def finish(lease: Lease, result: Any = None) -> None:
    """The work is done; `result` is JSON for the owner. Raises LeaseLost."""
    _end(lease, state=Job.State.DONE, result=result, error="")


def fail(lease: Lease, error: str) -> None:
    """The work cannot be done; `error` is a code or a sentence for the owner. Raises LeaseLost."""
    _end(lease, state=Job.State.FAILED, error=error[:255])


def stop(lease: Lease) -> None:
    """The work stopped because its owner asked. Raises LeaseLost."""
    _end(lease, state=Job.State.CANCELLED)


def try_again(lease: Lease, error: str) -> None:
    """Give the job back, to be taken again after a while that doubles; the last attempt fails it. Raises LeaseLost."""
    if lease.attempt >= MOST_ATTEMPTS:
        fail(lease, error)
        return
    _write(lease, state=Job.State.QUEUED, error=error[:255], lease_until=_in(10 * 2**lease.attempt))


def rest(lease: Lease) -> None:
    """Queue the job behind the others. It came on, so it may fail as often as a new one. Raises LeaseLost."""
    with transaction.atomic():
        _write(lease, state=Job.State.QUEUED, attempts=0, lease_until=_in(QUEUED_AGAIN))
        later(lease.kind, str(lease.job_id))


def sweep() -> int:
    """Queue what nobody works on though it is due, and end what nobody will; return how many were queued."""
    due = Job.objects.filter(state__in=UNFINISHED, lease_until__lt=Now())
    _end_all(due.filter(cancel_requested=True), state=Job.State.CANCELLED)
    _end_all(due.filter(attempts__gte=MOST_ATTEMPTS), state=Job.State.FAILED, error="worker_lost")
    with transaction.atomic():
        jobs = list(due.select_for_update(skip_locked=True).order_by("lease_until").only("id", "kind")[:500])
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
            state=Job.State.QUEUED, lease_until=_in(QUEUED_AGAIN)
        )
        for job in jobs:
            later(job.kind, str(job.pk))
    return len(jobs)


# For the owner


# With `key`, the id of an access key, there are only the jobs that were begun with it.


def page(owner_id: UUID, *, cursor: str | None = None, limit: int = 50, key: str | None = None) -> Page[JobInfo]:
    """Return the owner's jobs, newest first. Raises BadInput for a bad cursor."""
    after = values_of(cursor, UUID)
    jobs = Job.objects.filter(_begun_by(key), owner_id=owner_id).order_by("-id")
    if after:
        jobs = jobs.filter(id__lt=after[0])
    return page_of(list(jobs[: limit + 1]), limit, shown=_info, after=lambda job: (job.id,))


def get(owner_id: UUID, job_id: UUID, *, key: str | None = None) -> JobInfo:
    """Return one job of the owner. Raises NotFound."""
    return _info(_job_of(owner_id, job_id, key))


def items(
    owner_id: UUID, job_id: UUID, *, cursor: str | None = None, limit: int = 50, key: str | None = None
) -> Page[JobItemInfo]:
    """Return the job's items in order. Raises NotFound, and BadInput for a bad cursor."""
    after = values_of(cursor, int)
    rows = JobItem.objects.filter(job=_job_of(owner_id, job_id, key), position__gt=after[0] if after else -1)
    rows = rows.order_by("position")[: limit + 1]
    return page_of(list(rows), limit, shown=_item, after=lambda row: (row.position,))


def cancel(owner_id: UUID, job_id: UUID, *, key: str | None = None) -> JobInfo:
    """Ask the job to stop; one that nobody works on stops at once. Raises NotFound or JobFinished."""
    _job_of(owner_id, job_id, key)
    return cancel_any(job_id)


def count_unfinished(owner_id: UUID, kind: str, **arguments: Any) -> int:
    """Return how many jobs of this kind, with these among their arguments, the owner waits for."""
    jobs = Job.objects.filter(owner_id=owner_id, kind=kind, state__in=UNFINISHED)
    return jobs.filter(arguments__contains=arguments).count()


def unfinished_of(owner_id: UUID) -> int:
    """Return how many jobs the owner waits for. One query."""
    return Job.objects.filter(owner_id=owner_id, state__in=UNFINISHED).count()


def cancel_any(job_id: UUID) -> JobInfo:
    """The same for staff, whoever owns the job. Raises NotFound or JobFinished."""
    job = Job.objects.filter(pk=job_id)
    _end_all(job.filter(state=Job.State.QUEUED), state=Job.State.CANCELLED, cancel_requested=True)
    job.filter(state=Job.State.RUNNING).update(cancel_requested=True)
    row = job.first()
    if row is None:
        raise NotFound
    if not row.cancel_requested:
        raise JobFinished(state=row.state)
    return _info(row)


def figures(lately: timedelta) -> Figures:
    """Count for the staff what is to be done, and what failed within `lately`."""
    failed = Q(state=Job.State.FAILED, finished_at__gt=timezone.now() - lately)
    jobs = Job.objects.filter(failed | Q(state__in=UNFINISHED))
    return Figures(**jobs.aggregate(failed=Count("id", filter=failed), unfinished=Count("id", filter=~failed)))


def prune(older_than: timedelta) -> int:
    """Delete the jobs that ended longer ago than that."""
    return Job.objects.filter(finished_at__lt=timezone.now() - older_than).delete()[0]


def _write(lease: Lease, **changes: Any) -> None:
    """Change the job under its lease, or raise LeaseLost."""
    ours = Job.objects.filter(pk=lease.job_id, state=Job.State.RUNNING, fence=lease.fence)
    if not ours.update(**changes):
        raise LeaseLost


def _end(lease: Lease, **changes: Any) -> None:
    """End the job under its lease, and tell of it in the same transaction. Raises LeaseLost."""
    with transaction.atomic():
        _write(lease, lease_until=None, finished_at=timezone.now(), **changes)
        if lease.owner_id and _hears:
            _tell(Job.objects.get(pk=lease.job_id))


def _end_all(jobs: QuerySet[Job], **changes: Any) -> None:
    """End the jobs that nobody works on, and tell of those that have an owner."""
    with transaction.atomic():
        ended = list(jobs.select_for_update(skip_locked=True))
        rows = Job.objects.filter(pk__in=[job.pk for job in ended])
        rows.update(lease_until=None, finished_at=timezone.now(), **changes)
        for job in rows.exclude(owner_id=None) if ended else ():
            _tell(job)


def _tell(job: Job) -> None:
    if job.owner_id:
        for hear in _hears:
            hear(_info(job), job.owner_id)


def _in(seconds: int) -> Any:
    """Return the moment `seconds` from now by the database's clock: workers on several machines share it."""
    return Now() + timedelta(seconds=seconds)


def _begun_by(key: str | None) -> Q:
    return Q() if key is None else Q(**{f"arguments__{KEY}": key})


def _item(row: JobItem) -> JobItemInfo:
    return JobItemInfo(position=row.position, subject=row.subject, state=row.state, code=row.code, made=row.made)


def _job_of(owner_id: UUID, job_id: UUID, key: str | None) -> Job:
    job = Job.objects.filter(_begun_by(key), pk=job_id, owner_id=owner_id).first()
    if job is None:
        raise NotFound
    return job


def _info(job: Job) -> JobInfo:
    return JobInfo(
        id=job.id,
        kind=job.kind,
        action=job.arguments.get(ORDER, {}).get("action", ""),
        state=job.state,
        done=job.done,
        total=job.total,
        unit=job.unit,
        cancel_requested=job.cancel_requested,
        result=job.result,
        error=job.error,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )
