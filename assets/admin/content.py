"""Bytes as the staff see them, and what befalls them: never the bytes themselves."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter, RangeNumericFilter
from unfold.decorators import display

from assets import damage, moving, previews
from assets.models import Blob, Condemned, Damage, Move, Preview
from cloudbox.staff import Row, Shown, lasting, size


class WithFiles(Shown[Row]):
    """Rows about a blob, with the files that it is the content of: names, never contents."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Look the files of all rows of the page up at once."""
        changes = super().get_changelist_instance(request)
        if "files" in self.list_display:
            files = damage.files_of(self.blob_of(row) for row in changes.result_list)
            for row in changes.result_list:
                row.concerned = files.get(self.blob_of(row), [])
        return changes

    def blob_of(self, row: Any) -> UUID:
        blob_id: UUID = row.blob_id
        return blob_id

    @display(description="Blob")
    def of_blob(self, row: Any) -> str:
        return str(self.blob_of(row))

    @display(description="Files")
    def files(self, row: Any) -> str:
        blob_id = self.blob_of(row)
        concerned = row.concerned if hasattr(row, "concerned") else damage.files_of([blob_id]).get(blob_id, [])
        return ", ".join(f"{file['name']} ({file['owner']}, version {file['version']})" for file in concerned) or "-"


@admin.register(Blob)
class BlobAdmin(WithFiles[Blob]):
    list_display = ("id", "kind", "amount", "store", "beginning", "created_at", "verified_at")
    list_filter = (
        "kind",
        ("store", FieldTextFilter),
        ("created_at", RangeDateTimeFilter),
        ("size", RangeNumericFilter),
    )
    search_fields = ("sha256__exact", "key__exact")
    search_help_text = "The whole of an id, a SHA-256 or a key"
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("id", "kind", "amount", "files", "created_at", "verified_at")}),
        ("Where", {"fields": ("store", "key")}),
        ("Digests", {"fields": ("sha256", "md5")}),
    )

    def blob_of(self, row: Blob) -> UUID:
        return row.pk

    @display(description="Size")
    def amount(self, blob: Blob) -> str:
        return size(blob.size)

    @display(description="SHA-256")
    def beginning(self, blob: Blob) -> str:
        return f"{blob.sha256[:12]}…" if blob.sha256 else "-"


@admin.register(Condemned)
class CondemnedAdmin(Shown[Condemned]):
    nothing = "No bytes wait for their deletion."
    list_display = ("key", "store", "amount", "delete_at")
    list_filter = (("delete_at", RangeDateTimeFilter), ("store", FieldTextFilter))
    search_fields = ("key__exact",)
    search_help_text = "The whole of a key"
    ordering = ("delete_at",)
    sortable_by = ()

    @display(description="Size")
    def amount(self, condemned: Condemned) -> str:
        return size(condemned.size)


