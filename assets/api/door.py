"""The base of the doors to the tree that go through Django REST framework."""

from collections.abc import Sequence
from typing import cast

from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from accounts.callers import Caller


class Door(APIView):
    """A view that asks nobody to sign in by itself: the gate decides, for what is open to anyone is open here."""

    permission_classes: Sequence[type[BasePermission]] = ()

    @property
    def caller(self) -> Caller:
        return cast("Caller", self.request.auth)
