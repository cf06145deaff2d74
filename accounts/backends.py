"""Django's own sign-in forms (the admin's) ask here; names and limits are those of our own door."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.credentials import visitor_of
from accounts.identity import identify
from accounts.models import User
from cloudbox.errors import NotAuthenticated


class AccountBackend(ModelBackend):
    """Signs people in by username or e-mail address; ends a browser's session with a suspension at once."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_kwargs: Any
    ) -> User | None:
        if request is None or not username or password is None:
            return None
        visitor = visitor_of(request)
        try:
            return identify(name=username, password=password, address=visitor.address)
        except NotAuthenticated:
            return None

    def get_user(self, user_id: UUID) -> User | None:
        user = User.objects.filter(id=user_id).first()
        return user if user is not None and user.may_sign_in else None

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.may_sign_in
