"""Who somebody is elsewhere: signing in with GitHub, Google and others, and linking such identities to an account.

An identity is a provider and the provider's own id of a person. An address never decides who somebody is: one that the
provider has verified is taken over by a new account if nobody here has it, and that is all it does.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import conversations, oauth, rules, sessions
from accounts.callers import Caller
from accounts.conversations import Conversation
from accounts.folding import folded
from accounts.models import User
from accounts.oauth import Vouched
from accounts.refusals import (
    AccountSuspended,
    EmailTaken,
    IdentityTaken,
    LastWayIn,
    OAuthRefused,
    RegistrationClosed,
    SignInAgain,
    UsernameTaken,
)
from accounts.services.registration import open_account
from accounts.services.signing_in import Challenge, SignedIn, begin_for
from accounts.staff import locked
from activity.services import Target, mail, record
from cloudbox.duties import SUPPORT
from cloudbox.errors import BadInput, BadInputs, NotFound
from cloudbox.http import release_connection
from cloudbox.pages import Page, page_of, values_of
from cloudbox.providers import Provider, own_page

MADE_UP = 8  # names that are tried when the provider's is taken


@dataclass(frozen=True, kw_only=True)
class ProviderInfo:
    """Somebody who may vouch for people here. `label` is their name for people."""

    name: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Started:
    """Where to send the browser, and the state with which it comes back."""

    url: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Somebody's identity at a provider. `login` is what they are called there, as it was when it was linked."""

    id: int
    provider: str
    label: str
    login: str
    linked_at: datetime
    used_at: datetime


def providers() -> list[ProviderInfo]:
    """Return who may vouch for people on this server."""
    return [ProviderInfo(name=known.name, label=known.label) for known in settings.CLOUDBOX_PROVIDERS.values()]


def start(*, by: Caller, provider: str, redirect_uri: str = "") -> Started:
    """Begin to sign in, or to link an identity when the caller is signed in.

    Without an address the browser comes back to our own page. Raises NotFound, BadInput, KeyNotEnough, SignInAgain
    (who links must have signed in minutes ago), Busy or ProviderUnavailable.
    """
    asked = _provider(provider)
    redirect_uri = redirect_uri or own_page(settings.CLOUDBOX_URL, provider)
    if redirect_uri not in settings.CLOUDBOX_OAUTH_REDIRECTS:
        raise BadInput("redirect_uri", "Not an address that this server lets people be sent back to.")
    user_id = by.must_be_in_person() if by.signed_in else None
    if user_id and not sessions.is_fresh(user_id, by.session_id):  # who steals a token must not stay for good
        raise SignInAgain("Sign in again to link an identity: five minutes after that it is too late.")
    release_connection()  # an OpenID Connect provider is asked for its addresses first
    begun = oauth.begin(asked, redirect_uri=redirect_uri)
    conversations.keep(
        begun.state,
        Conversation(provider=provider, redirect_uri=redirect_uri, user_id=user_id, memory=begun.memory),
    )
    return Started(url=begun.url, state=begun.state)


def finish(
    *, by: Caller, provider: str, state: str, code: str = "", redirect_uri: str = "", error: str = ""
) -> SignedIn | Challenge | Identity:
    """Sign in whom the provider vouches for, or link their identity to the account of who began this signed in.

    A state is good once, whatever comes of it. Raises NotFound, OAuthRefused, OAuthDenied, BadInput,
    ProviderEmailUnverified, ProviderUnavailable, AccountSuspended, RegistrationClosed, IdentityTaken or KeyNotEnough.
    """
    asked = _provider(provider)
    conversation = conversations.take(state)
    # Somebody else's linking: who finishes it would give their identity away to who began it.
    if conversation is None or conversation.provider != provider or conversation.user_id not in {None, by.user_id}:
        raise OAuthRefused
    if conversation.user_id:
        by.must_be_in_person()
    if conversation.redirect_uri != (redirect_uri or own_page(settings.CLOUDBOX_URL, provider)):
        raise BadInput("redirect_uri", "Not the address with which this sign-in was begun.")
    release_connection()  # the provider may take its time
    vouched = oauth.finish(
        asked,
        redirect_uri=conversation.redirect_uri,
        memory=conversation.memory,
        answer={"state": state, "code": code} | ({"error": error} if error else {}),
    )
    if conversation.user_id:
        return _link(by, conversation.user_id, vouched)
    return begin_for(_account_of(vouched, by), by)


