"""What an account says about its user, and the user's password."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import addresses, limiter, passwords, pictures, rules, sessions, tickets
from accounts.callers import Caller
from accounts.folding import folded
from accounts.models import User
from accounts.refusals import EmailTaken, SignInAgain, UsernameTaken
from accounts.services.signing_in import SignedIn, as_signed_in
from accounts.tickets import Purpose
from activity.services import Target, mail, record
from cloudbox.errors import BadInput, Conflict, NotFound, Refusal
from cloudbox.http import release_connection

NAMES = {"username", "email"}  # changing them needs the password


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An account as its user sees it. `picture` names the cropped picture; empty while there is none."""

    id: UUID
    username: str
    email: str | None
    email_verified: bool
    has_password: bool  # those who came with an identity elsewhere have none at first
    pending_email: str | None
    first_name: str
    middle_name: str
    last_name: str
    country: str
    phone: str
    date_of_birth: date | None
    recovery_mail: str
    recovery_no: str
    security_quest: str
    has_security_ans: bool
    picture: str
    is_staff: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A cropped picture, as WebP. Another picture has another name."""

    name: str
    image: bytes
    stored_at: datetime


def profile(*, by: Caller) -> Profile:
    """Return the caller's profile. Raises NotAuthenticated, KeyNotEnough."""
    return as_profile(_user(by.must_see_account()))


def change_profile(
    *, by: Caller, changes: Mapping[str, Any], current_password: str = "", picture: bytes | None = None
) -> Profile:
    """Change some fields of the caller's profile; a new `picture` shows once it is cropped.

    Username and e-mail address change only with the current password, or soon after signing in for somebody who has
    none. Another address is pending until it is
    confirmed there; a username that was the address follows it. Raises BadInput(s), UsernameTaken, KeyNotEnough,
    SignInAgain, TooManyRequests.
    """
    user = _user(by.must_be_in_person())
    fields = rules.clean_fields(changes)
    named = bool(NAMES & fields.keys())
    wanted = _wanted_address(user, fields)
    if "username" in fields:
        rules.check_username(fields["username"], fields.get("email", user.email))
    if named and user.has_usable_password():
        check_current_password(by, user, current_password)
    elif named and not sessions.is_fresh(user.id, by.session_id):  # who signs in elsewhere has none
        raise SignInAgain
    if fields.get("security_ans"):
        release_connection()  # hashing takes long
        fields["security_ans"] = passwords.hashed_answer(fields["security_ans"])
    if picture:
        fields["incoming_pict"] = pictures.store(picture)
    try:
        with transaction.atomic():
            _change_address(by, user, fields, wanted)
            _write(user, fields)
            changed = sorted({*fields, *(["email"] if wanted else [])})
            record("profile_changed", by=by.who, target=_target(user), owner_id=user.id, fields=changed)
            if picture:
                pictures.crop_later(user.id, user.incoming_pict)
    except Refusal:
        pictures.forget(fields.get("incoming_pict"))
        raise
    return as_profile(user)


def change_password(*, by: Caller, current: str | None, new: str) -> SignedIn | None:
    """Give the caller a new password. All their other sessions end; their own goes on with a new pair.

    Without the `current` one (None) the caller must have signed in minutes ago, so that a stolen token does not
    take over the account. A caller without a session of ours (a browser's) gets no pair.
    Raises BadInput, KeyNotEnough, SignInAgain, TooManyRequests.
    """
    user = _user(by.must_be_in_person())
    passwords.check(new, user, field="new_password")
    if current is not None:
        check_current_password(by, user, current, field="current_password")
    elif not sessions.is_fresh(user.id, by.session_id):
        raise SignInAgain
    release_connection()  # hashing takes long
    hashed = make_password(new)
    with transaction.atomic():
        unchanged = User.objects.filter(id=user.id, password=user.password, token_version=user.token_version)
        if not unchanged.update(password=hashed, token_version=F("token_version") + 1):
            raise Conflict("The password was changed in the meantime.")
        user.refresh_from_db(fields=["token_version"])
        sessions.end_all(user.id, but=by.session_id)
        pair = sessions.renew(user, by.session_id) if by.session_id else None
        tickets.end(user.id, Purpose.RESET_PASSWORD)
        if tickets.pending_email(user):  # perhaps whoever knew the old password asked for it
            tickets.end(user.id, Purpose.VERIFY_EMAIL)
        record("password_changed", by=by.who, target=_target(user), owner_id=user.id)
        if user.email:
            mail(to=user.email, kind="password_changed", context={"username": user.username, "everything": False})
    return as_signed_in(user, pair) if pair else None


