"""Programs that hold an access key."""

import base64

from accounts.bearers import proven
from accounts.callers import Caller
from accounts.keys import KeyBearer

VISITOR = Caller.anonymous(address="198.51.100.8", agent="a program")


ME = "/api/v1/auth/profile"


def asked(token: str) -> Caller:
    return proven(KeyBearer.of(token, VISITOR))


def counts(client, token: str) -> bool:
    status = client.get(ME, headers={"Authorization": f"Bearer {token}"}).status_code
    assert status in {200, 401}
    return bool(status == 200)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
