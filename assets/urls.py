"""The native doors of the tree, below /api/v1/, each with and without its last slash."""

from django.urls import re_path

from assets.api import content, files, folders, people, places

_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FOLDER, _FILE, _ASSET = (f"(?P<{name}_id>{_ID})" for name in ("folder", "file", "asset"))

urlpatterns = [
    re_path(r"^store/folders/?$", folders.Folders.as_view()),
    re_path(r"^store/folders/content/?$", folders.FolderContent.as_view()),
    re_path(rf"^store/folders/{_FOLDER}/?$", folders.Folder.as_view()),
    re_path(rf"^store/folders/{_FOLDER}/content/?$", folders.FolderContent.as_view()),
    re_path(r"^store/folders/files/(?P<name>[^/]+)/?$", content.NamedFile.as_view()),
    re_path(rf"^store/folders/{_FOLDER}/files/(?P<name>[^/]+)/?$", content.NamedFile.as_view()),
    re_path(r"^store/files/?$", files.Uploads.as_view()),
    re_path(rf"^store/files/{_FILE}/?$", files.FileOrUpload.as_view()),
    re_path(rf"^store/files/{_FILE}/content/?$", content.FileContent.as_view()),
    re_path(rf"^store/files/{_FILE}/view/?$", content.FileView.as_view()),
    re_path(rf"^store/files/{_FILE}/versions/?$", files.FileVersions.as_view()),
    re_path(rf"^store/files/{_FILE}/versions/(?P<seq>[0-9]{{1,9}})/content/?$", content.FileVersion.as_view()),
    re_path(rf"^store/assets/{_ASSET}/download/?$", content.Download.as_view()),
    re_path(rf"^store/assets/{_ASSET}/editors/?$", people.Editors.as_view()),
    re_path(rf"^store/assets/{_ASSET}/viewers/?$", people.Viewers.as_view()),
    re_path(rf"^store/assets/{_ASSET}/access-type/?$", people.AccessType.as_view()),
    re_path(rf"^store/assets/{_ASSET}/move/?$", places.Move.as_view()),
    re_path(r"^store/trash/?$", places.Trash.as_view()),
    re_path(rf"^store/trash/{_ASSET}/?$", places.Trashed.as_view()),
    re_path(rf"^store/trash/{_ASSET}/restore/?$", places.Restore.as_view()),
]
