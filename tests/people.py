"""Making people for tests, and speaking for them."""

from uuid import UUID

from django.test import Client

from accounts import services, sessions
from accounts.bearers import proven
from accounts.callers import Caller
from accounts.keys import KeyBearer
from accounts.models import Ticket, User
from accounts.services import keys
from activity.models import Mail

PASSWORD = "three tame otters"


def register(name: str) -> User:
    """Register somebody through the service that every door uses, and throw the mail away that greets them."""
    services.register(
        by=Caller.anonymous(),
        username=name,
        email=f"{name}@example.com",
        password=PASSWORD,
        details={"first_name": name.capitalize(), "last_name": "Example"},
    )
    user = User.objects.get(username=name)
    Ticket.objects.filter(user=user).delete()
    Mail.objects.filter(to=user.email).delete()
    return user


def caller_for(user: User) -> Caller:
    """Return the user as a service sees them."""
    groups = tuple(user.groups.values_list("id", flat=True))
    return Caller(
        user_id=user.id, username=user.username, staff_role=user.staff_role, groups=groups, address="198.51.100.7"
    )


def signed_in(name: str, password: str = PASSWORD) -> services.SignedIn:
    """Sign somebody in who has no second factor."""
    begun = services.sign_in(by=Caller.anonymous(address="198.51.100.7", agent="curl/8"), name=name, password=password)
    assert isinstance(begun, services.SignedIn)
    return begun


def client_for(user: User) -> Client:
    """Return a client that sends the user's access token."""
    _, pair = sessions.begin(user, address="198.51.100.7", agent="tests")
    return Client(headers={"Authorization": f"Bearer {pair.access}"})


def key_of(user: User, *scopes: str, folder: UUID | None = None) -> keys.NewKey:
    """Make an access key as its user would."""
    return keys.make(by=caller_for(user), name="a program", scopes=scopes, folder_id=folder)


def with_key(user: User, *scopes: str, folder: UUID | None = None) -> Caller:
    """Return the user as a service sees a program with an access key of theirs."""
    return proven(KeyBearer.of(key_of(user, *scopes, folder=folder).token, Caller.anonymous(address="198.51.100.8")))
