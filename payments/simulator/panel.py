"""The panel of the simulator: what has happened at it, and what shall. For whoever has its key."""

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from html import escape

from payments.simulator.book import Book, Charge, Dispute, Kept, Refund, Webhook
from payments.simulator.calls import Answer, Asked
from payments.simulator.control import Control
from payments.simulator.faults import FORGERIES, Faults
from payments.simulator.pages import money, page
from payments.simulator.returns import OVER
from payments.simulator.till import PAYABLE, SaidNo

SHOWN = 50  # of each kind, the newest
COOKIE = "paystack_simulator"
TITLE = "A simulator of Paystack"
NUMBERS = {  # the faults that are numbers, with what one calls them
    "drop": "Share of webhooks that never come, 0 to 1",
    "duplicate": "More copies of each webhook",
    "reorder": "Seconds for which webhooks wait, to go newest first",
    "delay": "Seconds until a webhook is sent",
    "late": "Seconds until a payment succeeds",
    "amount": "Minor units that are charged too much",
}
MOVES = {"processed": "Processed", "failed": "Failed", "needs-attention": "Needs attention"}
ENTRANCE = """\
<p>It stands in for Paystack, so that payments can be tried. People are led to its pages when they buy; this one is for
whoever looks after the server, and shows what has happened.</p>
{wrong}
<form method="post" class="pay">
  <label for="key">Its key</label>
  <input id="key" name="key" type="password" required autocomplete="off" aria-describedby="hint">
  <p id="hint" class="fine">The command <code>python3 manage.py paystack_simulator --show-key</code> prints it.</p>
  <button class="main">Open</button>
</form>"""


class Panel:
    """Answers what a browser asks of `/`. What is pressed there are calls of `control`."""

    def __init__(self, key: str, book: Book, control: Control, faults: Callable[[], Faults]) -> None:
        self._key = key
        self._book = book
        self._control = control
        self._faults = faults

    def answered(self, asked: Asked) -> Answer:
        """Show the panel, or do what one of its buttons says."""
        try:
            fields = {name: str(value) for name, value in asked.fields().items()} if asked.method == "POST" else {}
        except SaidNo as refusal:
            return page(refusal.status, TITLE, ENTRANCE.format(wrong=""))
        if "key" in fields:
            return self._opened(fields["key"])
        if not hmac.compare_digest(asked.cookies.get(COOKIE, "").encode(), self._token("cookie").encode()):
            return page(200, TITLE, ENTRANCE.format(wrong=""))
        if not fields:
            return self._shown("")
        if not hmac.compare_digest(fields.get("token", "").encode(), self._token("form").encode()):
            return self._shown("That came from another page. Try it here.")
        return self._pressed(fields)

    def _opened(self, key: str) -> Answer:
        if not hmac.compare_digest(key.strip().encode(), self._key.encode()):
            wrong = '<p role="alert" class="said failed">That is not its key.</p>'
            return page(403, TITLE, ENTRANCE.format(wrong=wrong))
        cookie = f"{COOKIE}={self._token('cookie')}; Path=/; HttpOnly; SameSite=Strict"
        return Answer(status=303, body=b"", headers=(("Location", "/"), ("Set-Cookie", cookie)))

    def _pressed(self, fields: dict[str, str]) -> Answer:
        """Make the call that a button stands for."""
        path, body = fields.get("call", ""), {}
        if path == "/simulator/faults":
            body = _faults_in(fields)
        told = self._control.answered(
            Asked(method="PUT" if body else "POST", path=path, query={}, body=json.dumps(body).encode())
        )
        if told.status != 200:  # noqa: PLR2004 - all is well
            return self._shown(str(json.loads(told.body)["message"]))
        return Answer(status=303, body=b"", headers=(("Location", "/"),))

    def _shown(self, wrong: str) -> Answer:
        said = f'<p role="alert" class="said failed">{escape(wrong)}</p>' if wrong else ""
        parts = (said, self._charges(), self._refunds(), self._webhooks(), self._misbehaviour())
        return page(400 if wrong else 200, TITLE, "\n".join(parts), wide=True)

    def _charges(self) -> str:
        disputed = {each.charge for each in self._book.every(Dispute) if each.resolved is None}
        rows = [
            (
                _when(charge.created),
                f"<code>{escape(charge.reference)}</code><br>{escape(charge.email)}",
                _sum(charge.amount, charge.currency),
                _status(charge.status),
                self._buttons(f"/simulator/transactions/{charge.reference}/", _acts(charge, disputed)),
            )
            for charge in _newest(self._book.every(Charge))
        ]
        return _table("Payments", ("Begun", "Reference and payer", "Amount", "State", "Let it happen"), rows)

    def _refunds(self) -> str:
        references = {each.id: each.reference for each in self._book.every(Charge)}
        rows = [
            (
                _when(refund.created),
                f"<code>{escape(references.get(refund.charge, ''))}</code>",
                _sum(refund.amount, refund.currency),
                _status(refund.status),
                self._buttons(f"/simulator/refunds/{refund.id}/", {} if refund.status in OVER else MOVES),
            )
            for refund in _newest(self._book.every(Refund))
        ]
        return _table("Refunds", ("Begun", "Of", "Amount", "State", "Let it happen"), rows) if rows else ""

    def _webhooks(self) -> str:
        rows = [
            (
                _when(webhook.created),
                f"{escape(webhook.event)}{_kind(webhook)}<br><code>{escape(webhook.reference)}</code>",
                f"{webhook.attempts}, answered {escape(webhook.answer)}" if webhook.attempts else "None yet",
                _status(webhook.state),
                self._buttons(f"/simulator/webhooks/{webhook.id}/", {"again": "Send again"}),
            )
            for webhook in _newest(self._book.every(Webhook))
        ]
        return _table("Webhooks", ("Made", "Event", "Tries", "State", "Let it happen"), rows)

    def _misbehaviour(self) -> str:
        faults = self._faults().as_json()
        numbers = "".join(
            f'<p><label for="{name}">{text}</label>'
            f'<input id="{name}" name="{name}" inputmode="decimal" value="{faults[name]}"></p>'
            for name, text in NUMBERS.items()
        )
        forgeries = "".join(
            f'<label><input type="checkbox" name="forge-{kind}"{" checked" if kind in faults["forge"] else ""}> '
            f"another {kind}</label>"
            for kind in FORGERIES
        )
        choice = f"<fieldset><legend>Before each webhook comes one with</legend>{forgeries}</fieldset>"
        button = '<p><button class="main" name="call" value="/simulator/faults">Misbehave like this</button></p>'
        return "<h2>Misbehaviour</h2>" + self._form("faults", numbers + choice + button)

    def _buttons(self, path: str, acts: dict[str, str]) -> str:
        """Return buttons that stand for the calls of these names below a path."""
        buttons = "".join(
            f'<button name="call" value="{escape(path + act)}">{text}</button>' for act, text in acts.items()
        )
        return self._form("acts", buttons) if acts else ""

    def _form(self, kind: str, content: str) -> str:
        token = f'<input type="hidden" name="token" value="{self._token("form")}">'
        return f'<form method="post" class="{kind}">{token}{content}</form>'

    def _token(self, use: str) -> str:
        return hmac.new(self._key.encode(), f"panel {use}".encode(), hashlib.sha256).hexdigest()


