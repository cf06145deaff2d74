"""New accounts."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts import addresses, limiter, passwords, pictures, quotas, rules
from accounts.callers import SYSTEM, Caller
from accounts.folding import folded
from accounts.models import StaffRole, User
from accounts.refusals import EmailTaken, RegistrationClosed, UsernameTaken
from accounts.services.profiles import Profile, as_profile
from accounts.signals import registered
from activity.services import Target, record
from cloudbox.errors import BadInput, Conflict
from cloudbox.http import release_connection

FIRST_STAFF = "admin"


def register(
    *,
    by: Caller,
    password: str,
    username: str = "",
    email: str = "",
    details: Mapping[str, Any] | None = None,
    picture: bytes | None = None,
) -> Profile:
    """Make an account with its usage row and, through the signal, its root folder, all or nothing.

    Without a username the e-mail address is the username. `details` are the other fields of a profile.
    Raises RegistrationClosed, BadInput(s), EmailTaken, UsernameTaken, TooManyRequests or KeyNotEnough.
    """
    if by.signed_in:
        by.must_be_in_person()
    if settings.CLOUDBOX_REGISTRATION == "closed" and not by.is_staff:
        raise RegistrationClosed
    fields = rules.clean_fields({**(details or {}), "username": username, "email": email})
    fields["username"] = fields["username"] or fields["email"]
    if not fields["username"]:
        raise BadInput("username", "Give a username or an e-mail address.")
    rules.check_username(fields["username"], fields["email"])
    user = User(**fields)
    passwords.check(password, user)
    if not by.is_staff:
        limiter.registration(address=by.address)
    release_connection()  # hashing takes long
    user.password = make_password(password)
    user.security_ans = passwords.hashed_answer(user.security_ans)
    return open_account(user, by=by, picture=picture)


def create_first_staff(password: str | None = None) -> str | None:
    """Make the staff account `admin` of a new installation; do nothing if there is somebody of the staff.

    Return the password that was made up and must be told now; None when there is nothing to tell.
    Raises Conflict when an ordinary account is called `admin`.
    """
    if User.objects.filter(is_staff=True).exists():
        return None
    made_up = None if password else secrets.token_urlsafe(15)
    user = User(username=FIRST_STAFF, is_staff=True, is_superuser=True, staff_role=StaffRole.SUPERUSER)
    user.password = make_password(password or made_up)
    try:
        open_account(user, by=SYSTEM)
    except UsernameTaken:
        if User.objects.filter(is_staff=True).exists():  # somebody else was faster
            return None
        raise Conflict(f"An ordinary account is called {FIRST_STAFF}.") from None
    return made_up


def open_account(user: User, *, by: Caller, picture: bytes | None = None) -> Profile:
    """Write the account and all that belongs to it. Raises UsernameTaken, EmailTaken: of two at once for the later."""
    stored = pictures.store(picture) if picture else ""
    user.incoming_pict = stored
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            quotas.open_usage(user.id)
            registered.send(sender=User, user=user)
            actor = by if by.signed_in or by.is_staff else replace(by, user_id=user.id, username=user.username)
            addresses.welcome(user)
            record("registered", by=actor.who, target=Target("user", user.id, user.username), owner_id=user.id)
            if stored:
                pictures.crop_later(user.id, stored)
    except IntegrityError:
        pictures.forget(stored)
        _refuse_twins(user)
        raise
    return as_profile(user)


def _refuse_twins(user: User) -> None:
    if user.email_key and User.objects.filter(email_key=user.email_key).exists():
        raise EmailTaken from None
    if User.objects.filter(username_key=folded(user.username)).exists():
        raise UsernameTaken from None
