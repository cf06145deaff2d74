"""What our pages say exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import anchors, links, name_of, pages

OWN_COMMANDS = {"up", "run", "test", "setup", "help"}
LONGEST_README = 150  # lines: one page

every_page = pytest.mark.parametrize("page", pages(), ids=name_of)


@every_page
def test_every_link_inside_the_house_resolves(page: Path):
    dead = [target for target in links(page) if not resolves(page, target)]

    assert dead == []


@every_page
def test_every_command_of_manage_py_exists(page: Path):
    named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text()))

    assert named - OWN_COMMANDS - set(get_commands()) == set()


@every_page
def test_every_target_of_make_exists(page: Path):
    named = set(re.findall(r"(?:`|^ {4}|&& )make ([a-z0-9]+)", page.read_text(), re.MULTILINE))
    made = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert named - made == set()


@every_page
def test_every_file_that_is_named_with_its_folder_exists(page: Path):
    folders = "accounts|activity|assets|benchmarks|cloudbox|deploy|docs|jobs|requirements|static|templates|tests"
    named = re.findall(rf"`((?:{folders})/[\w./-]*[\w/])`", page.read_text())

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [file for target in links(page) if (file := file_of(page, target)).suffix == ".md"]

    assert [name_of(page) for page in pages() if page not in reached] == []


def test_the_readme_is_one_page():
    assert len((ROOT / "README.md").read_text().splitlines()) <= LONGEST_README


def resolves(page: Path, target: str) -> bool:
    file, anchor = file_of(page, target), target.partition("#")[2]
    return file.exists() and (not anchor or anchor in anchors(file))


def file_of(page: Path, target: str) -> Path:
    """Return the file that a link on a page leads to."""
    path = target.partition("#")[0]
    return (page.parent / path).resolve() if path else page
