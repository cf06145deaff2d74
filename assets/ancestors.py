"""The addresses of the ancestors' doors.

An identifier stands at the end of its address as it is, percent-encoded where it must be: a slash at the end is part
of it.
"""

from django.urls import include, path, re_path

from assets.api import blobs, data, file

_file = [
    re_path(r"^upload/(?P<path>[\s\S]+)$", file.Upload.as_view()),
    re_path(r"^download/?$", file.Download.as_view()),
    re_path(r"^list/?$", file.List.as_view()),
    re_path(r"^information/?$", file.Information.as_view()),
    re_path(r"^properties/?$", file.Properties.as_view()),
    re_path(r"^hash/?$", file.Hash.as_view()),
    re_path(r"^folder/?$", file.Folder.as_view()),
    re_path(r"^delete/?$", file.Delete.as_view()),
    re_path(r"^move/?$", file.Move.as_view()),
    re_path(r"^copy/?$", file.Copy.as_view()),
]

urlpatterns = [
    path("api/v1/file/", include(_file)),
    re_path(r"^data/file/?$", data.Objects.as_view()),
    re_path(r"^data/file/(?P<identifier>[\s\S]+)$", data.Object.as_view()),
    re_path(r"^data/metadata/(?P<identifier>[\s\S]+)$", data.Metadata.as_view()),
    re_path(r"^data/user_file/?$", data.MyObjects.as_view()),
    re_path(r"^data/get_identity/?$", data.Identity.as_view()),
    re_path(r"^v1/blobs/?$", blobs.Blobs.as_view()),
    re_path(r"^v1/blobs/(?P<blob>[\s\S]+)$", blobs.Blob.as_view()),
]
