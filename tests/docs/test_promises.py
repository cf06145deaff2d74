"""Every promise has its proof, and the proof is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from cloudbox.embedded.bootstrap import ROOT

PAGE = ROOT / "docs/promises.md"
PROMISES = re.findall(r"^- .*$", PAGE.read_text(), re.MULTILINE)
PROOF = re.compile(r"`(tests/[\w/]+\.py::[\w:]+|docs/reports/[\w.-]+\.md|make [a-z0-9]+)`")


@pytest.mark.parametrize("promise", PROMISES, ids=range(len(PROMISES)))
def test_every_promise_has_a_proof_that_exists(promise: str):
    proofs = PROOF.findall(promise)

    assert proofs, promise
    assert [proof for proof in proofs if not exists(proof)] == []


def exists(proof: str) -> bool:
    if proof.startswith("make "):
        target = proof.removeprefix("make ")
        return re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None
    path, _, name = proof.partition("::")
    file = ROOT / path
    return file.exists() and (not name or name in names_in(file))


@cache
def names_in(file: Path) -> set[str]:
    """Return the names of a file's tests, those in classes as `Class::test`. Nothing is imported."""
    found = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found