def picture_of(*, by: Caller) -> Picture:
    """Return the caller's picture. Raises NotAuthenticated, KeyNotEnough, and NotFound while there is none."""
    name = _user(by.must_see_account()).profile_pict.name
    if not name:
        raise NotFound("There is no picture yet.")
    image, stored_at = pictures.read(name)
    return Picture(name=Path(name).stem, image=image, stored_at=stored_at)


def remove_picture(*, by: Caller) -> None:
    """Take the caller's picture away, and one that waits to be cropped. Raises NotAuthenticated, KeyNotEnough."""
    user = _user(by.must_be_in_person())
    files = [name for name in (user.profile_pict.name, user.incoming_pict) if name]
    if not files:
        return
    with transaction.atomic():
        User.objects.filter(id=user.id).update(profile_pict="", incoming_pict="")
        record("profile_changed", by=by.who, target=_target(user), owner_id=user.id, fields=["profile_pict"])
    for name in files:
        pictures.forget(name)


def check_current_password(by: Caller, user: User, password: str, *, field: str = "current_password") -> None:
    """Raise BadInput that names `field` unless it is the user's password. Guessing is limited as at the sign-in.

    Who has none, since they came with an identity elsewhere, must have signed in minutes ago (SignInAgain).
    """
    if not user.has_usable_password():
        if not sessions.is_fresh(user.id, by.session_id):
            raise SignInAgain("Sign in again to do this: you have no password that could be asked for.")
        return
    attempt = limiter.attempt(account=str(user.id), address=by.address)
    release_connection()  # hashing takes long
    if not passwords.matches(password, user):
        raise BadInput(field, "This is not your password.")
    attempt.succeeded()


def as_profile(user: User) -> Profile:
    return Profile(
        id=user.id,
        username=user.username,
        email=user.email,
        has_password=user.has_usable_password(),
        email_verified=user.email_verified_at is not None,
        pending_email=tickets.pending_email(user),
        first_name=user.first_name,
        middle_name=user.middle_name,
        last_name=user.last_name,
        country=user.country,
        phone=user.phone,
        date_of_birth=user.date_of_birth,
        recovery_mail=user.recovery_mail,
        recovery_no=user.recovery_no,
        security_quest=user.security_quest,
        has_security_ans=bool(user.security_ans),
        picture=user.profile_pict.name or "",
        is_staff=user.is_staff,
        created_at=user.created_at,
    )


def _user(user_id: UUID) -> User:
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise NotFound
    return user


def _wanted_address(user: User, fields: dict[str, Any]) -> str | None:
    """Take another address out of the fields and return it: it has to be confirmed first.

    Another spelling of the present one, and none, are written at once.
    """
    email = fields.get("email")
    if email and folded(email) != user.email_key:
        return str(fields.pop("email"))
    if "email" in fields and user.username_key == user.email_key and "username" not in fields:
        if not email:
            raise BadInput("email", "It is your username, so you need one.")
        fields["username"] = email
    return None


def _change_address(by: Caller, user: User, fields: dict[str, Any], wanted: str | None) -> None:
    """Ask for the wanted address, or end what was asked before where the present one is given again or taken away."""
    if wanted:
        sessions.must_live(by)  # the hash took its time
        addresses.ask(user, wanted, address=by.address)
        addresses.tell_old(user, "email_changing", new=wanted)
    elif "email" in fields and tickets.pending_email(user):
        tickets.end(user.id, Purpose.VERIFY_EMAIL)
    if "email" in fields and not fields["email"] and user.email:
        tickets.end(user.id, *Purpose)
        addresses.tell_old(user, "email_changed", new=None)
        fields["email_verified_at"] = None


def _write(user: User, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(user, name, value)
    keys = {f"{name}_key" for name in NAMES & fields.keys()}
    try:
        with transaction.atomic():
            user.save(update_fields={*fields, *keys})
    except IntegrityError:
        others = User.objects.exclude(id=user.id)
        if user.email_key and others.filter(email_key=user.email_key).exists():
            raise EmailTaken from None
        if others.filter(username_key=user.username_key).exists():
            raise UsernameTaken from None
        raise


def _target(user: User) -> Target:
    return Target("user", user.id, user.username)