def _faults_in(fields: dict[str, str]) -> dict[str, object]:
    """Return the faults that a form names. What is no number is left as it is, to be refused by its name."""
    named: dict[str, object] = {"forge": [kind for kind in FORGERIES if f"forge-{kind}" in fields]}
    for name in NUMBERS:
        text = fields.get(name, "0").strip() or "0"
        try:
            named[name] = int(text) if text.lstrip("-").isdecimal() else float(text)
        except ValueError:
            named[name] = text
    return named


def _acts(charge: Charge, disputed: Collection[int]) -> dict[str, str]:
    """Return what can happen to a transaction, by the names of the calls."""
    if charge.status in PAYABLE:
        return {"pay": "Pay", "fail": "Decline"}
    if charge.id in disputed:
        return {"win": "Dispute is won", "lose": "Dispute is lost"}
    return {"dispute": "Dispute"} if charge.status == "success" else {}


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return f"<h2>{title}</h2><p>There is nothing yet.</p>"
    head = "".join(f'<th scope="col" role="columnheader">{text}</th>' for text in heads)
    cells = ("".join(f'<td role="cell">{cell}</td>' for cell in row) for row in rows)
    body = "".join(f'<tr role="row">{row}</tr>' for row in cells)
    # The roles are named because on phones the cells stand below each other, which would take them away.
    head = f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
    return (
        f'<h2>{title}</h2><table role="table" aria-label="{title}">{head}<tbody role="rowgroup">{body}</tbody></table>'
    )


def _newest(found: list[Kept]) -> list[Kept]:
    return found[: -SHOWN - 1 : -1]


def _kind(webhook: Webhook) -> str:
    """Say what is odd about a webhook."""
    odd = f"forged: {webhook.forgery}" if webhook.forgery else f"copy {webhook.copy}" if webhook.copy else ""
    return f' <span class="odd">{escape(odd)}</span>' if odd else ""


def _sum(amount: int, currency: str) -> str:
    return f'<span class="sum">{escape(money(amount, currency))}</span>'


def _status(state: str) -> str:
    return f'<span class="state {escape(state)}">{escape(state)}</span>'


def _when(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, UTC)
    return f'<time datetime="{time.isoformat()}">{time:%d %b %H:%M:%S} UTC</time>'
