"""Whose name and password these are, and whose code."""

from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts import challenges, limiter, passwords, two_factor
from accounts.folding import folded
from accounts.models import User
from accounts.refusals import AccountSuspended, ChallengeRefused, WrongCode, WrongCredentials
from accounts.rules import is_text
from activity.services import Target, Who, mail, record
from cloudbox.http import release_connection

LONGEST_NAME = 254  # characters
FAILED = "sign_in_failed"


def identify(*, name: str, password: str, address: str, agent: str = "") -> User:
    """Return the user of that username or e-mail address, if the password is theirs.

    An unknown name costs as much time as a wrong password, and both are refused in the same words.
    Raises WrongCredentials, AccountSuspended (to somebody who knows the password) and TooManyRequests.
    """
    key = folded(name)
    user = _find(key)
    visitor = Who(address=address, agent=agent)
    attempt = limiter.attempt(account=str(user.id) if user else key, address=address)
    release_connection()  # hashing takes long, and connections are few
    if not passwords.matches(password, user) or user is None:
        record_failure(visitor, user, name=key, why="password")
        raise WrongCredentials
    attempt.succeeded()
    if not user.may_sign_in:
        record_failure(visitor, user, why="suspended")
        raise AccountSuspended
    return user


def identify_by_code(*, challenge: str, code: str, address: str, agent: str = "") -> User:
    """Return the user of a challenge, if the code is one of theirs: both are used up.

    Raises ChallengeRefused, WrongCode, AccountSuspended, TooManyRequests and Busy.
    """
    asked = challenges.read(challenge)
    attempt = limiter.attempt(account=f"code:{asked.user_id}", address=address)
    challenges.count_code(asked)
    user = User.objects.filter(id=asked.user_id, token_version=asked.version).first()
    if user is None or not two_factor.is_on(user.id):
        raise ChallengeRefused
    if not user.may_sign_in:
        raise AccountSuspended
    visitor = Who(address=address, agent=agent)
    if not spend_code(user, code, visitor):
        record_failure(visitor, user, why="code")
        raise WrongCode
    challenges.close(asked)
    attempt.succeeded()
    return user


def spend_code(user: User, code: str, visitor: Who) -> bool:
    """Use up a code of the user's second factor; return whether it counted. Whoever loses a recovery code is told."""
    with transaction.atomic():
        method = two_factor.spend(user.id, code)
        if method == two_factor.RECOVERY:
            left = two_factor.state(user.id).recovery_codes_left
            target = Target("user", user.id, user.username)
            record("recovery_code_used", by=visitor, target=target, owner_id=user.id, left=left)
            if user.email:
                mail(to=user.email, kind="recovery_code_used", context={"username": user.username, "left": left})
    return method is not None


def record_failure(visitor: Who, user: User | None, *, why: str, name: str = "") -> None:
    """Write that somebody did not get in. A name that is nobody's may be a password: a keyed hash stands for it."""
    if user is not None:
        record(FAILED, by=visitor, target=Target("user", user.id, user.username), owner_id=user.id, why=why)
        return
    typed = name.encode(errors="surrogatepass")
    unknown = salted_hmac("accounts.unknown-name", typed, algorithm="sha256").hexdigest()[:16]
    record(FAILED, by=visitor, target=Target("name", unknown), why=why)


def _find(key: str) -> User | None:
    if not key or len(key) > LONGEST_NAME or not is_text(key):
        return None
    # A username with an @ is its user's own address, so the two never name different people.
    field = "email_key" if "@" in key else "username_key"
    return User.objects.filter(**{field: key}).first()
