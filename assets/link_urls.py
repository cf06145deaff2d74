"""The doors below /api/v1/links/<token>: those of the tree, but for the trash, old versions and all about people."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from assets.api import archives, content, files, folders, pictures, places, tus, visiting
from assets.api.through import through_link

_folder = [
    re_path(r"^/?$", through_link(folders.Folder)),
    re_path(r"^/content/?$", through_link(folders.FolderContent)),
    re_path(r"^/files/(?P<name>[^/]+)/?$", through_link(content.NamedFile)),
]
_file = [
    re_path(r"^/?$", through_link(files.FileOrUpload)),
    re_path(r"^/content/?$", through_link(content.FileContent)),
    re_path(r"^/view/?$", through_link(content.FileView)),
    re_path(r"^/thumbnail/?$", through_link(pictures.Thumbnail)),
]
_asset = [
    re_path(r"^/download/?$", through_link(archives.Download)),
    re_path(r"^/move/?$", through_link(places.Move)),
]
_upload = [
    re_path(r"^/?$", through_link(tus.Upload)),
]
urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^/?$", visiting.LinkItself.as_view()),
    re_path(r"^/unlock/?$", visiting.Unlock.as_view()),
    re_path(r"^/report/?$", visiting.Report.as_view()),
    path("/folders/<uuid:folder_id>", include(_folder)),
    path("/files/<uuid:file_id>", include(_file)),
    re_path(r"^/download/?$", through_link(archives.Selection)),
    re_path(r"^/uploads/?$", through_link(visiting.UploadsByLink)),
    path("/uploads/<uuid:upload_id>", include(_upload)),
    path("/assets/<uuid:asset_id>", include(_asset)),
]
