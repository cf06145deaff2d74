"""The file `.env`: one `NAME=value` a line, and a line that says something else is refused, not skipped.

A value may stand in quotes. Without them it ends where a comment begins, which is a # after a space:
one within a word, as passwords have it, belongs to the word.
"""

import re
from pathlib import Path

ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)", re.ASCII)
QUOTED = re.compile(r"""(['"])((?:(?!\1).)*)\1\s*(?:#.*)?""")
COMMENT = re.compile(r"(?:^|\s)#.*")


def read(path: Path) -> dict[str, str]:
    """Return the variables in the file. Raises OSError, or ValueError with a sentence that shows no value."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} must be UTF-8.") from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not COMMENT.sub("", line).strip():
            continue
        assignment = ASSIGNMENT.fullmatch(line.strip())
        value = _value(assignment[2]) if assignment else None
        if not assignment or value is None:
            raise ValueError(
                f"Line {number} of {path} must be NAME=value; quotes go around a value that has spaces and # in it."
            )
        found[assignment[1]] = value
    return found


def _value(written: str) -> str | None:
    """Return what was written without its quotes and comment; None when a quote does not end."""
    if quoted := QUOTED.fullmatch(written):
        return quoted[2]
    return None if written.startswith(("'", '"')) else COMMENT.sub("", written).strip()
