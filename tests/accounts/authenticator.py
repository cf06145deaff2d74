"""What a phone shows."""

from base64 import b32decode

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp import models

from accounts import services
from accounts.callers import Caller
from accounts.models import User
from accounts.services import two_factor
from tests.people import PASSWORD, caller_for

VISITOR = Caller.anonymous(address="198.51.100.7", agent="curl/8")


class Authenticator:
    """An authenticator that was given a secret. Codes are good once, so a test looks at another `step` for the next."""

    def __init__(self, secret: str) -> None:
        self.key = b32decode(secret)

    def code(self, step: int = 0) -> str:
        """Return the code that is shown `step` times 30 seconds from the server's now."""
        shown = TOTP(self.key, drift=step)
        shown.time = models.time.time()
        return f"{shown.token():06d}"


def set_up(user: User) -> tuple[Authenticator, list[str]]:
    """Turn two-factor on for somebody with the code of 30 seconds ago; return the authenticator and recovery codes."""
    me = caller_for(user)
    phone = Authenticator(two_factor.begin_setup(by=me, current_password=PASSWORD).secret)
    turned_on = two_factor.confirm(by=me, code=phone.code(-1))
    user.refresh_from_db()
    return phone, turned_on.recovery_codes


def asked(name: str = "alice") -> str:
    """Return the challenge that somebody gets who knows the password."""
    begun = services.sign_in(by=VISITOR, name=name, password=PASSWORD)
    assert isinstance(begun, services.Challenge)
    return begun.challenge


def answer(challenge: str, code: str, by: Caller = VISITOR) -> services.SignedIn:
    return services.answer_challenge(by=by, challenge=challenge, code=code)
