"""Files to look at, drawn and written here: pictures, a film, a sound, a document, texts."""

import io
import math
import random
import shutil
import tempfile
import wave
import zipfile
from colorsys import hsv_to_rgb
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from cloudbox import process

NOTES = """# Moving to the lake house

- [x] Ask Jonas about the van
- [x] Measure the kitchen
- [ ] Order the shelves
- [ ] Tell the post office

The keys are with the neighbour until **Friday**.
"""
SHEET = "month,rent,power,water\nJanuary,820,64.20,31\nFebruary,820,58.75,29\nMarch,820,49.10,30\n"
SCRIPT = """import csv


def total(path):
    with open(path, newline="") as sheet:
        return sum(float(row["power"]) for row in csv.DictReader(sheet))


print(total("costs.csv"))
"""
LETTER = [
    "Rental agreement",
    "",
    "between Maria Lindgren and the house at the lake,",
    "from the first of December on.",
    "",
    "1. The boat belongs to the house.",
    "2. So does the cat, who decides for herself.",
    "3. The rent is due on the third working day of a month.",
]


def landscape(number: int, size: tuple[int, int] = (960, 640)) -> bytes:
    """Return a JPEG of hills before a sky, another one for each number."""
    chance = random.Random(number)
    width, height = size
    hue = chance.random()
    picture = Image.new("RGB", size)
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        draw.line((0, y, width, y), _colour(hue, 0.55 - 0.45 * y / height, 0.75 + 0.25 * y / height))
    sun = (chance.uniform(0.2, 0.8) * width, chance.uniform(0.15, 0.4) * height)
    draw.ellipse([sun[0] - 45, sun[1] - 45, sun[0] + 45, sun[1] + 45], _colour(0.13, 0.18, 1))
    across = [x / width * math.tau for x in range(width)]
    for layer in range(4):
        waves = [(chance.uniform(0.6, 3.2), chance.uniform(0, 6.3), chance.uniform(15, 60)) for _ in range(3)]
        base = height * (0.48 + 0.13 * layer)
        ridge = [(x, base - sum(high * math.sin(at * f + p) for f, p, high in waves)) for x, at in enumerate(across)]
        draw.polygon(
            [*ridge, (width, height), (0, height)], _colour(hue + 0.28, 0.3 + 0.12 * layer, 0.72 - 0.15 * layer)
        )
    return _saved(picture.filter(ImageFilter.GaussianBlur(0.8)), "JPEG", quality=82)


def document() -> bytes:
    """Return a PDF of one page."""
    page = Image.new("RGB", (827, 1169), "white")
    draw = ImageDraw.Draw(page)
    for line, text in enumerate(LETTER):
        draw.text((90, 110 + 44 * line), text, "black", font_size=40 if line == 0 else 24)
    return _saved(page, "PDF", resolution=100.0)


def sound() -> bytes:
    """Return two seconds of a chord that fades, as WAV."""
    rate, out = 8000, io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(1)
        written.setframerate(rate)
        tones = (220.0, 277.2, 329.6)
        written.writeframes(
            bytes(
                int(128 + 38 * math.exp(-at / rate) * sum(math.sin(at / rate * tone * math.tau) for tone in tones))
                for at in range(2 * rate)
            )
        )
    return out.getvalue()


def film() -> bytes:
    """Return two seconds of a film, where ffmpeg is; a file that only is called so elsewhere."""
    ffmpeg = shutil.which("ffmpeg")
    if not ffmpeg:
        return b"\0" * 1000
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "film.webm"
        source = "gradients=size=640x360:rate=12:duration=2:c0=0x1d5bd0:c1=0xf3bd6b:seed=7"
        made = process.run(
            [ffmpeg, "-loglevel", "error", "-f", "lavfi", "-i", source, "-b:v", "300k", path], timeout=60
        )
        assert made.code == 0, made.errors
        return path.read_bytes()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        written.writestr("notes.md", NOTES)
        written.writestr("costs.csv", SHEET)
    return out.getvalue()


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = hsv_to_rgb(hue % 1, max(0.0, min(1.0, saturation)), max(0.0, min(1.0, value)))
    return int(red * 255), int(green * 255), int(blue * 255)


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
