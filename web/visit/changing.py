"""What somebody does who comes by a link that lets them edit: folders, names, and the trash. Uploads are a script's."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from assets.services import trash, tree
from assets.shapes import AssetView
from web.pages import do, filled_in
from web.visit.coming import Coming, by_link


@filled_in
@by_link
def make_folder(request: HttpRequest, coming: Coming, asset_id: str) -> HttpResponseBase:
    """A new folder in this one."""
    name = request.POST.get("name", "")
    folder_id = UUID(asset_id)
    return do(
        request,
        lambda: tree.make_folder(by=coming.by, parent_id=folder_id, name=name),
        done=_("The folder is made."),
        back=_page_of(coming, folder_id),
    )


@filled_in
@by_link
def rename(request: HttpRequest, coming: Coming, asset_id: str) -> HttpResponseBase:
    """Another name."""
    asset = tree.get(by=coming.by, asset_id=UUID(asset_id))
    return do(
        request,
        lambda: tree.rename(by=coming.by, asset_id=asset.id, name=request.POST.get("name", "")),
        done=_("It is renamed."),
        back=_above(coming, asset),
    )


@filled_in
@by_link
def delete(request: HttpRequest, coming: Coming, asset_id: str) -> HttpResponseBase:
    """Into the trash of whoever owns it."""
    asset = tree.get(by=coming.by, asset_id=UUID(asset_id))
    return do(
        request,
        lambda: trash.trash(by=coming.by, asset_id=asset.id),
        done=_("It is in the trash of its owner."),
        back=_above(coming, asset),
    )


def _above(coming: Coming, asset: AssetView) -> str:
    return _page_of(coming, asset.parent) if asset.parent else coming.address


def _page_of(coming: Coming, folder_id: UUID) -> str:
    """Return the page of a folder below the link, or of the link itself."""
    is_top = coming.by.limits is not None and coming.by.limits.folder_id == folder_id
    return coming.address if is_top else reverse("visit-asset", args=[coming.token, folder_id])
