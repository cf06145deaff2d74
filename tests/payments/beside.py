"""The simulator beside a real server: spoken to over HTTP, by somebody who pays and by somebody who breaks things."""

from typing import Any

import requests

from cloudbox.embedded.simulator import kept_port
from cloudbox.paying import simulator_key
from tests.server import Server


class Paystack(requests.Session):
    """What stands in for it beside this server."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.trust_env = False
        self.url = f"http://127.0.0.1:{kept_port(server.data)}"
        self.headers["Authorization"] = f"Bearer {simulator_key(server.environment()['SECRET_KEY'])}"

    def misbehave(self, **faults: Any) -> None:
        """Go wrong like this and in no other way; without any fault tell the truth."""
        self._told("PUT", "/simulator/faults", faults)

    def webhooks(self, reference: str) -> list[dict[str, Any]]:
        """Return what it tells of a transaction, whether it has been taken or not."""
        every = self._told("GET", "/simulator/webhooks")
        return [webhook for webhook in every if webhook["reference"] == reference]

    def send_back(self, reference: str) -> None:
        """Have the money of a transaction go back, as from Paystack's own dashboard, until it is there."""
        refund = self._told("POST", "/refund", {"transaction": reference})
        self._told("POST", f"/simulator/refunds/{refund['id']}/processed")

    def press(self, page: str, button: str) -> str:
        """Press a button on the page of a payment, as a payer does, and return the address to which that leads."""
        with requests.Session() as payer:
            payer.trust_env = False
            assert "no money moves" in payer.get(page, timeout=30).text.lower()
            answer = payer.post(page, data={"do": button}, allow_redirects=False, timeout=30)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def _told(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.request(method, self.url + path, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()["data"]
