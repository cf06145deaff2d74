"""How our own files and the pages reach a browser."""

import gzip

import pytest

BROWSER = {"accept-encoding": "gzip, deflate, br"}
SHEET = "/static/web/css/base.css"


def body(response):
    return response.getvalue()


def test_a_sheet_is_a_third_of_its_size_on_its_way_and_the_same_at_its_end(client):
    plain, packed = client.get(SHEET), client.get(SHEET, headers=BROWSER)

    whole, sent = body(plain), body(packed)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert (gzip.decompress(sent), int(packed.headers["Content-Length"])) == (whole, len(sent))
    assert len(sent) < len(whole) / 3
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers


def test_what_a_browser_has_is_not_sent_again(client):
    first = client.get(SHEET, headers=BROWSER)
    again = client.get(SHEET, headers={**BROWSER, "if-none-match": first.headers["ETag"]})

    assert "max-age=60" in first.headers["Cache-Control"]
    assert (again.status_code, body(again)) == (304, b"")


def test_a_piece_of_a_file_is_a_piece_of_the_file_itself(client):
    piece = client.get(SHEET, headers={**BROWSER, "range": "bytes=0-9"})

    assert (piece.status_code, body(piece)) == (206, body(client.get(SHEET))[:10])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("web/js/page.js", "text/javascript"), ("web/css/base.css", "text/css"), ("web/icons.svg", "image/svg+xml")],
)
def test_a_browser_is_told_what_a_file_is_and_believes_it(client, name, kind):
    response = client.get(f"/static/{name}")

    assert body(response)
    assert response.headers["Content-Type"].startswith(kind)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_compressed_and_answers_of_the_api_are_not(client, db):
    page = client.get("/login", headers=BROWSER)
    answer = client.get("/api/v1/", headers=BROWSER)

    assert page.headers["Content-Encoding"] == "gzip"
    assert b"<h1" in gzip.decompress(page.content)
    assert int(page.headers["Content-Length"]) == len(page.content)
    assert "Content-Encoding" not in answer.headers
