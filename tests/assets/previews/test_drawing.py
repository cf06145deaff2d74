"""What the program draws: upright, in the colours that were meant, and without what the picture told of its maker."""

import io

import pytest
from PIL import Image

from assets.drawing import BROKEN, FORMATS, TooManyPixels, draw
from tests.assets.previews.samples import (
    BLUE,
    GREEN,
    RED,
    announcing,
    encoded,
    moving_picture,
    opened,
    picture,
    turned,
    with_secrets,
)

MOST = 10_000_000


def drawn(data: bytes):
    told, pictures = draw(io.BytesIO(data), MOST, [256, 1024])
    assert [size for _, size in told["pictures"]] == [len(each) for each in pictures]
    return told, [opened(each) for each in pictures]


def is_about(found, colour) -> bool:
    return all(abs(one - other) <= 8 for one, other in zip(found[:3], colour, strict=True))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_a_webp(kind):
    told, (small, *_) = drawn(picture(200, 100, kind=kind, **({"sizes": [(200, 100)]} if kind == "ICO" else {})))

    assert (told["width"], told["height"]) == small.size == (200, 100)
    assert (small.format, is_about(small.getpixel((50, 50)), RED)) == ("WEBP", True)


def test_a_large_picture_gives_both_sizes_and_a_small_one_one():
    told, (small, large) = drawn(picture(3000, 1500))

    assert (told["width"], told["height"], small.size, large.size) == (3000, 1500, (256, 128), (1024, 512))
    assert [image.size for image in drawn(picture(256, 20))[1]] == [(256, 20)]
    assert [image.size for image in drawn(picture(300, 20))[1]] == [(256, 17), (300, 20)]


def test_the_thinnest_picture_keeps_a_pixel():
    assert [image.size for image in drawn(picture(1, 20_000))[1]] == [(1, 256), (1, 1024)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize(("orientation", "top"), [(6, RED), (8, BLUE), (5, RED), (7, BLUE)])
def test_a_picture_that_was_taken_sideways_stands_upright(kind, orientation, top):
    told, (small, _) = drawn(turned(kind, orientation))

    assert (told["width"], told["height"], small.size) == (200, 600, (85, 256))
    assert is_about(small.getpixel((42, 10)), top)


@pytest.mark.parametrize(("orientation", "left"), [(1, RED), (2, BLUE), (3, BLUE), (4, RED), (99, RED)])
def test_a_picture_that_lies_as_it_was_taken_keeps_its_size(orientation, left):
    told, (small, _) = drawn(turned("JPEG", orientation))

    assert (told["width"], told["height"], small.size) == (600, 200, (256, 85))
    assert is_about(small.getpixel((10, 42)), left)


def test_where_and_by_whom_a_picture_was_taken_is_not_in_its_thumbnails():
    photo = with_secrets()
    assert all(word in photo for word in (b"SecretCamera", b"SecretPlace", b"SecretComment"))

    _, thumbnails = draw(io.BytesIO(photo), MOST, [256, 1024])

    for thumbnail in thumbnails:
        assert b"Secret" not in thumbnail
        assert not any(chunk in thumbnail for chunk in (b"EXIF", b"XMP ", b"ICCP"))


def test_of_a_moving_picture_the_first_frame_is_shown():
    _, (small, *_) = drawn(moving_picture())

    assert is_about(small.getpixel((100, 100)), RED)
    assert not getattr(small, "is_animated", False)


@pytest.mark.parametrize(
    ("mode", "colour", "kind", "shown"),
    [
        ("CMYK", (0, 255, 255, 0), "JPEG", (255, 0, 0)),
        ("CMYK", (0, 255, 255, 0), "TIFF", (255, 0, 0)),
        ("L", 128, "PNG", (128, 128, 128)),
        ("I;16", 32768, "PNG", (128, 128, 128)),
        ("1", 1, "PNG", (255, 255, 255)),
    ],
)
def test_colours_of_print_and_greys_of_every_depth_are_shown_as_they_are_meant(mode, colour, kind, shown):
    _, (small, *_) = drawn(picture(300, 300, mode=mode, colour=colour, kind=kind))

    assert is_about(small.convert("RGB").getpixel((50, 50)), shown)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_can_be_seen_through_stays_so(mode):
    colour = (20, 200, 20, 60) if mode == "RGBA" else (20, 60)

    _, (small, *_) = drawn(picture(300, 300, mode=mode, colour=colour))

    assert small.getpixel((50, 50))[3] == 60


def test_a_transparent_colour_of_a_palette_is_transparent():
    _, (small, *_) = drawn(picture(300, 300, mode="P", colour=1, kind="GIF", transparency=1))

    assert small.getpixel((50, 50))[3] == 0


def test_a_broken_colour_profile_spoils_nothing():
    _, (small, *_) = drawn(picture(300, 300, colour=GREEN, icc_profile=b"no profile" * 30))

    assert is_about(small.getpixel((50, 50)), GREEN)


def test_more_pixels_than_may_be_are_refused_by_the_head_alone():
    bomb = announcing(60_000, 200)
    assert len(bomb) < 10_000

    with pytest.raises(TooManyPixels):
        drawn(bomb)


@pytest.mark.parametrize(
    "data",
    [
        picture(600, 600)[:300],
        picture(600, 600, kind="JPEG")[:-200],
        encoded(Image.effect_noise((600, 600), 80), "PNG")[:5000],
        b"GIF89a" + b"\xff" * 500,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n",
        b"%PDF-1.7\n",
        b"<!doctype html><img src=x onerror=alert(1)>",
        b"\0" * 4096,
        b"",
    ],
)
def test_what_is_no_whole_picture_is_not_drawn(data):
    with pytest.raises(BROKEN):
        drawn(data)
