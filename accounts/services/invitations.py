"""Invitations to teams: sent by managers, waiting for a user or for an address, and answered.

Who invites an address is told the same whether it has an account or not. An invitation to an address is shown to the
account that has verified it, and whoever holds the link in the mail may accept; one to a user is for that user only.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import limiter, rules, teams
from accounts.callers import Caller
from accounts.folding import folded
from accounts.models import Invitation, Membership, Team, TeamRole, User
from accounts.refusals import AlreadyMember, InvitationEnded, TeamFull
from accounts.services.teams import TeamInfo, get
from accounts.teams import MOST_MEMBERS, Place, team_for
from activity.outbox import mail
from cloudbox.errors import AccessDenied, BadInput, BadInputs, NotFound, TooManyRequests
from cloudbox.pages import Page, page_of, values_of

LIFETIME = timedelta(days=14)
KEPT = timedelta(days=30)  # after they have expired
MOST_AN_HOUR = 20  # that one person sends
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class InvitationInfo:
    """An open invitation as the managers of its team see it. Either `email` or `username` is set."""

    id: UUID
    email: str
    username: str
    role: str
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class InvitationLink:
    """A link that is shown once; who has it may accept the invitation until then."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Invited:
    """An open invitation as the one who was invited sees it. `for_username` is set if nobody else may accept it."""

    id: UUID
    team_id: UUID
    team_name: str
    role: str
    invited_by: str | None
    for_username: str
    created_at: datetime
    expires_at: datetime


def invite(*, by: Caller, team_id: UUID, email: str = "", username: str = "", role: str = "member") -> InvitationInfo:
    """Invite an address or a user into a team, and send the mail. Its managers may; only its owner invites managers.

    Doing it again sends a new invitation in place of the old one. Raises NotFound, AccessDenied, BadInput for a
    username that nobody has, AlreadyMember (of users only), TeamFull, and TooManyRequests.
    """
    with transaction.atomic():
        team_for(by, team_id)  # a stranger to it learns nothing, not even what is wrong with the rest
        _count(by)
        place = team_for(by, team_id, TeamRole.MANAGER, lock=True)
        wanted = _allowed(place, role)
        user, address = _addressee(email, username)
        if user and Membership.objects.filter(team=place.team, user=user).exists():
            raise AlreadyMember
        return _shown(_send(by, place.team, user=user, email=address, role=wanted))


def resend(*, by: Caller, team_id: UUID, invitation_id: UUID) -> InvitationInfo:
    """Send an open or expired invitation once more, with a new link and for another 14 days."""
    with transaction.atomic():
        team_for(by, team_id)
        _count(by)
        place = team_for(by, team_id, TeamRole.MANAGER, lock=True)
        old = _of_team(place.team, invitation_id)
        return _shown(_send(by, place.team, user=old.user, email=old.email, role=_allowed(place, old.role)))


