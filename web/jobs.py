"""/jobs: long work that the server does for somebody: how far it is, and what became of each thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.callers import Caller
from assets.services import trash, tree
from cloudbox import sizes
from cloudbox.problems import kinds_of_refusal
from jobs import services
from jobs.services import JobInfo, JobItemInfo
from web.pages import do, filled_in, for_people, show, shown

BYTES = "bytes"  # the unit of the jobs that count them
ZIP = "zip"  # the action that makes one file of many
SHOWN_AS = {  # what a job does: the title and the icon of the row that shows it
    "copy": (gettext_lazy("Copying"), "copy"),
    "move": (gettext_lazy("Moving"), "move"),
    "trash": (gettext_lazy("Deleting"), "trash"),
    "restore": (gettext_lazy("Restoring"), "undo"),
    "purge": (gettext_lazy("Deleting for ever"), "trash"),
    "share": (gettext_lazy("Sharing"), "people"),
    "unshare": (gettext_lazy("Ending shares"), "people"),
    "zip": (gettext_lazy("Making an archive"), "archive"),
}
STATES = {
    "queued": (gettext_lazy("Waiting for its turn"), ""),
    "running": (gettext_lazy("Under way"), ""),
    "done": (gettext_lazy("Done"), "good"),
    "failed": (gettext_lazy("Failed"), "bad"),
    "cancelled": (gettext_lazy("Cancelled"), "warn"),
    "waiting": (gettext_lazy("Waiting"), ""),
    "skipped": (gettext_lazy("Skipped"), "warn"),
}
LOST = "worker_lost"  # the code of a job whose workers were stopped too often, which no refusal has


@dataclass(frozen=True)
class Shown:
    """A job, or one of the things that it does, as a page says it."""

    title: str
    icon: str
    state: str
    badge: str
    why: str = ""
    progress: str = ""


@shown
@for_people
def mine(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """All of somebody's jobs, the newest first."""
    page = services.page(by.must_be_signed_in(), cursor=request.GET.get("cursor"))
    rows = [(job, _job_shown(job)) for job in page.items]
    return show(request, "jobs/list.html", {"place": "jobs", "rows": rows, "next": page.next})


@shown
@for_people
def job(request: HttpRequest, by: Caller, job_id: str) -> HttpResponseBase:
    """One job, and what became of each thing."""
    owner_id = by.must_be_signed_in()
    found = services.get(owner_id, UUID(job_id))
    page = services.items(owner_id, found.id, cursor=request.GET.get("cursor"))
    rows = [(item, _item_shown(item)) for item in page.items]
    archive = next((item.made for item in page.items if item.made), "") if found.action == ZIP else ""
    context = {
        "place": "jobs",
        "job": found,
        "shown": _job_shown(found),
        "archive": archive,
        "rows": [(item, said, name) for (item, said), name in zip(rows, _names(by, page.items), strict=True)],
        "next": page.next,
    }
    return show(request, "jobs/job.html", context)


@filled_in
@for_people
def cancel(request: HttpRequest, by: Caller, job_id: str) -> HttpResponseBase:
    """Ask one to stop."""
    owner_id = by.must_be_signed_in()
    return do(
        request,
        lambda: services.cancel(owner_id, UUID(job_id)),
        done=_("The job is being cancelled. What was done stays done."),
        back=reverse("jobs"),
    )


def _names(by: Caller, items: Sequence[JobItemInfo]) -> list[str]:
    """Return what the things are called that a job works on; "" for what is not to be seen any more."""
    ids = [UUID(item.subject) if len(item.subject) == len(str(UUID(int=0))) else None for item in items]
    wanted = [each for each in ids if each]
    names = trash.names_of(by=by, asset_ids=wanted) | tree.names_of(by=by, asset_ids=wanted)
    return [names.get(each, "") if each else item.subject for each, item in zip(ids, items, strict=True)]


def _job_shown(job: JobInfo) -> Shown:
    title, icon = SHOWN_AS.get(job.action, (_("Job"), "gear"))
    state, badge = STATES[job.state]
    failed = job.result.get("failed", 0) if isinstance(job.result, dict) else 0
    if job.state == "done" and failed:
        badge = "warn"
    return Shown(str(title), icon, str(state), badge, why=_why(job.error), progress=_progress(job, failed))


def _progress(job: JobInfo, failed: int) -> str:
    if failed:
        return _("%(failed)s of %(total)s failed") % {"failed": failed, "total": failed + job.result.get("done", 0)}
    if not job.total:
        return ""
    said = sizes.for_people if job.unit == BYTES else str
    if job.finished_at:
        return said(job.done)
    return _("%(done)s of %(total)s") % {"done": said(job.done), "total": said(job.total)}


def _item_shown(item: JobItemInfo) -> Shown:
    state, badge = STATES[item.state]
    return Shown("", "", str(state), badge, why=_why(item.code))


def _why(code: str) -> str:
    """Return why something failed, in the words of the refusal that has this code."""
    if code == LOST:
        return _("The server was stopped too often meanwhile.")
    return _(_titles()[code]) if code in _titles() else code


@cache
def _titles() -> dict[str, str]:
    return {kind.code: kind.title for kind in kinds_of_refusal()}
