"""deploy/cloudbox-update, with programs in the place of the engine and of curl that only note what they are told."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT

ENGINE = """\
#!/bin/bash
echo "$1 ${@: -1}" >>calls
case "$1" in
  inspect) [ -e running ] && cat running ;;
  image) [ "$3" = here ] ;;
  run) [[ "${@: -1}" != *unstartable* ]] && [ ! -e running ] && echo "${@: -1}" >running ;;
  rm) rm running ;;
esac
"""
CURL = """\
#!/bin/bash
[[ "$(cat running)" != *broken* ]]
"""


@dataclass(frozen=True)
class Machine:
    """A machine with CloudBox on it; `place` has its programs, and what they note."""

    place: Path

    def update(self, *images: str) -> process.Finished:
        return process.run(
            ["bash", "-c", 'cd "$0" && exec "$@"', self.place, ROOT / "deploy/cloudbox-update", *images],
            environment={"PATH": f"{self.place}:/usr/bin:/bin", "CLOUDBOX_ENGINE": "engine"},
            timeout=30,
        )

    @property
    def runs(self) -> str:
        return (self.place / "running").read_text().strip()

    @property
    def calls(self) -> list[str]:
        return (self.place / "calls").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for name, text in {"engine": ENGINE, "curl": CURL, "sleep": "#!/bin/bash\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "running").write_text("sha256:before\n")
    return Machine(tmp_path)


def test_an_image_takes_the_place_of_the_one_before(machine):
    done = machine.update("ghcr.io/somebody/cloudbox:0.2.0")

    assert (done.code, done.output) == (0, "ghcr.io/somebody/cloudbox:0.2.0 serves.\n")
    assert machine.runs == "ghcr.io/somebody/cloudbox:0.2.0"
    assert [call.split()[0] for call in machine.calls] == ["inspect", "image", "pull", "stop", "rm", "run"]


def test_the_first_image_is_started(machine):
    (machine.place / "running").unlink()

    assert machine.update("cloudbox:0.2.0").code == 0
    assert machine.runs == "cloudbox:0.2.0"


@pytest.mark.parametrize("image", ["cloudbox:unstartable", "cloudbox:broken"])
def test_the_one_before_serves_again_when_an_image_cannot_be_started_or_does_not_serve(machine, image):
    done = machine.update(image)

    assert done.code == 1
    assert done.errors.endswith("The one before serves again.\n")
    assert machine.runs == "sha256:before"


@pytest.mark.parametrize("name", ["", "--privileged", "cloudbox; reboot", "$(reboot)", "a b", "x@sha256:12", "-v=/:/x"])
def test_what_is_no_name_of_an_image_is_refused_and_nothing_is_touched(machine, name):
    done = machine.update(name)

    assert (done.code, done.errors) == (2, "This is not the name of an image.\n")
    assert machine.runs == "sha256:before"
    assert not (machine.place / "calls").exists()
