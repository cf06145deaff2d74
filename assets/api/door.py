"""The base of the doors to the tree that go through Django REST framework."""

from collections.abc import Sequence
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.callers import Caller


class SignedInToChange(BasePermission):
    """What is open to anyone may be read by anyone, and the gate decides; changing takes somebody who is known.

    How far an access key goes, the gate decides, too.
    """

    anyone_reads = True

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method not in SAFE_METHODS:
            caller_from(request).must_be_signed_in()
        return True


class Door(APIView):
    """A view that asks nobody who only reads to sign in."""

    permission_classes: Sequence[type[BasePermission]] = (SignedInToChange,)

    @property
    def caller(self) -> Caller:
        return caller_from(self.request)
