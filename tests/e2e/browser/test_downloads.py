"""What somebody has chosen comes down as it is, or as an archive; long work stands in the tray."""

import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.uploading import PATIENCE, erin, looking_at_files, tray
from tests.server import Server
from tests.visitors import Visitor, asked

__all__ = ["erin"]


def choose_rows(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_label(f"Choose {name}").check()


def test_several_files_and_folders_come_down_as_one_archive(
    browser: Browser, server: Server, erin: Visitor, tmp_path: Path
):
    erin.store("a.txt", b"a")
    erin.store("b.txt", b"b", below=erin.make_folder("Folder"))

    with looking_at_files(browser, server, erin, width=1280) as page:
        choose_rows(page, "a.txt", "Folder")
        with page.expect_download() as download:
            page.get_by_role("toolbar").get_by_role("button", name="Download").click()
        download.value.save_as(tmp_path / "files.zip")

    with zipfile.ZipFile(tmp_path / "files.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.txt": b"a",
            "Folder/": b"",
            "Folder/b.txt": b"b",
        }


def test_a_job_shows_in_the_tray_how_it_ends_and_what_it_made(browser: Browser, server: Server, erin: Visitor):
    for name in ("a.txt", "b.txt"):
        erin.store(name, b"content")

    with looking_at_files(browser, server, erin, width=1280) as page:
        choose_rows(page, "a.txt", "b.txt")
        page.get_by_label("Choose b.txt").click(button="right")
        page.get_by_role("menuitem", name="Pack into a zip file").click()
        expect(tray(page).get_by_role("heading")).to_have_text("All jobs are done", timeout=PATIENCE)
        with page.expect_download() as download:
            tray(page).get_by_role("link", name="Download the archive").click()
        tray(page).get_by_role("link", name="Making an archive").click()
        expect(page.get_by_role("heading", name="Making an archive")).to_be_visible()
        expect(page.get_by_text("a.txt", exact=True)).to_be_visible()

    assert download.value.suggested_filename == "files.zip"
    names = [item["name"] for item in asked(erin.get("/api/v1/store/folders/content/"))["items"]]
    assert names == ["a.txt", "b.txt", "files.zip"]
