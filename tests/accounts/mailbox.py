"""What lies in somebody's mailbox: the outbox, read as its addressee would."""

import re

from activity.models import Mail


def mails_to(address: str) -> list[str]:
    """Return the kinds of the mails to an address, oldest first."""
    return list(Mail.objects.filter(to=address).order_by("id").values_list("kind", flat=True))


def secret_to(address: str) -> str:
    """Return the secret at the end of the link in the newest mail to an address that has one."""
    for text in Mail.objects.filter(to=address).order_by("-id").values_list("text", flat=True):
        found = re.search(r"/(?:password/reset|email/verify)/(\S+)", text)
        if found:
            return found[1]
    raise AssertionError(f"No mail to {address} has a link.")
