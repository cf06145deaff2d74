"""Whose name and password these are."""

from accounts import limiter, passwords
from accounts.folding import folded
from accounts.models import User
from accounts.refusals import AccountSuspended, WrongCredentials
from accounts.rules import is_text
from cloudbox.http import release_connection

LONGEST_NAME = 254  # characters


def identify(*, name: str, password: str, address: str) -> User:
    """Return the user of that username or e-mail address, if the password is theirs.

    An unknown name costs as much time as a wrong password, and both are refused in the same words.
    Raises WrongCredentials, AccountSuspended (to somebody who knows the password) and TooManyRequests.
    """
    key = folded(name)
    user = _find(key)
    attempt = limiter.attempt(account=str(user.id) if user else key, address=address)
    release_connection()  # hashing takes long, and connections are few
    if not passwords.matches(password, user) or user is None:
        raise WrongCredentials
    attempt.succeeded()
    if not user.may_sign_in:
        raise AccountSuspended
    return user


def _find(key: str) -> User | None:
    if not key or len(key) > LONGEST_NAME or not is_text(key):
        return None
    # A username with an @ is its user's own address, so the two never name different people.
    field = "email_key" if "@" in key else "username_key"
    return User.objects.filter(**{field: key}).first()
