"""What the house says of itself: its version and its licence."""

import re
import tomllib
from importlib.metadata import PackageMetadata, distributions

from cloudbox import __version__
from cloudbox.embedded.bootstrap import ROOT

RUN_WITH = ("base", "embedded")  # requirements that become part of what runs


def test_the_version_is_the_same_everywhere_and_has_its_changes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == released()[0] == __version__


def test_what_each_release_has_written_is_kept_for_the_tests_of_upgrades():
    assert {file.parent.name for file in (ROOT / "tests" / "upgrades").glob("*/told.json")} == set(released())


def released() -> list[str]:
    """Return the versions in the changelog, the newest first."""
    return re.findall(r"^## \[(.+?)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_nothing_that_runs_forbids_our_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {name for file in RUN_WITH for name in names_in((ROOT / f"requirements/{file}.txt").read_text())}
    installed = {folded(found.metadata["Name"]): licence_of(found.metadata) for found in distributions()}

    assert project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert len(names & installed.keys()) > 50
    assert [name for name in names & installed.keys() if re.search(r"(?<!L)GPL", installed[name])] == []


def names_in(requirements: str) -> set[str]:
    return {folded(name) for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", requirements, re.MULTILINE)}


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(metadata: PackageMetadata) -> str:
    """Return all that a package says of its licence, in one line."""
    said = [line for field in ("License-Expression", "License") for line in metadata.get_all(field, [])]
    said += [line for line in metadata.get_all("Classifier", []) if line.startswith("License")]
    return " ".join(line[:200] for line in said).replace("Lesser General Public License", "LGPL")


def test_what_the_tests_leave_out_is_run_by_ci_and_by_make():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    left_out = [name for name in settings["norecursedirs"] if name.startswith("tests/")]
    steps, targets = (ROOT / ".ci/run").read_text(), (ROOT / "Makefile").read_text()

    assert left_out
    assert [name for name in left_out if not re.search(rf"test .*{name}\b", steps)] == []
    for target in ("slow", "e2e"):  # naming folders in each other would run the outer one alone
        assert re.search(rf"^{target}:.*\n\t.*\$\(ALL\)", targets, re.MULTILINE)
