"""The base of the doors to the tree that go through Django REST framework."""

from collections.abc import Sequence
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import SignedIn, caller_from
from accounts.callers import Caller


class SignedInToChange(SignedIn):
    """What is open to anyone may be read by anyone, and the gate decides; changing takes somebody who is known."""

    anyone_reads = True

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or super().has_permission(request, view)


class Door(APIView):
    """A view that asks nobody who only reads to sign in."""

    permission_classes: Sequence[type[BasePermission]] = (SignedInToChange,)

    @property
    def caller(self) -> Caller:
        return caller_from(self.request)
