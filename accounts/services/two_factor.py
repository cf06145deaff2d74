"""The second factor of an account: set up, renewed, turned off, and taken off by the staff."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts import limiter, sessions, two_factor
from accounts.callers import Caller
from accounts.identity import spend_code
from accounts.models import User
from accounts.qr import svg_of
from accounts.refusals import TwoFactorIsOff, TwoFactorIsOn
from accounts.services.profiles import check_current_password
from accounts.services.signing_in import SignedIn, as_signed_in
from activity.services import Target, mail, record
from cloudbox.errors import BadInput, NotFound


@dataclass(frozen=True, kw_only=True)
class TwoFactor:
    """Whether an account has a second factor, since when, and how many recovery codes are left.

    `needed`: the account belongs to the staff, who may do nothing as such without one.
    """

    enabled: bool
    since: datetime | None
    recovery_codes_left: int
    needed: bool


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What an authenticator has to know. `secret` is base32, `uri` what the QR code `qr` (an SVG image) holds."""

    secret: str
    uri: str
    qr: str


@dataclass(frozen=True, kw_only=True)
class TurnedOn:
    """The recovery codes, shown this once, and the present session's new tokens (None: a browser's)."""

    recovery_codes: list[str]
    signed_in: SignedIn | None


def state(*, by: Caller) -> TwoFactor:
    """Return how the caller's second factor is. Raises NotAuthenticated, KeyNotEnough."""
    found = two_factor.state(by.must_be_in_person())
    return TwoFactor(
        enabled=found.since is not None,
        since=found.since,
        recovery_codes_left=found.recovery_codes_left,
        needed=settings.STAFF_NEED_TWO_FACTOR and _user(by).is_staff,
    )


def begin_setup(*, by: Caller, current_password: str = "") -> Setup:
    """Make a new secret; nothing changes until `confirm` has seen a code of it.

    Who has no password, since they come by another way, must have signed in minutes ago: a stolen token is not to
    lock the owner out. Raises BadInput, SignInAgain, TwoFactorIsOn, TooManyRequests.
    """
    user = _user(by)
    if two_factor.is_on(user.id):
        raise TwoFactorIsOn
    check_current_password(by, user, current_password)
    secret = two_factor.begin(user.id, user.username)
    return Setup(secret=secret.secret, uri=secret.uri, qr=svg_of(secret.uri))


def confirm(*, by: Caller, code: str) -> TurnedOn:
    """Turn two-factor on with a first code. All other sessions end: they were begun without it.

    Raises BadInput, TwoFactorIsOff (nothing was begun), TwoFactorIsOn, TooManyRequests.
    """
    user = _user(by)
    if two_factor.is_on(user.id):
        raise TwoFactorIsOn
    if not two_factor.has_begun(user.id):
        raise TwoFactorIsOff
    attempt = limiter.attempt(account=f"code:{user.id}", address=by.address)
    with transaction.atomic():
        sessions.must_live(by)
        if not two_factor.confirm(user.id, code):
            raise BadInput("code", "This is not the code that the authenticator shows now.")
        User.objects.filter(id=user.id).update(token_version=F("token_version") + 1)
        user.refresh_from_db(fields=["token_version"])
        sessions.end_all(user.id, but=by.session_id)
        pair = sessions.renew(user, by.session_id) if by.session_id else None
        codes = two_factor.new_recovery_codes(user.id)
        _tell(by, user, "two_factor_turned_on")
    attempt.succeeded()
    return TurnedOn(recovery_codes=codes, signed_in=as_signed_in(user, pair) if pair else None)


def renew_recovery_codes(*, by: Caller, code: str, current_password: str = "") -> list[str]:
    """Return ten new recovery codes, shown this once; the old ones count no more. Raises as `turn_off`."""
    user = _user(by)
    _check_both(by, user, current_password, code)
    with transaction.atomic():
        codes = two_factor.new_recovery_codes(user.id)
        record("recovery_codes_renewed", by=by.who, target=_target(user), owner_id=user.id)
    return codes


def turn_off(*, by: Caller, code: str, current_password: str = "") -> None:
    """Forget the second factor. Raises BadInput that names the field, TwoFactorIsOff, TooManyRequests."""
    user = _user(by)
    _check_both(by, user, current_password, code)
    with transaction.atomic():
        if two_factor.turn_off(user.id):
            _tell(by, user, "two_factor_turned_off")


def is_missing(*, by: Caller) -> bool:
    """Return whether the caller has to set two-factor up before they may act as one of the staff."""
    return settings.STAFF_NEED_TWO_FACTOR and not two_factor.is_on(by.must_be_in_person())


def _check_both(by: Caller, user: User, current_password: str, code: str) -> None:
    if not two_factor.is_on(user.id):
        raise TwoFactorIsOff
    _check_password(by, user, current_password)
    attempt = limiter.attempt(account=f"code:{user.id}", address=by.address)
    if not spend_code(user, code, by.who):
        raise BadInput("code", "The code is wrong, too old, or was used before.")
    attempt.succeeded()


def _check_password(by: Caller, user: User, password: str) -> None:
    if user.has_usable_password():
        check_current_password(by, user, password)


def _tell(by: Caller, user: User, verb: str) -> None:
    """Record it, and tell the user: whoever did it may be somebody else."""
    record(verb, by=by.who, target=_target(user), owner_id=user.id)
    if user.email:
        mail(to=user.email, kind=verb, context={"username": user.username})


def _user(by: Caller) -> User:
    user = User.objects.filter(id=by.must_be_in_person()).first()
    if user is None:
        raise NotFound
    return user


def _target(user: User) -> Target:
    return Target("user", user.id, user.username)
