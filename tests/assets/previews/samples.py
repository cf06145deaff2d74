"""Pictures of every kind, good and bad, made as they are asked for."""

import io
import struct
import zlib

from PIL import ExifTags, Image

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)


def picture(width=40, height=30, *, mode="RGB", colour=RED, kind="PNG", **more) -> bytes:
    """Return a picture of one colour."""
    return encoded(Image.new(mode, (width, height), colour), kind, **more)


def encoded(image: Image.Image, kind: str, **more) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def turned(kind: str, orientation: int) -> bytes:
    """Return a lying picture that is red on its left and blue on its right, with an orientation in its EXIF data."""
    image = Image.new("RGB", (600, 200), RED)
    image.paste(BLUE, (300, 0, 600, 200))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(image, kind, exif=exif)


def with_secrets() -> bytes:
    """Return a photograph that tells where, by whom and with what it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretCamera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">SecretPlace</x:xmpmeta>'
    return encoded(Image.new("RGB", (600, 400), GREEN), "JPEG", exif=exif, comment=b"SecretComment", xmp=packet)


def moving_picture() -> bytes:
    """Return a GIF that is red first and blue then."""
    frames = [Image.new("RGB", (300, 300), colour) for colour in (RED, BLUE)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def announcing(width: int, height: int) -> bytes:
    """Return a PNG of few bytes whose head announces that many pixels, and which has them all: they are black."""
    row = b"\0" + bytes((width + 7) // 8)
    deflating = zlib.compressobj(9)
    data = b"".join(deflating.compress(row) for _ in range(height)) + deflating.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
