"""The addresses of the ancestors' doors that are not below /api/v1/.

An identifier stands at the end of its address as it is, percent-encoded where it must be: a slash at the end is part
of it.
"""

from django.urls import re_path

from assets.api import blobs, data

urlpatterns = [
    re_path(r"^data/file/?$", data.Objects.as_view()),
    re_path(r"^data/file/(?P<identifier>[\s\S]+)$", data.Object.as_view()),
    re_path(r"^data/metadata/(?P<identifier>[\s\S]+)$", data.Metadata.as_view()),
    re_path(r"^data/user_file/?$", data.MyObjects.as_view()),
    re_path(r"^data/get_identity/?$", data.Identity.as_view()),
    re_path(r"^v1/blobs/?$", blobs.Blobs.as_view()),
    re_path(r"^v1/blobs/(?P<blob>[\s\S]+)$", blobs.Blob.as_view()),
]