def identities_of(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[Identity]:
    """Return the caller's identities, oldest first. Raises NotAuthenticated, KeyNotEnough, BadInput."""
    after = values_of(cursor, int)
    linked = User(id=by.must_be_in_person()).social_auth.filter(id__gt=after[0] if after else 0)
    rows = list(linked.order_by("id")[: limit + 1])
    return page_of(rows, limit, shown=_as_identity, after=lambda row: (row.pk,))


def unlink(*, by: Caller, identity_id: int) -> None:
    """Forget one of the caller's identities. Raises NotAuthenticated, KeyNotEnough, NotFound or LastWayIn."""
    with transaction.atomic():
        _forget(User.objects.select_for_update().get(id=by.must_be_in_person()), identity_id, by=by)


def unlink_for(*, by: Caller, identity_id: int) -> None:
    """Forget somebody's identity, as one of the staff. Raises NotAuthenticated, AccessDenied, NotFound, LastWayIn."""
    by.must_be_staff(SUPPORT)
    owner = User.objects.filter(social_auth=identity_id).first()
    if owner is None:
        raise NotFound
    with transaction.atomic():
        _forget(locked(by, owner.id), identity_id, by=by)


def _forget(user: User, identity_id: int, *, by: Caller) -> None:
    """Delete an identity of the user, whose row is locked: of two at once the second counts what the first has left."""
    identity = user.social_auth.filter(id=identity_id).first()
    if identity is None:
        raise NotFound
    others = user.social_auth.filter(provider__in=settings.CLOUDBOX_PROVIDERS).exclude(id=identity_id)
    if not user.has_usable_password() and not others.exists():
        raise LastWayIn
    identity.delete()
    record(
        "identity_unlinked", by=by.who, target=Target("identity", str(identity_id), identity.provider), owner_id=user.id
    )


def _provider(name: str) -> Provider:
    try:
        known: Provider = settings.CLOUDBOX_PROVIDERS[name]
    except KeyError:
        raise NotFound("Nobody of that name vouches for people on this server.") from None
    return known


def _account_of(vouched: Vouched, by: Caller) -> User:
    """Return whose identity it is; a new account when it is nobody's yet."""
    user = _known(vouched)
    if user is None:
        if settings.CLOUDBOX_REGISTRATION == "closed":
            raise RegistrationClosed
        user = _new_account(vouched, by)
    if not user.may_sign_in:
        raise AccountSuspended
    user.social_auth.filter(provider=vouched.provider, uid=vouched.uid).update(modified=timezone.now())
    return user


def _known(vouched: Vouched) -> User | None:
    return User.objects.filter(social_auth__provider=vouched.provider, social_auth__uid=vouched.uid).first()


def _new_account(vouched: Vouched, by: Caller) -> User:
    email = _address(vouched)
    for username in _names(vouched):
        user = User(username=username, **_person(vouched), **_verified(email))
        user.set_unusable_password()
        try:
            with transaction.atomic():
                open_account(user, by=by)
                _write(user, vouched, by=by)
        except UsernameTaken:
            continue
        except EmailTaken:
            email = ""
        except IntegrityError:  # two at once with one new identity: the later is signed in as who the first has become
            return User.objects.get(social_auth__provider=vouched.provider, social_auth__uid=vouched.uid)
        else:
            return user
    raise UsernameTaken


def _names(vouched: Vouched) -> Iterator[str]:
    """Yield usernames to try: what they are called at the provider, then with numbers that are hard to run out of."""
    name = rules.as_username(vouched.login) or rules.as_username(vouched.first_name) or vouched.provider
    yield name
    for _ in range(MADE_UP):
        yield f"{name}-{secrets.randbelow(10**6):06}"


def _address(vouched: Vouched) -> str:
    """Return the verified address if nobody here has it."""
    try:
        email = str(rules.clean_fields({"email": vouched.email})["email"])
    except BadInputs:
        return ""
    return "" if User.objects.filter(email_key=folded(email)).exists() else email


def _verified(email: str) -> dict[str, Any]:
    return {"email": email, "email_verified_at": timezone.now()} if email else {}


def _person(vouched: Vouched) -> dict[str, str]:
    try:
        return rules.clean_fields({"first_name": vouched.first_name, "last_name": vouched.last_name})
    except BadInputs:
        return {}


def _link(by: Caller, user_id: UUID, vouched: Vouched) -> Identity:
    """Link the identity to the account; a second time changes nothing."""
    owner = _known(vouched)
    user = User.objects.get(id=user_id)
    try:
        if owner is None:
            with transaction.atomic():
                sessions.must_live(by)  # the provider may have taken its time
                _write(user, vouched, by=by)
                _tell(user, vouched)
    except IntegrityError:  # somebody was faster
        owner = _known(vouched)
    if owner is not None and owner.id != user_id:
        raise IdentityTaken
    return _as_identity(user.social_auth.get(provider=vouched.provider, uid=vouched.uid))


def _write(user: User, vouched: Vouched, *, by: Caller) -> None:
    row = user.social_auth.create(
        provider=vouched.provider, uid=vouched.uid, id_key=vouched.uid_key, extra_data={"login": vouched.login}
    )
    actor = by if by.signed_in else replace(by, user_id=user.id, username=user.username)
    target = Target("identity", str(row.pk), vouched.provider)
    record("identity_linked", by=actor.who, target=target, owner_id=user.id)


def _tell(user: User, vouched: Vouched) -> None:
    """Tell the user that somebody else's word opens their account now: whoever linked it may be somebody else."""
    if user.email:
        context = {
            "username": user.username,
            "provider": settings.CLOUDBOX_PROVIDERS[vouched.provider].label,
            "login": vouched.login,
            "link": f"{settings.CLOUDBOX_URL}/account/identities",
        }
        mail(to=user.email, kind="identity_linked", context=context)


def _as_identity(row: Any) -> Identity:
    known = settings.CLOUDBOX_PROVIDERS.get(row.provider)
    return Identity(
        id=row.pk,
        provider=row.provider,
        label=known.label if known else row.provider,
        login=str(row.extra_data.get("login", "")),
        linked_at=row.created,
        used_at=row.modified,
    )
