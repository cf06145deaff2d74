"""What a password must be, and whether one is right."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.folding import folded
from accounts.models import User
from accounts.rules import is_text
from cloudbox.errors import BadInput

LONGEST = 1024  # characters


class HousePolicy:
    """The validator that Django's forms and our services share; CLOUDBOX_PASSWORD_POLICY chooses the rules.

    `strict`: at least 8 characters, not common, not like the name or the address. `compat`: at least 5.
    """

    LENGTH: ClassVar = {"strict": 8, "compat": 5}

    def __init__(self) -> None:
        self.others = (
            CommonPasswordValidator(),
            UserAttributeSimilarityValidator(("username", "email", "first_name", "last_name")),
        )

    def validate(self, password: str, user: User | None = None) -> None:
        policy = settings.CLOUDBOX_PASSWORD_POLICY
        MinimumLengthValidator(self.LENGTH[policy]).validate(password)
        if policy == "strict":
            for rule in self.others:
                rule.validate(password, user)

    def get_help_text(self) -> str:
        policy = settings.CLOUDBOX_PASSWORD_POLICY
        strict = _("At least %(count)s characters, not a common one, and not like your name.")
        return (strict if policy == "strict" else _("At least %(count)s characters.")) % {"count": self.LENGTH[policy]}


def check(password: str, user: User, *, field: str = "password") -> None:
    """Raise BadInput that names `field` and the reason if `user` may not have this password."""
    if not is_text(password) or len(password) > LONGEST:
        raise BadInput(field, f"At most {LONGEST} characters, and only ones that can be typed.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(field, " ".join(error.messages)) from error


def matches(password: str, user: User | None) -> bool:
    """Return whether it is the user's password. Takes as long when there is no such user."""
    if not is_text(password) or len(password) > LONGEST:
        return False
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)


def hashed_answer(answer: str) -> str:
    """Return what is stored of a security answer: a hash, whatever the letter case. Nothing for none."""
    return make_password(folded(answer)) if answer else ""
