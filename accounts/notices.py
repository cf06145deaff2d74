"""What people are told of their account, their teams, their space and their long work."""

from django.utils.translation import gettext_lazy as _

from activity.kinds import Topic
from activity.notices import Data, Notice, register

LONG = 30  # seconds; of work that took less somebody has seen the end

_MAILED_ANYWAY = (
    "password_changed",
    "password_reset",
    "email_changed",
    "two_factor_turned_on",
    "two_factor_turned_off",
    "two_factor_reset",
    "recovery_code_used",
    "identity_linked",
)


def name_notices() -> None:
    register(*_of_space(), *_of_teams(), *_of_security())


def _of_space() -> list[Notice]:
    return [
        Notice(
            name="space",
            topic=Topic.SPACE,
            says=_("Your space is filling up: 75, 90 or 100 percent are taken"),
            kinds=("quota_warning",),
            by_mail=True,
            own_mail=("quota_warning",),
        ),
        Notice(
            name="allowance",
            topic=Topic.SPACE,
            says=_("You are given more space, or less"),
            kinds=("quota_set", "allowance_given", "allowance_revoked"),
        ),
        Notice(
            name="jobs",
            topic=Topic.JOBS,
            says=_("Work of yours has failed, or is done after more than half a minute"),
            kinds=("job_ended",),
            worth=_is_long_or_failed,
        ),
    ]


def _of_teams() -> list[Notice]:
    return [
        Notice(
            name="invited",
            topic=Topic.TEAMS,
            says=_("You are invited into a team, or somebody into one of yours"),
            kinds=("team_invitation_sent",),
            by_mail=True,
            own_mail=("team_invitation_sent",),
        ),
        Notice(
            name="teams",
            topic=Topic.TEAMS,
            says=_("Somebody joins or leaves a team of yours, or your place in one changes"),
            kinds=(
                *("team_joined", "team_left", "team_member_removed", "team_role_set"),
                *("team_handed_over", "team_renamed", "team_deleted"),
                *("team_invitation_declined", "team_invitation_withdrawn"),
            ),
        ),
    ]


def _of_security() -> list[Notice]:
    return [
        Notice(
            name="security",
            topic=Topic.ACCOUNT,
            says=_("Your password, two-factor, access keys or other ways to sign in change"),
            kinds=(
                *_MAILED_ANYWAY,
                *("key_made", "identity_unlinked", "recovery_codes_renewed", "refresh_token_reused"),
            ),
            by_mail=True,
            own_mail=_MAILED_ANYWAY,
            always=True,
        ),
        Notice(
            name="signed_in",
            topic=Topic.ACCOUNT,
            says=_("Somebody signs in to your account with a browser or program that was not used of late"),
            kinds=("signed_in",),
            by_mail=True,
            always=True,
            worth=_is_by_a_new_program,
        ),
    ]


def _is_by_a_new_program(data: Data) -> bool:
    return bool(data["facts"].get("new_program"))


def _is_long_or_failed(data: Data) -> bool:
    facts = data["facts"]
    return bool(facts["state"] == "failed" or (facts["state"] == "done" and facts["seconds"] >= LONG))
