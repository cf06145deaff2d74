"""What our pages say exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import anchors, links, name_of, pages

OWN_COMMANDS = {"up", "test", "setup", "help"}
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
    folders = "accounts|activity|assets|benchmarks|cloudbox|docs|jobs|requirements|static|templates|tests"
    named = re.findall(rf"`((?:{folders})/[\w./-]*[\w/])`", page.read_text())

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_is_one_page():
    assert len((ROOT / "README.md").read_text().splitlines()) <= LONGEST_README


def resolves(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not anchor or anchor in anchors(file))
