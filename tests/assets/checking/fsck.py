"""Running `manage.py fsck` in a test, as an operator's script does."""

import json
from io import StringIO
from typing import Any

from django.core.management import call_command

from assets.models import Asset


def fsck(*flags: str) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the document."""
    out, code = StringIO(), 0
    try:
        call_command("fsck", "--json", *flags, stdout=out, stderr=StringIO())
    except SystemExit as end:
        code = int(end.code or 0)
    return code, json.loads(out.getvalue())


def found(*flags: str) -> dict[str, list[str]]:
    """Return the ids of what a check finds, by kind."""
    findings: dict[str, list[str]] = {}
    for finding in fsck(*flags)[1]["findings"]:
        findings.setdefault(finding["kind"], []).append(finding["id"])
    return findings


def row(name):
    return Asset.objects.get(name=name)


def change(asset_id, **columns):
    Asset.objects.filter(pk=asset_id).update(**columns)


def mended(kind, *ids):
    """Say that the check finds just this, a repair mends it, and nothing is left then."""
    code, document = fsck()
    assert (code, document["clean"], list(document["found"])) == (1, False, [kind])
    assert {finding["id"] for finding in document["findings"]} == {str(each) for each in ids}
    code, document = fsck("--repair")
    assert (code, document["clean"], document["left"]) == (0, True, {})
    assert all(finding["repaired"] for finding in document["findings"])
    code, document = fsck()
    return (code, document["clean"], document["findings"]) == (0, True, [])


def stays(kind, *ids):
    """Say that the check finds just this, and a repair does not hide it."""
    for flags in (["--repair"], []):
        code, document = fsck(*flags)
        assert (code, list(document["left"])) == (1, [kind])
        assert {finding["id"] for finding in document["findings"]} == {str(each) for each in ids}
    return True
