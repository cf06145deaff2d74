"""The base of the doors to the tree that go through Django REST framework."""

from collections.abc import Sequence

from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.callers import Caller


class Door(APIView):
    """A view that asks nobody to sign in by itself: the gate decides, for what is open to anyone is open here."""

    permission_classes: Sequence[type[BasePermission]] = ()

    @property
    def caller(self) -> Caller:
        return caller_from(self.request)
