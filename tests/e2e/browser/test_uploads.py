"""Files on their way from a browser: dropped and chosen, interrupted in every way, and whole at their end."""

import hashlib
import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.uploading import (
    MIB,
    PATIENCE,
    a_file,
    choose,
    cut,
    drop,
    erin,
    files_of,
    has_begun,
    is_told,
    looking_at_files,
    page,
    sha256,
    slow_down,
    tray,
)
from tests.faults.conftest import killed_and_back
from tests.server import Server
from tests.visitors import Visitor, asked

__all__ = ["erin", "page"]


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


def test_an_upload_waits_for_a_lost_network_and_goes_on_by_itself(page: Page, erin: Visitor, tmp_path: Path):
    film = a_file(tmp_path, "film.mp4", 60 * MIB)

    line = slow_down(page)
    choose(page, film)
    has_begun(page)
    with cut(line):
        expect(tray(page).get_by_text("The server cannot be reached; trying again")).to_be_visible()
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


def test_what_finds_no_room_any_more_waits_until_somebody_resumes_it(page: Page, erin: Visitor, tmp_path: Path):
    films = [a_file(tmp_path, f"{number}.mp4", 5 * MIB) for number in range(5)]

    slow_down(page)
    choose(page, *films)
    has_begun(page, 1)
    taken = erin.usage()["free"] - MIB
    told = {"Tus-Resumable": "1.0.0", "Upload-Length": str(taken), "Upload-Metadata": "filename YQ=="}
    hog = erin.post("/api/v1/uploads/", headers=told).headers["Location"]
    expect(tray(page).get_by_text("There is no room left")).to_be_visible(timeout=PATIENCE)
    expect(tray(page).get_by_role("link", name="What eats my space?")).to_be_visible()
    assert erin.delete(hog, headers={"Tus-Resumable": "1.0.0"}).ok
    slow_down(page, -1)
    page.get_by_role("button", name="Resume all").click()
    is_told(page, "5 files are uploaded")

    assert files_of(erin) == {path.name: sha256(path) for path in films}


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


def test_many_files_arrive_and_a_name_that_cannot_be_keeps_none_of_them_away(page: Page, erin: Visitor, tmp_path: Path):
    count = 120
    for number in range(count):
        path = tmp_path / f"Many/{number % 10}/{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    a_file(tmp_path, "Many/bad\nname.txt", 1)
    a_file(tmp_path, "Many/What?", 1)  # which some systems would not take

    drop(page, tmp_path / "Many")
    is_told(page, "1 file was not uploaded")

    expect(tray(page).get_by_text("A name has no control characters.")).to_be_visible()
    expect(tray(page).get_by_text("and 62 more files")).to_be_visible()
    stored = files_of(erin)
    assert len(stored) == count + 1
    assert stored["Many/3/113.txt"] == hashlib.sha256(b"113").hexdigest()


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