def of_team(*, by: Caller, team_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[InvitationInfo]:
    """Return the invitations of a team that nobody has answered, newest first. Its managers may."""
    team_for(by, team_id, TeamRole.MANAGER)
    found = Invitation.objects.filter(team_id=team_id, answered_at=None)
    return _page(found.select_related("user", "invited_by"), cursor, limit)


def withdraw(*, by: Caller, team_id: UUID, invitation_id: UUID) -> None:
    """End an invitation before it is answered. The managers of the team may."""
    with transaction.atomic():
        team = team_for(by, team_id, TeamRole.MANAGER, lock=True).team
        _end(_of_team(team, invitation_id))
        teams.record("team_invitation_withdrawn", by, team, invitation_id=str(invitation_id))


def make_link(*, by: Caller, team_id: UUID, invitation_id: UUID) -> InvitationLink:
    """Return a new link to hand over oneself, for 14 days; the one that was mailed counts no longer.

    The managers of the team may.
    """
    with transaction.atomic():
        place = team_for(by, team_id, TeamRole.MANAGER, lock=True)
        invitation = _of_team(place.team, invitation_id)
        _allowed(place, invitation.role)
        return _renew(by, place.team, invitation)


def make_link_by_staff(*, by: Caller, invitation_id: UUID) -> InvitationLink:
    """Return a new link to an open invitation, as `make_link` does. The staff may."""
    by.must_be_staff("support")
    with transaction.atomic():
        team, invitation = _locked(Invitation.objects.filter(id=invitation_id, answered_at=None), InvitationEnded())
        return _renew(by, team, invitation)


def withdraw_by_staff(*, by: Caller, invitation_id: UUID) -> None:
    """End an invitation before it is answered. The staff may."""
    by.must_be_staff("support")
    with transaction.atomic():
        team, invitation = _locked(Invitation.objects.filter(id=invitation_id, answered_at=None), InvitationEnded())
        _end(invitation)
        teams.record("team_invitation_withdrawn", by, team, invitation_id=str(invitation_id))


def mine(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[Invited]:
    """Return the invitations that wait for the caller: by name, or for the address that they have verified."""
    found, after = _waiting_for(by.must_be_in_person()), values_of(cursor, UUID)
    if after:
        found = found.filter(id__lt=after[0])
    rows = list(found.select_related("team", "user", "invited_by").order_by("-id")[: limit + 1])
    return page_of(rows, limit, shown=_offered, after=lambda row: (row.id,))


def behind(secret: str) -> Invited:
    """Return the invitation that a link leads to, to whoever has the link. Raises InvitationEnded."""
    found = _open().filter(secret_hash=_hash(secret)).select_related("team", "user", "invited_by").first()
    if found is None:
        raise InvitationEnded
    return _offered(found)


def accept(*, by: Caller, invitation_id: UUID) -> TeamInfo:
    """Join the team of an invitation that waits for the caller. Raises NotFound, TeamFull."""
    return _accept(by, _waiting_for(by.must_be_in_person()).filter(id=invitation_id), NotFound())


def accept_with(*, by: Caller, secret: str) -> TeamInfo:
    """Join the team of the invitation that a link leads to, whatever address the caller has.

    One to a user is accepted by that user only. Raises InvitationEnded, TeamFull.
    """
    me = by.must_be_in_person()
    good = _open().filter(Q(user=None) | Q(user=me), secret_hash=_hash(secret))
    return _accept(by, good, InvitationEnded())


def decline(*, by: Caller, invitation_id: UUID) -> None:
    """Refuse an invitation that waits for the caller; the managers of the team see it no longer."""
    waiting = _waiting_for(by.must_be_in_person()).filter(id=invitation_id)
    with transaction.atomic():
        team, invitation = _locked(waiting, NotFound())
        _end(invitation)
        teams.record("team_invitation_declined", by, team, invitation_id=str(invitation_id))


def forget_old() -> int:
    """Delete the invitations that expired long enough ago. Return how many."""
    return Invitation.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()[0]


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(answered_at=None, expires_at__gt=timezone.now())


def _waiting_for(user_id: UUID) -> QuerySet[Invitation]:
    """Return the open invitations to a user or to the address that they have verified: others may only claim it."""
    verified = User.objects.filter(id=user_id, email_verified_at__isnull=False, email_key__isnull=False)
    return _open().filter(Q(user_id=user_id) | Q(user=None, email_key__in=verified.values("email_key")))


def _accept(by: Caller, good: QuerySet[Invitation], refusal: NotFound) -> TeamInfo:
    me = by.must_be_in_person()
    with transaction.atomic():
        team, invitation = _locked(good, refusal)
        is_new = teams.join(team, me, TeamRole(invitation.role))
        _end(invitation, accepted_by=me)
        for other in _waiting_for(me).filter(team=team):
            _end(other, accepted_by=me)
        if is_new:
            facts = {"user_id": str(me), "role": invitation.role, "invitation_id": str(invitation.id)}
            audience = [invitation.invited_by_id] if invitation.invited_by_id else []
            teams.record("team_joined", by, team, audience=audience, **facts)
        return get(by=by, team_id=team.id)


def _locked(good: QuerySet[Invitation], refusal: NotFound) -> tuple[Team, Invitation]:
    """Return the invitation with its team locked, as it is then. Raises `refusal`."""
    seen = good.values_list("team_id", flat=True).first()
    if seen is None:
        raise refusal
    team = teams.lock_team(seen)
    invitation = good.first()
    if invitation is None:
        raise refusal
    return team, invitation


def _of_team(team: Team, invitation_id: UUID) -> Invitation:
    """Return an invitation of a locked team that nobody has answered. Raises NotFound."""
    waiting = Invitation.objects.filter(team=team, id=invitation_id, answered_at=None)
    found = waiting.select_related("user", "invited_by").first()
    if found is None:
        raise NotFound("The team has no open invitation of this id.")
    return found


def _allowed(place: Place, role: str) -> TeamRole:
    """Return the role that is to be offered, if the caller may offer it."""
    if role not in {TeamRole.MEMBER, TeamRole.MANAGER}:
        raise BadInput("role", "One of member, manager.")
    if role == TeamRole.MANAGER and place.role is not TeamRole.OWNER:
        raise AccessDenied("Only its owner makes somebody a manager.")
    return TeamRole(role)


def _addressee(email: str, username: str) -> tuple[User | None, str]:
    """Return the user of that name, or the address. A name with an @ is an address: nobody is told whose."""
    if bool(email) == bool(username):
        raise BadInput("email", "Give either an email or a username.")
    if email or "@" in username:
        try:
            return None, str(rules.clean_fields({"email": email or username})["email"])
        except BadInputs as refusal:
            raise BadInput("email" if email else "username", "Not an e-mail address.") from refusal
    key = folded(username)
    user = User.objects.filter(username_key=key, is_active=True).first() if rules.is_text(key) else None
    if user is None:
        raise BadInput("username", "Nobody is called so. You can invite an address instead.")
    return user, ""


def _count(by: Caller) -> None:
    """Raise TooManyRequests if the caller has sent too many in the last hour; hold them until the transaction ends."""
    me, now = by.must_be_in_person(), timezone.now()
    teams.lock_user(me)
    sent = Invitation.objects.filter(invited_by=me, created_at__gt=now - AN_HOUR).order_by("-created_at")
    times = list(sent.values_list("created_at", flat=True)[:MOST_AN_HOUR])
    if len(times) == MOST_AN_HOUR:
        wait = int((times[-1] + AN_HOUR - now).total_seconds()) + 1
        raise TooManyRequests(f"{MOST_AN_HOUR} invitations an hour. Wait a little.", retry_after=wait)


def _send(by: Caller, team: Team, *, user: User | None, email: str, role: TeamRole) -> Invitation:
    """Make an invitation in place of an earlier one to the same, and mail its link."""
    if Membership.objects.filter(team=team).count() >= MOST_MEMBERS:
        raise TeamFull(most=MOST_MEMBERS)
    to = user.email if user else email
    if to:
        limiter.letter(to=to, address=by.address)
    earlier = Invitation.objects.filter(team=team, user=user, email_key=folded(email), answered_at=None)
    earlier.update(answered_at=timezone.now())
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        team=team,
        user=user,
        email=email,
        email_key=folded(email),
        role=role,
        invited_by_id=by.user_id,
        secret_hash=_hash(secret),
        expires_at=timezone.now() + LIFETIME,
    )
    facts = {"invitation_id": str(invitation.id), "role": str(role), **({"user_id": str(user.id)} if user else {})}
    teams.record("team_invitation_sent", by, team, audience=[user.id] if user else [], **facts)
    if to:
        context = {"by": by.username, "team": team.name, "role": str(role), "link": _url(secret), "days": LIFETIME.days}
        known = user.id if user else None
        mail(to=to, kind="team_invitation", context=context, user_id=known, news="team_invitation_sent")
    return invitation


def _renew(by: Caller, team: Team, invitation: Invitation) -> InvitationLink:
    """Give an invitation of a locked team another secret. From now on it counts as sent by whoever saw the link."""
    secret, expires_at = secrets.token_urlsafe(32), timezone.now() + LIFETIME
    Invitation.objects.filter(id=invitation.id).update(
        secret_hash=_hash(secret), expires_at=expires_at, invited_by_id=by.user_id
    )
    teams.record("team_invitation_link_made", by, team, invitation_id=str(invitation.id))
    return InvitationLink(url=_url(secret), expires_at=expires_at)


def _end(invitation: Invitation, *, accepted_by: UUID | None = None) -> None:
    Invitation.objects.filter(id=invitation.id).update(answered_at=timezone.now(), accepted_by_id=accepted_by)


def _url(secret: str) -> str:
    return f"{settings.CLOUDBOX_URL}/invitations/{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _page(found: QuerySet[Invitation], cursor: str | None, limit: int) -> Page[InvitationInfo]:
    after = values_of(cursor, UUID)
    if after:
        found = found.filter(id__lt=after[0])
    return page_of(list(found.order_by("-id")[: limit + 1]), limit, shown=_shown, after=lambda row: (row.id,))


def _shown(row: Invitation) -> InvitationInfo:
    return InvitationInfo(
        id=row.id,
        email=row.email,
        username=row.user.username if row.user else "",
        role=row.role,
        invited_by=row.invited_by.username if row.invited_by else None,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _offered(row: Invitation) -> Invited:
    if row.team is None:
        raise InvitationEnded
    return Invited(
        id=row.id,
        team_id=row.team.id,
        team_name=row.team.name,
        role=row.role,
        invited_by=row.invited_by.username if row.invited_by else None,
        for_username=row.user.username if row.user else "",
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
