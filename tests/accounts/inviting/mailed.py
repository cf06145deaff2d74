"""What is mailed, and what comes of it."""

from django.utils import timezone

from accounts.models import Membership, User
from accounts.services import invitations
from activity.models import Mail
from tests.people import caller_for


def mailed() -> list[Mail]:
    return list(Mail.objects.filter(kind="team_invitation").order_by("id"))


def secret_in(mail: Mail) -> str:
    """Return the last part of the link in a mail."""
    return mail.text.partition("/invitations/")[2].split()[0]


def verify(user: User) -> None:
    User.objects.filter(id=user.id).update(email_verified_at=timezone.now())


def waiting_for(user: User) -> list[str]:
    return [item.team_name for item in invitations.mine(by=caller_for(user)).items]


def members() -> set[str]:
    return set(Membership.objects.values_list("user__username", flat=True))
