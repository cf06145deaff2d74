"""Names and places that nothing may have, through every door that takes a name."""

import unicodedata
from urllib.parse import quote

import pytest

from tests.visitors import Visitor, asked, place_of
from tests.wire import ask

BAD = {
    "nothing": "",
    "a space": " ",
    "spaces of other widths": "\u00a0\u3000",
    "this folder": ".",
    "the folder above": "..",
    "a path": "a/b",
    "a path up": "../a",
    "a NUL": "a\0b",
    "a line break": "a\nb",
    "a header": "a\r\nSet-Cookie: b=c",
    "an escape": "a\x1b[31m",
    "a delete": "a\x7f",
    "text turned round": "invoice\u202efdp.exe",
    "an isolate": "a\u2066b",
    "256 bytes": "a" * 256,
    "258 bytes of 86 letters": "€" * 86,
}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
UNICODE = {
    "255 bytes": "a" * 255,
    "an emoji": "🦦.txt",
    "Arabic": "ملف.txt",
    "quotes": "a\"b'c.txt",
    "a backslash": "a\\b.txt",
    "percent": "100%41.txt",
    "a semicolon": "a;filename=b.exe",
    "shell": "$(reboot)`id`.txt",
    "SQL": "'; DROP TABLE assets_asset; --",
    "a template": "{{7*7}}${7*7}<img src=x onerror=alert(1)>",
    "a dot file": ".htaccess",
    "a device": "CON",
    "dots": "...",
}


def names_in(visitor: Visitor, folder: str) -> list[str]:
    return [item["name"] for item in asked(visitor.get(f"/api/v1/store/folders/{folder}/content"))["items"]]


@pytest.fixture(scope="module")
def place(alice: Visitor) -> str:
    """An empty folder of alice's, which stays empty."""
    return alice.make_folder("stays empty")


@pytest.fixture(scope="module")
def victim(alice: Visitor) -> str:
    """A folder that somebody tries to give a bad name."""
    return alice.make_folder("victim")


@pytest.mark.parametrize("name", BAD.values(), ids=BAD.keys())
def test_a_bad_name_is_refused_by_every_door_and_changes_nothing(alice, place, victim, name):
    part = f"Content-Disposition: form-data; name=file; filename*=utf-8''{quote(name, safe='')}"
    answers = {
        "create": alice.post(f"/api/v1/store/folders/{place}", json={"name": name}),
        "rename": alice.patch(f"/api/v1/store/folders/{victim}", json={"name": name}),
        "move": alice.post(f"/api/v1/store/assets/{victim}/move", json={"folder": place, "name": name}),
        "copy": alice.post(f"/api/v1/store/assets/{victim}/copy", json={"folder": place, "name": name}),
        "form": alice.post(f"/api/v1/store/files/{place}", data=f"--b\r\n{part}\r\n\r\nx\r\n--b--\r\n", headers=FORM),
    }
    path, signed_in = place_of(quote(name, safe=""), place), f"Authorization: Bearer {alice.token}"
    put = ask(alice.url, "PUT", path, signed_in, "Content-Length: 0")

    assert {door: answer.status_code for door, answer in answers.items()} == dict.fromkeys(answers, 400)
    assert put.status in {400, 404}  # an empty name and a slash make another address
    assert names_in(alice, place) == []
    assert asked(alice.get(f"/api/v1/store/folders/{victim}"))["name"] == "victim"


@pytest.mark.parametrize("name", UNICODE.values(), ids=UNICODE.keys())
def test_a_strange_but_legal_name_stays_as_it_is(alice, name):
    file = alice.store(quote(name, safe=""), b"otters")
    download = alice.get(f"/api/v1/store/files/{file['id']}/content")

    assert file["name"] == name
    assert download.content == b"otters"
    assert download.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "Set-Cookie" not in download.headers


def test_two_spellings_of_one_name_are_one_name(alice):
    folder = alice.make_folder("twins")
    composed, decomposed = (unicodedata.normalize(form, "résumé") for form in ("NFC", "NFD"))
    alice.make_folder(composed, below=folder)

    again = alice.post(f"/api/v1/store/folders/{folder}", json={"name": decomposed})

    assert again.status_code == 409
    assert names_in(alice, folder) == [composed]


def test_a_file_and_a_folder_never_share_a_name(alice):
    folder = alice.make_folder("one of each")
    alice.make_folder("a", below=folder)
    alice.store("b", b"", below=folder)

    file = alice.put(place_of("a", folder), data=b"")
    other = alice.post(f"/api/v1/store/folders/{folder}", json={"name": "b"})

    assert (file.status_code, other.status_code) == (409, 409)
    assert names_in(alice, folder) == ["a", "b"]


def test_half_a_surrogate_is_refused(alice):
    kind = {"Content-Type": "application/json"}

    answer = alice.post("/api/v1/store/folders", data=b'{"name": "\\ud800"}', headers=kind)

    assert answer.status_code == 400


def test_no_folder_goes_into_itself_or_below(alice):
    top = alice.make_folder("top")
    middle = alice.make_folder("middle", below=top)
    bottom = alice.make_folder("bottom", below=middle)

    statuses = [
        alice.post(f"/api/v1/store/assets/{top}/move", json={"folder": folder}).status_code
        for folder in (top, middle, bottom)
    ]

    assert statuses == [400, 400, 400]
    assert asked(alice.get(f"/api/v1/store/folders/{top}"))["parent"] == alice.root


def test_folders_go_100_deep_and_no_deeper(alice):
    folder, depth = alice.root, 1
    while (answer := alice.post(f"/api/v1/store/folders/{folder}", json={"name": "d"})).status_code == 201:
        folder, depth = answer.json()["id"], depth + 1

    assert (answer.status_code, depth) == (400, 100)
