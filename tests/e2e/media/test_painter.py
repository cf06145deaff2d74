"""The painter of a running server: it makes previews of videos, and may die at it."""

from cloudbox import process
from tests.assets.media.conftest import film
from tests.assets.previews.samples import announcing, opened

__all__ = ["film"]


def test_a_video_has_its_poster_a_moment_after_it_was_uploaded(alice, film):
    file = alice.store("film.mp4", film)
    address = f"/api/v1/store/files/{file['id']}"

    assert process.wait_until(lambda: alice.get(address).json()["preview"]["state"] == "made", 60, pause=0.1)

    preview = alice.get(address).json()["preview"]
    assert (preview["width"], preview["height"], preview["thumbnails"]) == (640, 360, [256, 1024])
    assert abs(preview["duration_ms"] - 4000) < 200
    small = alice.get(f"{address}/thumbnail/")
    assert (small.headers["Content-Type"], opened(small.content).size) == ("image/webp", (256, 144))


def test_what_a_killed_painter_has_left_is_made_by_the_next_one(server, alice):
    file = alice.store("large.png", announcing(10_000, 9_900))
    mine = "FROM assets_preview p JOIN assets_version v ON v.blob_id = p.blob_id WHERE v.asset_id = %s"
    working = f"SELECT 1 {mine} AND p.reason = 'at_work'"
    assert process.wait_until(lambda: server.rows(working, file["id"]) == [(1,)], 30)

    server.kill("painter")

    made = f"SELECT p.attempts {mine} AND p.state = 'made'"
    assert process.wait_until(lambda: bool(server.rows(made, file["id"])), 120, pause=0.5)
    assert server.rows(made, file["id"]) == [(2,)]
    assert alice.get(f"/api/v1/store/files/{file['id']}/thumbnail/").status_code == 200
    assert server.rows("SELECT count(*) FROM assets_thumbnail WHERE edge = 256 AND image_id IS NULL") == [(0,)]
