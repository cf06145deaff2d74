"""Pages of the administration that show rows. What the staff changes goes through the services, never through a form.

Who sees a page and may act there stands in one table, `cloudbox.duties`. A state-changing action is a POST: a button of
a list, or a dialog.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import reduce, wraps
from operator import or_
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin
from unfold.dataclasses import ActionDialog, UnfoldAction
from unfold.forms import BaseDialogForm
from unfold.paginator import InfinitePaginator

from cloudbox.duties import may_do, may_see
from cloudbox.errors import Refusal
from cloudbox.sizes import as_text

Row = TypeVar("Row", bound=Model)


class Shown(ModelAdmin, Generic[Row]):
    """Rows that can be searched and looked at. Pages are found without counting the table."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_disable_select_all = True
    list_filter_sheet = True
    list_filter_submit = True
    show_facets = ShowFacets.NEVER  # they would count the table
    list_fullwidth = True
    compressed_fields = True

    id_fields: tuple[str, ...] = ("pk",)  # UUIDs that a search may name, each with an index
    nothing = "There is nothing here."  # what a list says that has no rows

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        title = capfirst(self.opts.verbose_name_plural)  # Django's own one asks to select a row
        return super().changelist_view(request, {**(extra_context or {}), "title": title})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        term = search_term.strip()
        try:
            wanted = UUID(term) if "-" in term else None  # as many letters without are the key of a blob
        except ValueError:
            wanted = None
        if wanted is None:
            return self.search(request, queryset, term)
        return queryset.filter(reduce(or_, (Q(**{field: wanted}) for field in self.id_fields), Q())), False

    def search(self, request: HttpRequest, queryset: QuerySet[Row], term: str) -> tuple[QuerySet[Row], bool]:
        """Return the rows that fit a term which is no id, and whether any is among them twice."""
        return super().get_search_results(request, queryset, term)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse to filter by what is not shown: the answers would tell a hash or a link letter by letter."""
        filters = [entry[0] if isinstance(entry, tuple) else entry for entry in self.list_filter]
        shown = {*self.list_display, *flatten_fieldsets(self.fieldsets or ()), *filters}
        try:
            name = self.opts.get_field(lookup.partition("__")[0]).name
        except FieldDoesNotExist:  # a filter's own parameter, or nothing that could be told
            return super().lookup_allowed(lookup, value, request)
        is_filter = any(f"{lookup}__".startswith(f"{entry}__") for entry in filters)
        return (is_filter or name in shown) and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, _request: HttpRequest, _obj: Row | None = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Row | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, _obj: Row | None = None) -> bool:
        return self.admin_site.has_permission(request) and may_see(_role(request), self.opts.label_lower)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def may_do(self, request: HttpRequest, action: str) -> bool:
        """Return whether whoever asks may do this here."""
        named = f"{self.opts.label_lower}.{action}"
        return self.has_view_permission(request) and may_do(_role(request), named)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        return {name: action for name, action in actions.items() if self.may_do(request, name)}

    def get_unfold_action(self, action: str) -> UnfoldAction:
        """Return a dialog that refuses those who may not do this, at its address too, and ids that are none."""
        found = super().get_unfold_action(action)
        act = found.method

        @wraps(act)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.may_do(request, action):
                raise PermissionDenied
            if not self._could_be_an_id(kwargs.get("object_id")):
                raise Http404
            answer: HttpResponse = act(request, *args, **kwargs)
            return answer

        found.method = guarded
        return found

    def _could_be_an_id(self, text: str | None) -> bool:
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return True

    def get_actions_list(self, request: HttpRequest) -> list[UnfoldAction]:
        return self._those_one_may_do(request, super().get_actions_list(request))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[UnfoldAction]:
        return self._those_one_may_do(request, super().get_actions_detail(request, object_id))

    def _those_one_may_do(self, request: HttpRequest, actions: list[UnfoldAction]) -> list[UnfoldAction]:
        return [action for action in actions if self.may_do(request, action.method.original_function_name)]

    def record(self, request: HttpRequest, verb: str, row: Row) -> None:
        """Write into the audit log that the staff did this to the row. What a service does, it records itself."""
        site: Any = self.admin_site  # cloudbox.console.site.Console, which stands above every app
        site.record_on(request, verb, row)

    def caller(self, request: HttpRequest) -> Any:
        """Return who of the staff asks, for the services of apps that do not know `accounts`."""
        site: Any = self.admin_site  # the same
        return site.caller(request)

    def do_each(self, request: HttpRequest, rows: Iterable[Row], act: Callable[[Row], Any], *, done: str) -> None:
        """Do `act` with each row, and tell the staff how many are `done` and what was said of the others.

        Each act and its entry in the audit log are one transaction.
        """
        count = 0
        for row in rows:
            try:
                with transaction.atomic():
                    act(row)
            except Refusal as refusal:
                self.message_user(request, f"{row}: {refusal.message}", messages.WARNING)
            else:
                count += 1
        if count:
            self.message_user(request, f"{count} {done}.", messages.SUCCESS)


def _role(request: HttpRequest) -> str:
    """Return the role of whoever of the staff asks; `accounts`, which knows the users, stands above this."""
    return str(getattr(request.user, "staff_role", ""))


def dialog_again(request: HttpRequest, dialog: ActionDialog, form: BaseDialogForm, refusal: Refusal) -> HttpResponse:
    """Return the dialog with what the service said against what was filled in."""
    named = str(refusal.facts.get("field", ""))
    form.add_error(named if named in form.fields else next(iter(form.visible_fields())).name, refusal.message)
    context = {"dialog": dialog, "form": form, "form_submit_text": dialog.get("form_submit_text")}
    return render(request, "unfold/helpers/dialog.html", context)


def go_to(address: str) -> HttpResponse:
    """Return the answer to a dialog that was filled in: the browser opens `address`."""
    return HttpResponse(headers={"HX-Redirect": address})


def size(number: int | None) -> str:
    """Return a number of bytes as people read it, on one line."""
    return "-" if number is None else as_text(number).replace(" ", "\N{NO-BREAK SPACE}")


def lasting(since: datetime) -> str:
    """Return how long ago a time is, as people say it."""
    said = timesince(since)
    return "less than a minute" if said.startswith("0") else said
