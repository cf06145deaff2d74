"""Jobs, and the schedule by which beat queues the regular tasks."""

from datetime import timedelta
from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display

from cloudbox.later import later
from cloudbox.staff import Shown
from jobs import services
from jobs.models import Job

JOB_LABELS = {"queued": "info", "running": "info", "done": "success", "failed": "danger", "cancelled": "warning"}


@admin.register(Job)
class JobAdmin(Shown[Job]):
    list_display = ("created_at", "kind", "owner", "shown_state", "progress", "attempts", "error")
    list_filter = ("state", ("kind", FieldTextFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("owner",)
    id_fields = ("pk", "owner")
    search_fields = ("kind", "owner__username")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["cancel"]
    fieldsets = (
        (None, {"fields": ("id", "kind", "owner", "arguments")}),
        ("State", {"fields": ("state", "progress", "cancel_requested", "result", "error")}),
        ("Work", {"fields": ("attempts", "fence", "lease_until", "created_at", "started_at", "finished_at")}),
    )

    @display(description="State", label=JOB_LABELS)
    def shown_state(self, job: Job) -> str:
        return job.state

    @display(description="Progress")
    def progress(self, job: Job) -> str:
        of = f" of {job.total}" if job.total is not None else ""
        return f"{job.done}{of} {job.unit}".strip()

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        def act(job: Job) -> None:
            services.cancel_any(job.pk)
            self.record(request, "job_cancelled", job)

        self.do_each(request, jobs, act, done="told to stop")


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(Shown[PeriodicTask]):
    id_fields = ()
    list_display = ("name", "schedule", "enabled", "last_run_at", "total_run_count")
    list_select_related = ("interval", "crontab")
    search_fields = ("name", "task")
    ordering = ("name",)
    sortable_by = ()
    actions: ClassVar = ["run_now"]
    fieldsets = (
        (None, {"fields": ("name", "task", "schedule", "enabled")}),
        ("Runs", {"fields": ("last_run_at", "total_run_count", "date_changed", "description")}),
    )

    @display(description="When")
    def schedule(self, task: PeriodicTask) -> str:
        if task.interval:
            return f"every {timedelta(**{task.interval.period: task.interval.every})}"
        return str(task.crontab.human_readable if task.crontab else task.schedule)

    @admin.action(description="Run now")
    def run_now(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        def act(task: PeriodicTask) -> None:
            later(task.task)
            self.record(request, "task_run", task)

        self.do_each(request, tasks, act, done="queued")
