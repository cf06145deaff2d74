"""What makes an account safe: a list of what is well and what could be better."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.services import Profile
from accounts.services.two_factor import TwoFactor

FEW = 3  # recovery codes; with fewer it is time for new ones


@dataclass(frozen=True)
class Check:
    """One side of an account's safety: whether it is `good`, what is `said` of it, and the `page` to change it."""

    good: bool
    label: str
    said: str
    page: str
    action: str


def checks_of(profile: Profile, second: TwoFactor) -> list[Check]:
    """Return the checks of an account, in the order in which somebody would go through them."""
    return [_password(profile), _address(profile), *_second_step(second)]


def _password(profile: Profile) -> Check:
    if profile.has_password:
        return Check(True, _("Password"), _("You have one. A new one signs out all else."), "password", _("Change"))
    said = _("You have none: you come in only by another account. If you lose that one, you are locked out.")
    return Check(False, _("Password"), said, "password", _("Set one"))


def _address(profile: Profile) -> Check:
    label = _("E-mail address")
    if profile.email and profile.email_verified:
        said = _("%(email)s is confirmed. A lost password is set anew through it.") % {"email": profile.email}
        return Check(True, label, said, "email", _("Change"))
    if profile.email:
        said = _("%(email)s is not confirmed. Follow the link in our mail.") % {"email": profile.email}
        return Check(False, label, said, "email", _("Confirm"))
    return Check(False, label, _("You have none, so a lost password cannot be set anew."), "email", _("Add one"))


def _second_step(second: TwoFactor) -> list[Check]:
    label = _("Two-factor")
    if not second.enabled:
        said = _("Off. Whoever knows your password gets in.")
        return [Check(False, label, said, "two-factor", _("Set it up"))]
    left = second.recovery_codes_left
    said = ngettext("%(left)s is left.", "%(left)s are left.", left) % {"left": left}
    return [
        Check(True, label, _("On. Signing in needs a code of your phone."), "two-factor", _("Look at it")),
        Check(left >= FEW, _("Recovery codes"), said, "recovery-codes", _("Make new ones")),
    ]
