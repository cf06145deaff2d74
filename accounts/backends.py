"""Django's own sign-in forms (the admin's) ask here; names and limits are those of our own door."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import challenges, two_factor
from accounts.credentials import visitor_of
from accounts.identity import identify, identify_by_code
from accounts.models import User
from accounts.refusals import CodeNeeded
from cloudbox.errors import NotAuthenticated


class AccountBackend(ModelBackend):
    """Signs people in by username or e-mail address; ends a browser's session with a suspension at once."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        *,
        challenge: str | None = None,
        code: str | None = None,
        **_kwargs: Any,
    ) -> User | None:
        """Return the user, by name and password, or by the challenge of CodeNeeded and a code.

        Raises CodeNeeded to who knows the password of an account with two-factor: no form can forget to ask.
        """
        if request is None:
            return None
        visitor = visitor_of(request)
        if challenge is not None:
            return identify_by_code(challenge=challenge, code=code or "", address=visitor.address, agent=visitor.agent)
        if not username or password is None:
            return None
        try:
            user = identify(name=username, password=password, address=visitor.address, agent=visitor.agent)
        except NotAuthenticated:
            return None
        if two_factor.is_on(user.id):
            raise CodeNeeded(challenges.ask(user))
        return user

    def get_user(self, user_id: UUID) -> User | None:
        user = User.objects.filter(id=user_id).first()
        return user if user is not None and user.may_sign_in else None

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.may_sign_in
