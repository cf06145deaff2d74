import pytest

from cloudbox.media_types import SHOWN, guess, is_media_type, may_be_shown


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("A.JPEG", "image/jpeg"),
        ("report.pdf", "application/pdf"),
        ("film.webm", "video/webm"),
        ("archive.tar.gz", "application/gzip"),
        ("data.zst", "application/zstd"),
        ("sheet.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("photo.heic", "image/heic"),
        ("no-extension", "application/octet-stream"),
        ("", "application/octet-stream"),
        (".txt", "application/octet-stream"),
        ("data:text/html,x", "application/octet-stream"),
        ("http://a/b.png", "image/png"),
    ],
)
def test_a_name_suggests_a_type(name, kind):
    assert guess(name) == kind


@pytest.mark.parametrize(
    "kind", ["image/svg+xml", "text/html", "text/xml", "application/javascript", "multipart/mixed"]
)
def test_what_can_run_scripts_is_never_shown(kind):
    assert not may_be_shown(kind)
    assert not may_be_shown(f"{kind.upper()} ; charset=utf-8")


def test_every_type_that_is_shown_is_well_formed():
    assert all(is_media_type(kind) and may_be_shown(kind) for kind in SHOWN)


@pytest.mark.parametrize(
    "kind", ["text/plain;\nX-Evil: 1", "text/plain\r\n;a=b", "text/plain;\u2003a=b", "\u212a/plain"]
)
def test_what_cannot_stand_in_a_header_is_no_type(kind):
    assert not is_media_type(kind)
