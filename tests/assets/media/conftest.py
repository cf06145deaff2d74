"""Videos and sounds, which ffmpeg makes itself; `.ci/run` installs it."""

from pathlib import Path

import pytest

from cloudbox import process


def filmed(place: Path, name: str, *options: str, size: str = "640x360", seconds: float = 4) -> bytes:
    """Return a film of a test card with a tone, in the format that the name's ending says."""
    card = ("-f", "lavfi", "-i", f"testsrc=size={size}:rate=25:duration={seconds}")
    tone = ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}")
    return made(place, name, *card, *tone, "-shortest", *options)


def sounded(place: Path, name: str, *options: str, seconds: float = 3) -> bytes:
    return made(place, name, "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", *options)


def made(place: Path, name: str, *options: str) -> bytes:
    """Return what ffmpeg makes of it."""
    done = process.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *options, place / name])
    assert done.code == 0, done.errors
    return (place / name).read_bytes()


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four seconds of an MP4."""
    return filmed(tmp_path_factory.mktemp("film"), "film.mp4", "-pix_fmt", "yuv420p")
