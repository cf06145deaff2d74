"""What somebody pastes to begin with a new access key: commands that work as they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.services.keys import NewKey

_PYTHON_BEGINS = """\
import pathlib

import requests

API = "{api}"
session = requests.Session()
session.headers["Authorization"] = "Bearer {token}"
"""
_PYTHON_UPLOADS = """
with open("photo.jpg", "rb") as file:
    session.put(f"{{API}}/store/{place}/files/photo.jpg", data=file).raise_for_status()
"""
_PYTHON_LISTS = """
for item in session.get(f"{{API}}/store/{place}/content").json()["items"]:
    print(item["name"], item["size"])
    if item["kind"] == "file":
        content = session.get(f"{{API}}/store/files/{{item['id']}}/content").content
        pathlib.Path(item["name"]).write_bytes(content)
"""


@dataclass(frozen=True)
class Command:
    """One thing to paste, and what it does."""

    does: str
    text: str


@dataclass(frozen=True)
class Snippet:
    """Commands for one tool."""

    tool: str
    commands: list[Command]


def snippets_of(key: NewKey, *, url: str, root: UUID) -> list[Snippet]:
    """Return what can be done with the key at once, for each tool; nothing for a key that sees no files.

    Without a folder of its own the key begins at `root`.
    """
    if "read" not in key.info.scopes:
        return []
    return [
        Snippet("curl", list(_curl(key, f"{url}/api/v1", root))),
        Snippet("Python", [_python(key, f"{url}/api/v1")]),
    ]


def _curl(key: NewKey, api: str, root: UUID) -> Iterator[Command]:
    begins = f'curl --fail-with-body -H "Authorization: Bearer {key.token}"'
    place = _place(key)
    if "write" in key.info.scopes:
        yield Command(_("Upload a file"), f"{begins} -T photo.jpg {api}/store/{place}/files/photo.jpg")
    yield Command(_("List what is there"), f"{begins} {api}/store/{place}/content")
    top = key.info.folder_id or root
    yield Command(_("Download it all as one archive"), f"{begins} -o files.zip {api}/store/assets/{top}/download/")


def _python(key: NewKey, api: str) -> Command:
    place = _place(key)
    begins = _PYTHON_BEGINS.format(api=api, token=key.token)
    lists = _PYTHON_LISTS.format(place=place)
    if "write" not in key.info.scopes:
        return Command(_("List and download, with the package requests"), begins + lists)
    return Command(
        _("Upload, list and download, with the package requests"), begins + _PYTHON_UPLOADS.format(place=place) + lists
    )


def _place(key: NewKey) -> str:
    return f"folders/{key.info.folder_id}" if key.info.folder_id else "folders"
