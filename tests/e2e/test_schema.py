"""The published schema is true: whatever is sent to any address, the answer is one that it describes, and no 5xx."""

import sys
from pathlib import Path

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.server import Server
from tests.visitors import asked

HERE = Path(__file__).parent
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,allow_header_conformance,use_after_free,"
    "ensure_resource_availability,ignored_auth,negative_data_rejection"
)
ENDS_THE_SESSION = "logout|change-password|change_pwd|sessions/.session"
ENDLESS = "v1/events/$"  # whoever listens waits
ENDED_BY_THE_NEXT = "teams/.team_id./invitations/.invitation_id./$"  # whoever invites an address again


@pytest.mark.slow
@pytest.mark.parametrize("role", ["owner", "collaborator", "stranger", "anonymous"])
def test_every_answer_is_one_that_the_schema_describes(server: Server, alice, bob, charlie, role, record_property):
    folder = alice.make_folder(f"for {role}")
    alice.store("a.txt", b"otters", below=folder)
    asked(alice.post(f"/api/v1/store/assets/{folder}/editors", json={"users": [bob.name]}), 201)
    who = {"owner": alice, "collaborator": bob, "stranger": charlie}.get(role)
    if who is not None:
        who.log_in()  # an access token is good for 15 minutes
    done = process.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml"),
            *("run", f"{server.url}/api/schema"),
            *(("-H", f"Authorization: Bearer {who.token}") if who else ()),
            *(
                "--checks",
                CHECKS,
                "--exclude-path-regex",
                f"{ENDS_THE_SESSION}|{ENDED_BY_THE_NEXT}|{ENDLESS}",
                "--phases",
                "coverage,fuzzing,stateful",
            ),
            *("--max-examples", "20", "--seed", "2", "--no-shrink", "--continue-on-failure", "--warnings", "off"),
        ],
        environment={
            **server.environment(),
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.e2e.schemathesis_hooks",
        },
        timeout=900,
    )

    record_property("cases", next((line.strip() for line in done.output.splitlines() if "generated" in line), "none"))
    assert done.code == 0, done.output[-8000:] + done.errors[-2000:]
