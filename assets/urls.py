"""The native doors of the tree, below /api/v1/, each with and without its last slash."""

from django.urls import include, path, re_path

from assets import link_urls
from assets.api import (
    archives,
    bulk,
    content,
    files,
    finding,
    folders,
    history,
    labels,
    links,
    people,
    pictures,
    places,
    presigned,
    transfers,
    tus,
    versions,
)

_folder = [
    re_path(r"^/?$", folders.Folder.as_view()),
    re_path(r"^/content/?$", folders.FolderContent.as_view()),
    re_path(r"^/retention/?$", versions.Retention.as_view()),
    re_path(r"^/files/(?P<name>[^/]+)/?$", content.NamedFile.as_view()),
]
_file = [
    re_path(r"^/?$", files.FileOrUpload.as_view()),
    re_path(r"^/content/?$", content.FileContent.as_view()),
    re_path(r"^/view/?$", content.FileView.as_view()),
    re_path(r"^/versions/?$", files.FileVersions.as_view()),
    re_path(r"^/thumbnail/?$", pictures.Thumbnail.as_view()),
    re_path(r"^/versions/(?P<seq>[0-9]{1,9})/content/?$", content.FileVersion.as_view(), name="version-content"),
    re_path(r"^/versions/(?P<seq>[0-9]{1,9})/thumbnail/?$", pictures.VersionThumbnail.as_view()),
    re_path(r"^/versions/(?P<seq>[0-9]{1,9})/?$", versions.FileVersion.as_view()),
    re_path(r"^/versions/(?P<seq>[0-9]{1,9})/restore/?$", versions.RestoreVersion.as_view()),
]
_asset = [
    re_path(r"^/download/?$", archives.Download.as_view(), name="download"),
    re_path(r"^/editors/?$", people.Editors.as_view()),
    re_path(r"^/viewers/?$", people.Viewers.as_view()),
    re_path(r"^/access-type/?$", people.AccessType.as_view()),
    re_path(r"^/inheritance/?$", people.Inheritance.as_view()),
    re_path(r"^/tags/?$", labels.AssetTags.as_view()),
    re_path(r"^/metadata/?$", labels.AssetMetadata.as_view()),
    re_path(r"^/activity/?$", history.AssetActivity.as_view()),
    re_path(r"^/favourite/?$", labels.AssetFavourite.as_view()),
    re_path(r"^/links/?$", links.AssetLinks.as_view()),
    re_path(r"^/move/?$", places.Move.as_view()),
    re_path(r"^/transfer/?$", transfers.AssetTransfer.as_view()),
    re_path(r"^/copy/?$", bulk.Copy.as_view()),
]
_trashed = [
    re_path(r"^/?$", places.Trashed.as_view()),
    re_path(r"^/restore/?$", places.Restore.as_view()),
]
_offered = [
    re_path(r"^/?$", transfers.OneTransfer.as_view()),
    re_path(r"^/accept/?$", transfers.Accept.as_view()),
    re_path(r"^/decline/?$", transfers.Decline.as_view()),
]

_upload = [re_path(r"^/?$", tus.Upload.as_view())]

urlpatterns = [
    re_path(r"^store/folders/?$", folders.Folders.as_view()),
    re_path(r"^store/folders/content/?$", folders.FolderContent.as_view()),
    re_path(r"^store/folders/retention/?$", versions.Retention.as_view()),
    re_path(r"^store/folders/files/(?P<name>[^/]+)/?$", content.NamedFile.as_view()),
    path("store/folders/<uuid:folder_id>", include(_folder)),
    re_path(r"^store/files/?$", files.Uploads.as_view()),
    path("store/files/<uuid:file_id>", include(_file)),
    path("store/assets/<uuid:asset_id>", include(_asset)),
    re_path(r"^store/bulk/?$", bulk.Bulk.as_view()),
    re_path(r"^store/download/?$", archives.Selection.as_view()),
    re_path(r"^uploads/?$", tus.Uploads.as_view()),
    path("uploads/<uuid:upload_id>", include(_upload)),
    re_path(r"^store/links/?$", links.MyLinks.as_view()),
    path("store/links/<uuid:link_id>", include([re_path(r"^/?$", links.OneLink.as_view())])),
    path("links/<str:token>", include(link_urls)),
    re_path(r"^store/presign/?$", presigned.Presign.as_view()),
    re_path(r"^presigned/(?P<token>[^/]+)/?$", presigned.Presigned.as_view()),
    re_path(r"^store/search/?$", finding.Search.as_view()),
    re_path(r"^store/recent/?$", finding.Recent.as_view()),
    re_path(r"^store/favourites/?$", finding.Favourites.as_view()),
    re_path(r"^store/shared-with-me/?$", finding.WithMe.as_view()),
    re_path(r"^store/shared-by-me/?$", finding.ByMe.as_view()),
    re_path(r"^store/trash/?$", places.Trash.as_view()),
    path("store/trash/<uuid:asset_id>", include(_trashed)),
    re_path(r"^store/transfers/?$", transfers.Transfers.as_view()),
    path("store/transfers/<uuid:offer_id>", include(_offered)),
]
