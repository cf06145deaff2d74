"""The pictures of the pages are there, and small enough to be kept with the code."""

import re
from pathlib import Path

import pytest

from cloudbox.embedded.bootstrap import ROOT

PLACE = ROOT / "docs" / "screenshots"
MOST = 4 * 2**20  # bytes of all


@pytest.mark.parametrize("page", [ROOT / "README.md", PLACE / "README.md"], ids=["README", "all"])
def test_every_picture_that_a_page_shows_is_there(page: Path):
    shown = re.findall(r'<img\s+src="([^"]+)"', page.read_text())

    assert len(shown) >= 3
    assert [source for source in shown if not (page.parent / source).exists()] == []


def test_all_pictures_together_are_small():
    assert sum(picture.stat().st_size for picture in PLACE.glob("*.webp")) <= MOST
