"""What videos and sounds tell of themselves, by a real ffmpeg."""

import pytest

from assets import media, storage
from assets.models import Preview, Thumbnail
from assets.words import Reason
from tests.assets.media.conftest import filmed, made, sounded
from tests.assets.previews.conftest import make
from tests.assets.previews.samples import RED, opened, picture

pytestmark = pytest.mark.django_db


def shown(preview: Preview) -> dict[int, tuple[int, int]]:
    """Return the size of each thumbnail by its edge."""
    images = {each.edge: each.image for each in Thumbnail.objects.filter(preview=preview).select_related("image")}
    primary = storage.primary()
    return {edge: opened(b"".join(primary.read(image.key or ""))).size for edge, image in images.items()}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", ("-pix_fmt", "yuv420p")),
        ("a.mp4", ("-movflags", "+faststart", "-c:v", "mpeg4")),
        ("a.mp4", ("-movflags", "frag_keyframe+empty_moov")),
        ("a.mov", ()),
        ("a.mkv", ()),
        ("a.webm", ("-c:v", "libvpx", "-c:a", "libvorbis")),
        ("a.avi", ()),
        ("a.mpg", ()),
        ("a.ts", ()),
        ("a.flv", ("-ar", "44100")),
        ("a.ogv", ("-c:v", "libtheora", "-c:a", "libvorbis")),
        ("a.wmv", ()),
    ],
)
def test_a_video_has_a_poster_a_size_and_a_length(me, store, tmp_path, name, options):
    file = me.file("film.mp4", data=filmed(tmp_path, name, *options))

    preview = make(file)

    assert (preview.state, preview.width, preview.height) == ("made", 640, 360)
    assert abs((preview.duration or 0) - 4000) < 200
    assert shown(preview) == {256: (256, 144), 1024: (640, 360)}


def test_the_poster_is_from_the_first_tenth_and_not_the_dark_beginning(me, store, tmp_path):
    dark, light = (
        ("-f", "lavfi", "-i", f"color={colour}:size=320x240:duration={long}")
        for colour, long in (("black", 1), ("red", 39))
    )
    both = made(
        tmp_path, "a.mp4", *dark, *light, "-filter_complex", "[0][1]concat=n=2", "-g", "25", "-pix_fmt", "yuv420p"
    )

    preview = make(me.file("film.mp4", data=both))

    image = Thumbnail.objects.get(preview=preview, edge=256).image
    found = opened(b"".join(storage.primary().read(image.key or ""))).getpixel((100, 100))
    assert isinstance(found, tuple)
    assert all(abs(one - other) < 60 for one, other in zip(found, RED, strict=True))


def test_a_video_that_was_taken_upright_is_shown_so(me, store, tmp_path, film):
    (tmp_path / "lying.mp4").write_bytes(film)
    turned = made(tmp_path, "up.mp4", "-i", str(tmp_path / "lying.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90")

    preview = make(me.file("film.mp4", data=turned))

    assert (preview.width, preview.height) == (360, 640)
    assert shown(preview)[256] == (144, 256)


def test_a_video_without_square_pixels_is_shown_as_it_is_meant(me, store, tmp_path):
    wide = filmed(tmp_path, "a.mp4", "-vf", "setsar=2/1", "-pix_fmt", "yuv420p", size="320x240")

    assert shown(make(me.file("film.mp4", data=wide)))[1024][0] >= 2 * shown(Preview.objects.get())[1024][1]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp3", ()),
        ("a.m4a", ()),
        ("a.flac", ()),
        ("a.wav", ()),
        ("a.ogg", ("-c:a", "libvorbis")),
        ("a.opus", ("-c:a", "libopus")),
        ("a.aiff", ()),
        ("a.aac", ()),
    ],
)
def test_a_sound_has_a_length(me, store, tmp_path, name, options):
    preview = make(me.file("sound.mp3", data=sounded(tmp_path, name, *options)))

    assert (preview.state, preview.width, preview.height, shown(preview)) == ("made", None, None, {})
    assert abs((preview.duration or 0) - 3000) < 400


def test_the_cover_of_a_sound_is_its_picture_but_not_its_size(me, store, tmp_path):
    (tmp_path / "cover.png").write_bytes(picture(500, 500))
    sounded(tmp_path, "bare.mp3")
    inputs = ("-i", str(tmp_path / "bare.mp3"), "-i", str(tmp_path / "cover.png"))
    covered = made(
        tmp_path, "a.mp3", *inputs, "-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v", "attached_pic"
    )

    preview = make(me.file("sound.mp3", data=covered))

    assert (preview.width, shown(preview)) == (None, {256: (256, 256), 1024: (500, 500)})


def test_a_video_of_a_length_that_nobody_wrote_down_has_a_poster(me, store, tmp_path):
    endless = filmed(tmp_path, "a.mkv", "-c:v", "mpeg4", "-live", "1", "-f", "matroska")

    preview = make(me.file("film.webm", data=endless))

    assert (preview.state, preview.duration, len(shown(preview))) == ("made", None, 2)


def test_a_video_of_one_frame_has_a_poster(me, store, tmp_path):
    short = filmed(tmp_path, "a.mp4", "-frames:v", "1", "-an", "-pix_fmt", "yuv420p")

    assert len(shown(make(me.file("film.mp4", data=short)))) == 2


def test_too_many_pixels_are_not_decoded(me, store, film, settings):
    settings.CLOUDBOX_PREVIEW_PIXELS = 100_000

    assert make(me.file("film.mp4", data=film)).reason == Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("name", ["film.mp4", "sound.mp3"])
@pytest.mark.parametrize(
    "data", [b"\0" * 5000, b"no video at all", b"RIFF\xff\xff\xff\xffAVI LIST", picture(kind="JPEG")]
)
def test_what_is_neither_video_nor_sound_has_no_preview(me, store, name, data):
    assert make(me.file(name, data=data)).reason == Reason.UNREADABLE


def test_a_torn_video_does_no_harm(me, store, film):
    for end in (100, 5000, len(film) // 2, len(film) - 10):
        preview = make(me.file(f"film-{end}.mp4", data=film[:end]))

        assert preview.state in {"none", "made"}
        assert preview.reason in {"", Reason.UNREADABLE}


def test_ffmpeg_is_there():
    assert media.is_there()
