"""A program that makes small pictures of one that a stranger has sent; `assets.pictures` starts it, confined.

`drawing.py PIXELS EDGE…` reads a picture of at most PIXELS pixels from the file that is its standard input. It writes
a line of JSON and after it the pictures, one WebP for each EDGE (the most pixels of the longer side, ascending) that
the picture is larger than the one before: `{"width", "height", "pictures": [[edge, bytes], …]}`, or
`{"refused": why}`. They stand upright, are in sRGB, and know nothing of where or by whom they were taken. It imports
nothing of ours, for it is run without our environment.
"""

import io
import json
import struct
import sys
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms

# No SVG, EPS or PDF, which are programs, and nothing that only few people have.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "ICO")
BROKEN = (  # what Pillow raises at bytes that are no picture, or a forged one
    *(OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, struct.error),
    *(AttributeError, ArithmeticError, RuntimeError, NotImplementedError, RecursionError),
)
UPRIGHT = {  # what an EXIF orientation asks for
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING = {5, 6, 7, 8}  # those that swap width and height
DEEPEST = 0xFFFF  # the most of a grey of 16 bits


class TooManyPixels(Exception):
    """The picture's head announces more than are decoded."""


def draw(file: BinaryIO, pixels: int, edges: list[int]) -> tuple[dict[str, Any], list[bytes]]:
    """Return what is told of the picture, and the pictures that were made of it, in the order of the edges."""
    image = Image.open(file, formats=FORMATS)
    width, height = image.size
    if width * height > pixels:
        raise TooManyPixels
    small = _shown(image, edges[-1])
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)  # known of every format once it was decoded
    if orientation in UPRIGHT:
        small = small.transpose(UPRIGHT[orientation])
    if orientation in LYING:
        width, height = height, width
    wanted = [edge for at, edge in enumerate(edges) if at == 0 or max(width, height) > edges[at - 1]]
    drawn: list[bytes] = []
    for edge in reversed(wanted):  # the small ones out of the large one
        small.thumbnail((edge, edge), reducing_gap=2.0)
        drawn.insert(0, _webp(small))
    sizes = [[edge, len(picture)] for edge, picture in zip(wanted, drawn, strict=True)]
    return {"width": width, "height": height, "pictures": sizes}, drawn


def _shown(image: Image.Image, edge: int) -> Image.Image:
    """Return the first frame, no larger than `edge`, in the colours RGB or RGBA of sRGB."""
    profile = image.info.get("icc_profile")
    scaled: Image.Image = image
    if image.mode in {"P", "PA", "1"} or (image.mode in {"L", "RGB"} and "transparency" in image.info):
        scaled = image.convert("RGBA")  # these cannot be scaled well
    elif image.mode.startswith("I") or image.mode == "F":
        scaled, profile = image.convert("F"), None
    scaled.thumbnail((edge, edge), reducing_gap=2.0)  # which decodes a JPEG at a fraction of its size
    if scaled.mode == "F":
        scaled = _grey(scaled)
    return _in_srgb(scaled, profile)


def _grey(deep: Image.Image) -> Image.Image:
    """Return a grey of 8 bits; of numbers that are not of 16 bits, from the least to the greatest."""
    extrema = deep.getextrema()
    low, high = (float(value) for value in extrema if isinstance(value, int | float))
    if low >= 0 and 1 < high <= DEEPEST:
        low, high = 0.0, float(DEEPEST) if high > 0xFF else 255.0  # noqa: PLR2004 - the most of 8 bits
    scale = 255 / ((high - low) or 1)
    return deep.point(lambda value: value * scale + (-low * scale)).convert("L")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture as RGB or RGBA, by its colour profile if it has a good one."""
    mode = "RGBA" if image.mode in {"RGBA", "LA", "La", "RGBa"} else "RGB"
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, *BROKEN):
            converted = None
        if converted is not None:
            return converted
    return image.convert(mode)


def _webp(image: Image.Image) -> bytes:
    bare = Image.new(image.mode, image.size)  # without what the picture said of itself
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=80)
    return out.getvalue()


def main(pixels: int, edges: list[int]) -> None:
    Image.MAX_IMAGE_PIXELS = pixels  # also of what a picture has inside, as an icon does
    told: dict[str, Any]
    drawn: list[bytes] = []
    try:
        told, drawn = draw(sys.stdin.buffer, pixels, edges)
    except (TooManyPixels, Image.DecompressionBombError, Image.DecompressionBombWarning):
        told = {"refused": "too_many_pixels"}
    except MemoryError:
        told = {"refused": "too_much_memory"}
    except BROKEN:
        told = {"refused": "unreadable"}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + b"".join(drawn))


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(edge) for edge in sys.argv[2:]])
