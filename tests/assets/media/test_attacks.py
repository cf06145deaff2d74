"""Files that would have ffmpeg read other files, or ask other machines."""

import socket
from pathlib import Path
from threading import Thread

import pytest

from assets.models import Thumbnail
from assets.words import Reason
from cloudbox import process
from tests.assets.media.conftest import filmed
from tests.assets.previews.conftest import make

pytestmark = pytest.mark.django_db

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n{url}\n#EXT-X-ENDLIST\n",
    "hls with parts": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-BYTERANGE:5000@0\n#EXTINF:10.0,\n{url}\n",
    "concat": "ffconcat version 1.0\nfile '{url}'\nduration 4\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT4S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "m3u": "#EXTM3U\n{url}\n",
    "smil": '<smil><body><video src="{url}"/></body></smil>',
    "imf": '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">{url}</CompositionPlaylist>',
}
every_playlist = pytest.mark.parametrize("playlist", PLAYLISTS.values(), ids=PLAYLISTS)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A film of somebody else, on the same machine."""
    filmed(tmp_path, "secret.ts")
    return tmp_path / "secret.ts"


@pytest.fixture
def listener():
    """An address of this machine; whether somebody has come there is in its list."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def listen() -> None:
            while True:
                try:
                    came.append(server.accept()[1])
                except TimeoutError:
                    continue
                except OSError:
                    return

        thread = Thread(target=listen, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", came
    thread.join(5)


@every_playlist
def test_a_playlist_reads_no_other_file(me, store, secret, playlist):
    urls = (str(secret), f"file://{secret}", f"subfile,,start,0,end,0,,:{secret}", f"concat:{secret}|{secret}")
    for number, url in enumerate(urls):
        preview = make(me.file(f"film-{number}.mp4", data=playlist.format(url=url).encode()))

        assert (preview.state, preview.reason) == ("none", Reason.UNREADABLE)
    assert not Thumbnail.objects.exists()


@every_playlist
def test_a_playlist_asks_no_other_machine(me, store, listener, playlist):
    address, came = listener
    for scheme in ("http", "tcp", "rtmp", "ftp"):
        make(me.file(f"{scheme}.mp4", data=playlist.format(url=f"{scheme}://{address}/a.mp4").encode()))

    assert came == []


@pytest.mark.parametrize("kind", ["hls", "concat"])
def test_these_playlists_do_read_another_file_where_nobody_forbids_it(tmp_path, secret, kind):
    (tmp_path / "film.mp4").write_text(PLAYLISTS[kind].format(url=secret))
    asking = ("ffprobe", "-v", "error", "-safe", "0") if kind == "concat" else ("ffprobe", "-v", "error")

    done = process.run([*asking, "-show_entries", "stream=width", tmp_path / "film.mp4"])

    assert "width=640" in done.output