@admin.register(Move)
class MoveAdmin(WithFiles[Move]):
    nothing = "Nothing is on the way to another store."
    list_display = ("of_blob", "amount", "source", "destination", "waiting", "state", "attempts", "error", "next_try")
    list_filter = (("store", FieldTextFilter), ("error", FieldTextFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("blob",)
    id_fields = ("blob",)
    search_fields = ("error",)
    search_help_text = "A part of the error, or the id of the blob"
    ordering = ("id",)
    sortable_by = ()
    actions: ClassVar = ["try_now"]
    fieldsets = (
        (None, {"fields": ("blob", "files", "amount", "source", "destination", "key", "waiting")}),
        ("Attempts", {"fields": ("state", "attempts", "error", "next_try", "lease_until", "fence", "created_at")}),
    )

    @display(description="Next try")
    def next_try(self, move: Move) -> str:
        return date_format(move.retry_at, "DATETIME_FORMAT")

    @display(description="Size")
    def amount(self, move: Move) -> str:
        return size(move.blob.size)

    @display(description="From")
    def source(self, move: Move) -> str:
        return move.blob.store

    @display(description="To")
    def destination(self, move: Move) -> str:
        return move.store

    @display(description="Waiting for")
    def waiting(self, move: Move) -> str:
        return lasting(move.created_at)

    @display(description="State", label={"on its way": "info", "failed": "danger", "waiting": "warning"})
    def state(self, move: Move) -> str:
        if move.lease_until and move.lease_until > timezone.now():
            return "on its way"
        return "failed" if move.error else "waiting"

    @admin.action(description="Try now")
    def try_now(self, request: HttpRequest, moves: QuerySet[Move]) -> None:
        def act(move: Move) -> None:
            moving.try_now(move.blob_id)
            self.record(request, "move_tried", move)

        self.do_each(request, moves, act, done="queued")


@admin.register(Preview)
class PreviewAdmin(WithFiles[Preview]):
    nothing = "No picture, video or sound was uploaded yet."
    list_display = (
        "of_blob",
        "content_type",
        "state_shown",
        "reason",
        "dimensions",
        "attempts",
        "next_try",
        "created_at",
    )
    list_filter = ("state", ("reason", FieldTextFilter), ("content_type", FieldTextFilter))
    id_fields = ("blob",)
    search_fields = ("reason", "content_type")
    search_help_text = "A part of the reason or of the type, or the id of the blob"
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["try_again"]
    fieldsets = (
        (None, {"fields": ("blob", "files", "content_type", "state_shown", "reason", "dimensions", "lasts", "sizes")}),
        ("Attempts", {"fields": ("attempts", "next_try", "created_at")}),
    )

    @display(description="State", label={"made": "success", "waiting": "info", "none": "warning"})
    def state_shown(self, row: Preview) -> str:
        return row.state

    @display(description="Pixels")
    def dimensions(self, row: Preview) -> str:
        return f"{row.width} by {row.height}" if row.width and row.height else "-"

    @display(description="Seconds")
    def lasts(self, row: Preview) -> str:
        return "-" if row.duration is None else f"{row.duration / 1000:g}"

    @display(description="Thumbnails")
    def sizes(self, row: Preview) -> str:
        return ", ".join(f"{each.edge} ({size(each.image.size)})" for each in row.thumbnails.select_related("image"))

    @display(description="Next try")
    def next_try(self, row: Preview) -> str:
        return date_format(row.retry_at, "DATETIME_FORMAT") if row.state == Preview.State.WAITING else "-"

    @admin.action(description="Try again")
    def try_again(self, request: HttpRequest, rows: QuerySet[Preview]) -> None:
        def act(row: Preview) -> None:
            previews.try_again(row.blob_id)
            self.record(request, "preview_tried", row)

        self.do_each(request, rows, act, done="queued")


@admin.register(Damage)
class DamageAdmin(WithFiles[Damage]):
    nothing = "No stored bytes are known to be damaged."
    list_display = ("of_blob", "kind_shown", "store", "amount", "found_at", "files")
    list_filter = ("kind", ("blob__store", FieldTextFilter), ("found_at", RangeDateTimeFilter))
    list_select_related = ("blob",)
    id_fields = ("blob",)
    search_fields = ("blob__key__exact",)
    search_help_text = "The whole of a key, or the id of the blob"
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["check_again"]
    fieldsets = (
        (None, {"fields": ("blob", "kind_shown", "found_at", "files", "remedy")}),
        ("Where", {"fields": ("store", "key", "amount")}),
    )

    @display(description="What", label={"missing": "danger", "altered": "danger"})
    def kind_shown(self, row: Damage) -> str:
        return row.kind

    @display(description="Store")
    def store(self, row: Damage) -> str:
        return row.blob.store

    @display(description="Key")
    def key(self, row: Damage) -> str:
        return row.blob.key or "-"

    @display(description="Size")
    def amount(self, row: Damage) -> str:
        return size(row.blob.size)

    @display(description="What to do")
    def remedy(self, _row: Damage) -> str:
        return (
            "Put the bytes back under their key, from a backup, and let the list check them again. Without a backup "
            "the owners must delete the file for good, and upload it once more."
        )

    @admin.action(description="Check again now")
    def check_again(self, request: HttpRequest, rows: QuerySet[Damage]) -> None:
        def act(row: Damage) -> None:
            damage.check_again(row.blob_id)
            self.record(request, "damage_checked", row)

        self.do_each(request, rows, act, done="queued; what is right again leaves this list")
