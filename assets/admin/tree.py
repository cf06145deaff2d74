"""The tree as the staff see it: names, sizes and places, never contents."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter, RangeNumericFilter
from unfold.decorators import display

from assets import names
from assets.models import Asset, Upload, Version
from cloudbox.staff import Shown, size


class FoundByName(Shown[Any]):
    """Rows that a search finds by a part of a name, whatever case and accents, by the index of 3-grams."""

    named = ""  # the way from a row to what has the name

    def search(self, _request: HttpRequest, queryset: QuerySet[Any], term: str) -> tuple[QuerySet[Any], bool]:
        for word in names.fold(term).split():
            fits = {f"{self.named}grams__contains": names.grams(word), f"{self.named}fold__contains": word}
            queryset = queryset.filter(**fits)
        return queryset, False


@admin.register(Asset)
class AssetAdmin(FoundByName):
    list_display = ("name_shown", "kind", "owner", "parent", "amount", "any_one_access", "modified_at", "trashed_at")
    list_filter = (
        "kind",
        "any_one_access",
        ("name", FieldTextFilter),
        ("trashed_at", RangeDateTimeFilter),
        ("modified_at", RangeDateTimeFilter),
    )
    list_select_related = ("owner", "parent")
    id_fields = ("pk", "owner", "parent")
    search_fields = ("name",)
    search_help_text = "A part of a name, or the id of the thing, its folder or its owner"
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name_shown", "kind", "id", "owner", "parent", "created_by", "created_at")}),
        ("Content", {"fields": ("content_type", "amount", "current", "modified_at", "revision")}),
        ("Sharing", {"fields": ("any_one_access", "inherits")}),
        ("Trash", {"fields": ("trashed_at", "trashed_by", "purging_at")}),
    )

    @display(description="Name")
    def name_shown(self, asset: Asset) -> str:
        return asset.name or "(root)"

    @display(description="Size")
    def amount(self, asset: Asset) -> str:
        return "-" if asset.is_folder else size(asset.size)


@admin.register(Version)
class VersionAdmin(FoundByName):
    named = "asset__"
    list_display = ("asset", "seq", "amount", "content_type", "created_by", "created_at")
    list_filter = (("content_type", FieldTextFilter), ("created_at", RangeDateTimeFilter), ("size", RangeNumericFilter))
    list_select_related = ("asset", "created_by")
    id_fields = ("pk", "asset", "blob")
    search_fields = ("asset__name",)
    search_help_text = "A part of the file's name, or the id of the version, the file or the blob"
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("asset", "seq", "id", "amount", "content_type", "etag", "created_by", "created_at")}),
        ("Bytes", {"fields": ("blob", "checksums", "part_sizes")}),
        ("Rules", {"fields": ("is_marker", "is_null", "retain_until", "legal_hold")}),
    )

    @display(description="Size")
    def amount(self, version: Version) -> str:
        return size(version.size)


@admin.register(Upload)
class UploadAdmin(Shown[Upload]):
    nothing = "Nothing is being uploaded."
    list_display = ("name", "owner", "created_by", "amount", "held", "created_at", "lease_until", "expires_at")
    list_select_related = ("owner", "created_by")
    id_fields = ("pk", "owner", "folder")
    search_fields = ("name", "owner__username")
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", "id", "owner", "created_by", "folder", "amount", "held")}),
        ("Times", {"fields": ("created_at", "lease_until", "expires_at")}),
    )

    @display(description="Announced")
    def amount(self, upload: Upload) -> str:
        return size(upload.size)

    @display(description="Held")
    def held(self, upload: Upload) -> str:
        return size(upload.reserved)
