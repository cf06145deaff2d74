"""Running a block of the documentation as a reader does."""

import os
import subprocess
from pathlib import Path


def bash(script: str, directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script with these variables in a directory; any line that fails ends it."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
