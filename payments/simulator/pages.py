"""The pages of the simulator, in place of those on which people pay at Paystack. No script, and nothing of others."""

from html import escape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from payments.simulator.book import Charge
from payments.simulator.calls import Answer, Asked
from payments.simulator.till import SaidNo, Till

STYLE = Path(__file__).with_name("simulator.css").read_bytes()
PLACES = 100  # minor units of one, in all of Paystack's currencies
OVER = ("success", "pending", "reversed")  # where there is nothing to pay any more
SAID = {
    "success": "This is paid.",
    "failed": "The payment was declined. You can try again.",
    "pending": "The transfer is on its way.",
    "reversed": "The money has gone back.",
}
BUTTONS = """\
<form method="post" class="pay">
  <button name="do" value="pay" class="main">Pay {amount}</button>
  <button name="do" value="transfer">Pay by bank transfer, arriving later</button>
  <button name="do" value="decline">Decline</button>
  <button name="do" value="cancel" class="quiet">Cancel</button>
</form>
<p class="fine">With Paystack, people would enter a card here. Whatever you choose, no money moves.</p>"""
FACTS = """\
<p class="amount">{amount}</p>
<dl><dt>For</dt><dd>{email}</dd><dt>Reference</dt><dd><code>{reference}</code></dd></dl>"""
PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">
  <title>{title} - Simulator</title>
  <link rel="stylesheet" href="/simulator.css">
</head>
<body>
  <header class="notice"><strong>Simulator: no money moves</strong></header>
  <main class="{width}">
    <h1>{title}</h1>
    {content}
  </main>
</body>
</html>
"""


class Pages:
    """Answers what a browser asks. `late` is how many seconds a transfer takes."""

    def __init__(self, till: Till, late: float) -> None:
        self._till = till
        self._late = late

    def answered(self, asked: Asked) -> Answer:
        """Show a page, or do what one of its buttons says."""
        if asked.path == "/simulator.css":
            return Answer(status=200, body=STYLE, content_type="text/css; charset=utf-8")
        try:
            charge = self._till.begin(asked.path.removeprefix("/pay/"))
            if asked.method == "POST":
                return self._pressed(charge, str(asked.fields().get("do", "")))
        except SaidNo as refusal:
            return page(refusal.status, "This cannot be paid", f"<p>{escape(refusal.message)}.</p>")
        title = "Amount" if charge.status in OVER else "Amount to pay"
        return page(200, title, _shown(charge), charge.callback_url)

    def _pressed(self, charge: Charge, button: str) -> Answer:
        """Do what a button says, and send people back as Paystack does. Raises SaidNo."""
        acts = {
            "pay": lambda: self._till.pay(charge.reference),
            "decline": lambda: self._till.fail(charge.reference),
            "cancel": lambda: self._till.leave(charge.reference),
            "transfer": lambda: self._till.pay(charge.reference, after=self._late),
        }
        if button not in acts:
            raise SaidNo("There is no such button")
        charge = acts[button]()
        if not charge.callback_url:
            return page(200, "Thank you", _facts(charge) + _said(charge))
        return Answer(status=303, body=b"", headers=(("Location", back(charge)),))


def back(charge: Charge) -> str:
    """Return the address to which people are sent when they are done."""
    joint = "&" if urlsplit(charge.callback_url).query else "?"
    return charge.callback_url + joint + urlencode({"trxref": charge.reference, "reference": charge.reference})


def money(amount: int, currency: str) -> str:
    return f"{currency} {amount // PLACES:,}.{amount % PLACES:02}"


def page(status: int, title: str, content: str, callback_url: str = "", *, wide: bool = False) -> Answer:
    """Return a page. Browsers may be sent from its forms to `callback_url`, and nowhere else."""
    parts = urlsplit(callback_url)
    goes = f" {parts.scheme}://{parts.netloc}" if callback_url else ""
    policy = f"default-src 'none'; style-src 'self'; form-action 'self'{goes}; base-uri 'none'; frame-ancestors 'none'"
    headers = (("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"))
    html = PAGE.format(title=escape(title), content=content, width="wide" if wide else "").encode()
    return Answer(status=status, body=html, content_type="text/html; charset=utf-8", headers=headers)


def _shown(charge: Charge) -> str:
    """Return what the page of a transaction shows, and what can be done there."""
    shown = _facts(charge) + _said(charge)
    if charge.status not in OVER:
        return shown + BUTTONS.format(amount=escape(money(charge.requested, charge.currency)))
    return f'{shown}<a class="button main" href="{escape(back(charge))}">Go back</a>' if charge.callback_url else shown


def _facts(charge: Charge) -> str:
    amount = money(charge.requested, charge.currency)
    return FACTS.format(amount=escape(amount), email=escape(charge.email), reference=escape(charge.reference))


def _said(charge: Charge) -> str:
    said = SAID.get(charge.status)
    return f'<p role="status" class="said {escape(charge.status)}">{said}</p>' if said else ""
