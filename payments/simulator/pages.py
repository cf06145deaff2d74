"""The pages of the simulator, in place of those on which people pay at Paystack. No script, and nothing of others."""

from html import escape
from urllib.parse import urlencode, urlsplit

from payments.simulator.book import Charge
from payments.simulator.calls import Answer, Asked
from payments.simulator.till import SaidNo, Till

PLACES = 100  # minor units of one, in all of Paystack's currencies
SAID = {
    "success": "This has been paid.",
    "failed": "The payment was declined. You can try again.",
    "pending": "The transfer is on its way.",
    "reversed": "The money has gone back.",
}


class Pages:
    """Answers what a browser asks. `late` is how many seconds a transfer takes."""

    def __init__(self, till: Till, late: float) -> None:
        self._till = till
        self._late = late

    def answered(self, asked: Asked) -> Answer:
        """Show a page, or do what one of its buttons says."""
        if asked.path == "/simulator.css":
            return Answer(status=200, body=STYLE.encode(), content_type="text/css; charset=utf-8")
        if asked.path == "/":
            return _page(200, "Simulator", "<p>This stands in for Paystack, so that payments can be tried.</p>")
        try:
            charge = self._till.begin(asked.path.removeprefix("/pay/"))
            if asked.method == "POST":
                return self._pressed(charge, str(asked.fields().get("do", "")))
        except SaidNo as refusal:
            return _page(refusal.status, "Not found", "<p>There is no such payment. Go back, and begin again.</p>")
        return _page(200, "Pay", _form(charge), charge.callback_url)

    def _pressed(self, charge: Charge, button: str) -> Answer:
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
            return _page(200, "Done", _said(charge))
        joint = "&" if urlsplit(charge.callback_url).query else "?"
        back = urlencode({"trxref": charge.reference, "reference": charge.reference})
        return Answer(status=303, body=b"", headers=(("Location", f"{charge.callback_url}{joint}{back}"),))


def _form(charge: Charge) -> str:
    amount = f"{charge.currency} {charge.requested // PLACES:,}.{charge.requested % PLACES:02}"
    facts = (
        f'<p class="amount"><span>Amount</span> <strong>{escape(amount)}</strong></p>'
        f"<dl><dt>For</dt><dd>{escape(charge.email)}</dd>"
        f"<dt>Reference</dt><dd><code>{escape(charge.reference)}</code></dd></dl>"
    )
    if charge.status in {"success", "reversed", "pending"}:
        return facts + _said(charge) + _back(charge)
    buttons = "".join(
        f'<button name="do" value="{value}" class="{kind}">{text}</button>'
        for value, kind, text in (
            ("pay", "main", f"Pay {escape(amount)}"),
            ("transfer", "", "Pay by bank transfer, arriving later"),
            ("decline", "", "Decline"),
            ("cancel", "quiet", "Cancel"),
        )
    )
    return f'{facts}{_said(charge)}<form method="post">{buttons}</form>'


def _said(charge: Charge) -> str:
    said = SAID.get(charge.status, "")
    return f'<p role="status" class="said {charge.status}">{said}</p>' if said else ""


def _back(charge: Charge) -> str:
    return f'<p><a href="{escape(charge.callback_url)}">Go back</a></p>' if charge.callback_url else ""


def _page(status: int, title: str, content: str, callback_url: str = "") -> Answer:
    parts = urlsplit(callback_url)
    goes = f" {parts.scheme}://{parts.netloc}" if callback_url else ""  # where browsers may be sent by the form
    policy = f"default-src 'none'; style-src 'self'; form-action 'self'{goes}; base-uri 'none'; frame-ancestors 'none'"
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{title} - Simulator</title><link rel="stylesheet" href="/simulator.css"></head><body>'
        '<p class="notice"><strong>Simulator: no money moves</strong></p>'
        f"<main><h1>{title}</h1>{content}</main></body></html>"
    )
    headers = (("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"))
    return Answer(status=status, body=html.encode(), content_type="text/html; charset=utf-8", headers=headers)


STYLE = """\
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
"""
