"""Reading our Markdown: which files there are, their blocks of code, their links and their headings."""

import re
from pathlib import Path

from cloudbox.embedded.bootstrap import ROOT

_HIDDEN = {".git", ".venv", "var", "node_modules"}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def pages() -> list[Path]:
    """Return every Markdown file of the house."""
    found = ROOT.rglob("*.md")
    return sorted(path for path in found if not _HIDDEN & set(path.relative_to(ROOT).parts))


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of code in a language."""
    return [text for found, text in _FENCE.findall(page.read_text()) if found == language]


def links(page: Path) -> list[str]:
    """Return where the page points to inside the house, outside of its code."""
    found = _LINK.findall(_CODE.sub("", page.read_text()))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """Return the names of the headings, as they stand behind a # in an address."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose)}
