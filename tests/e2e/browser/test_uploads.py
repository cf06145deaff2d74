"""Files on their way from a browser: dropped and chosen, interrupted in every way, and whole at their end."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.faults.conftest import killed_and_back
from tests.server import Server
from tests.visitors import PASSWORD, Visitor, asked

MIB = 2**20
PATIENCE = 120_000  # milliseconds
SLOW = 6 * MIB  # bytes a second of a line that leaves time to interrupt
EXPECTED = "Failed to load resource"  # what the console says of every refusal and every lost connection


@pytest.fixture
def erin(meet: Callable[[str], Visitor]) -> Visitor:
    return meet("erin")


@pytest.fixture
def page(browser: Browser, server: Server, erin: Visitor) -> Iterator[Page]:
    """Erin's files, in a browser whose console must stay empty but for what the tests bring about."""
    with looking_at_files(browser, server, erin, width=1280) as page:
        yield page


@contextmanager
def looking_at_files(browser: Browser, server: Server, visitor: Visitor, *, width: int) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 860})
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/login?next=/files")
    page.get_by_label("Username or e-mail address").fill(visitor.name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My files")).to_be_visible()
    yield page
    context.close()
    assert [text for text in said if EXPECTED not in text] == []


def a_file(place: Path, name: str, size: int) -> Path:
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders of the disk into the middle of the page, as a hand does."""
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, "x": 640, "y": 480, "data": data})


def slow_down(page: Page, speed: int = SLOW) -> None:
    """Let so many bytes a second go up; -1 lets all go."""
    browser = page.context.new_cdp_session(page)
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed}
    browser.send("Network.enable")
    browser.send("Network.emulateNetworkConditions", line)


def tray(page: Page) -> Locator:
    return page.get_by_role("region", name=re.compile("upload|job", re.IGNORECASE))


def is_told(page: Page, words: str) -> None:
    expect(tray(page).get_by_role("heading")).to_have_text(words, timeout=PATIENCE)


def has_begun(page: Page, least: int = 4) -> None:
    """Wait until so many MiB of the first upload have gone."""
    note = tray(page).get_by_text(re.compile(r"^[\d.]+ MiB of [\d.]+ MiB$")).first
    for _ in range(200):
        if note.count() and float(note.inner_text().split()[0]) >= least:
            return
        page.wait_for_timeout(50)
    raise AssertionError(tray(page).inner_text())


def choose(page: Page, *paths: Path) -> None:
    page.get_by_label("Files to upload").set_input_files(paths)


def files_of(visitor: Visitor, folder: str = "") -> dict[str, str]:
    """Return the SHA-256 of what each file contains, by its path below a folder, and the folders with a slash."""
    found: dict[str, str] = {}
    query = "?limit=200"
    while query:
        page = asked(visitor.get(f"/api/v1/store/folders/{folder and folder + '/'}content/{query}"))
        for item in page["items"]:
            if item["kind"] == "folder":
                below = files_of(visitor, item["id"])
                path = f"{item['name']}/"
                found |= {path + name: digest for name, digest in below.items()} or {path: ""}
            else:
                content = visitor.get(f"/api/v1/store/files/{item['id']}/content").content
                found[item["name"]] = hashlib.sha256(content).hexdigest()
        query = f"?limit=200&cursor={page['next']}" if page["next"] else ""
    return found


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_folder_that_is_dropped_goes_on_by_itself_after_a_reload_and_arrives_whole(
    page: Page, erin: Visitor, tmp_path: Path
):
    film = a_file(tmp_path, "Trip/Day 1/film.mp4", 60 * MIB)
    note = a_file(tmp_path, "Trip/Möwe.txt", 10)
    a_file(tmp_path, "Trip/.DS_Store", 10)
    (tmp_path / "Trip/Empty").mkdir()

    slow_down(page)
    drop(page, tmp_path / "Trip")
    has_begun(page)
    page.reload()
    has_begun(page)
    slow_down(page, -1)
    is_told(page, "1 file is uploaded")

    assert files_of(erin) == {
        "Trip/Day 1/film.mp4": sha256(film),
        "Trip/Möwe.txt": sha256(note),
        "Trip/Empty/": "",
    }
    expect(page.get_by_role("link", name="Trip", exact=True)).to_be_visible()


def test_what_was_chosen_goes_on_after_a_reload_once_it_is_chosen_again(page: Page, erin: Visitor, tmp_path: Path):
    film = a_file(tmp_path, "film.mp4", 40 * MIB)
    other = a_file(tmp_path, "other/film.mp4", 40 * MIB)
    os.utime(other, ns=(other.stat().st_atime_ns, film.stat().st_mtime_ns))  # only its content differs

    slow_down(page)
    choose(page, film)
    has_begun(page)
    page.reload()
    is_told(page, "1 upload was interrupted")
    for path in (other, film):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose film.mp4 again").click()
        chooser.value.set_files(path)
        if path is other:
            expect(tray(page).get_by_text("This is another file of the same name.")).to_be_visible()
    is_told(page, "1 file is uploaded")

    assert files_of(erin) == {"film.mp4": sha256(film)}


def test_an_upload_goes_on_by_itself_when_the_server_was_killed(
    page: Page, erin: Visitor, server: Server, tmp_path: Path
):
    film = a_file(tmp_path, "film.mp4", 60 * MIB)

    slow_down(page)
    choose(page, film)
    has_begun(page)
    assert killed_and_back(server, "web")
    slow_down(page, -1)
    is_told(page, "1 file is uploaded")

    assert files_of(erin) == {"film.mp4": sha256(film)}


def test_a_taken_name_is_asked_about_and_an_answer_may_be_for_all_that_follow(
    page: Page, erin: Visitor, tmp_path: Path
):
    names = ["a.txt", "b.txt", "c.txt", "d.txt"]
    for name in names[:3]:
        erin.store(name, b"old")
    files = [a_file(tmp_path, name, 10) for name in names]
    dialog = page.get_by_role("dialog", name=re.compile("already has a"))

    choose(page, *files)
    first = dialog.get_by_role("heading").inner_text()
    dialog.get_by_label("Keep both").check()
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("heading")).not_to_have_text(first)
    dialog.get_by_label("Replace it").check()
    dialog.get_by_label("Do so for all that follow").check()
    dialog.get_by_role("button", name="Continue").click()
    is_told(page, "4 files are uploaded")

    kept = re.search("“(.)[.]txt”", first)
    assert kept
    stored = {name: sha256(path) for name, path in zip(names, files, strict=True)}
    stored[f"{kept[1]} (1).txt"] = stored[f"{kept[1]}.txt"]
    stored[f"{kept[1]}.txt"] = hashlib.sha256(b"old").hexdigest()
    assert files_of(erin) == stored


def test_too_much_is_told_before_a_byte_is_sent_and_what_fits_may_go(page: Page, erin: Visitor, tmp_path: Path):
    small, large = a_file(tmp_path, "small.txt", 10), tmp_path / "large.iso"
    with large.open("wb") as file:
        file.truncate(6 * 2**30)
    dialog = page.get_by_role("dialog", name="There is not room for all of it")

    choose(page, large, small)
    expect(dialog).to_contain_text("2 files, 6 GiB; 5 GiB are free.")
    expect(dialog.get_by_role("link", name="What eats my space?")).to_be_visible()
    dialog.get_by_role("button", name="Upload the 1 file that fits (10 B)").click()
    is_told(page, "1 file is uploaded")

    assert files_of(erin) == {"small.txt": sha256(small)}


def test_an_upload_is_paused_and_goes_on_and_one_that_is_cancelled_leaves_nothing(
    page: Page, erin: Visitor, tmp_path: Path
):
    film, song = a_file(tmp_path, "film.mp4", 30 * MIB), a_file(tmp_path, "song.flac", 30 * MIB)

    slow_down(page)
    choose(page, film, song)
    has_begun(page, 2)
    page.get_by_role("button", name="Pause film.mp4").click()
    expect(tray(page).get_by_text(re.compile("^Paused at .* of 30 MiB$"))).to_be_visible()
    page.get_by_role("button", name="Cancel the upload of song.flac").click()
    expect(tray(page).get_by_text("song.flac")).to_have_count(0)
    is_told(page, "1 upload is paused")
    slow_down(page, -1)
    page.get_by_role("button", name="Go on with film.mp4").click()
    is_told(page, "1 file is uploaded")

    assert files_of(erin) == {"film.mp4": sha256(film)}
    assert erin.usage()["reserved"] == 0
    assert asked(erin.get("/api/v1/uploads/"))["items"] == []


def test_hundreds_of_files_arrive_and_a_name_that_cannot_be_keeps_none_of_them_away(
    page: Page, erin: Visitor, tmp_path: Path
):
    count = 200
    for number in range(count):
        path = tmp_path / f"Many/{number % 10}/{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    a_file(tmp_path, "Many/bad\nname.txt", 1)

    drop(page, tmp_path / "Many")
    is_told(page, "1 file was not uploaded")

    expect(tray(page).get_by_text("A name has no control characters.")).to_be_visible()
    expect(tray(page).get_by_text("and 141 more files")).to_be_visible()
    stored = files_of(erin)
    assert len(stored) == count
    assert stored["Many/3/123.txt"] == hashlib.sha256(b"123").hexdigest()


def test_on_a_phone_the_menu_offers_files_and_folders(browser: Browser, server: Server, erin: Visitor, tmp_path: Path):
    note = a_file(tmp_path, "note.txt", 10)
    with looking_at_files(browser, server, erin, width=390) as page:
        page.get_by_text("Upload", exact=True).click()
        expect(page.get_by_role("button", name="Files…")).to_be_visible()
        with page.expect_file_chooser():
            page.get_by_role("button", name="Folder…").click()
        choose(page, note)
        is_told(page, "1 file is uploaded")
        page.get_by_role("button", name="Close").click()
        expect(tray(page)).to_be_hidden()

    assert files_of(erin) == {"note.txt": sha256(note)}
