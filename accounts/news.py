"""What of accounts, teams, space and long work is news."""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.callers import SYSTEM
from activity.kinds import Kind, Topic, register
from activity.services import Target, tell
from jobs.services import JobInfo

_SPACE, _TEAMS, _ACCOUNT = Topic.SPACE, Topic.TEAMS, Topic.ACCOUNT
_MEMBER = {"user_id": "whom it is about"}
_INVITATION = {"invitation_id": "which invitation"}
_SIGNED_IN = {
    "two_factor": "whether with a code, too",
    "new_program": "whether with a browser or program not used of late",
}
_ROLE = {"role": "what they are in the team"}


def name_kinds() -> None:
    register(*_of_space(), *_of_jobs(), *_of_teams(), *_of_accounts())


def tell_of_job(job: JobInfo, owner_id: UUID) -> None:
    """Write that a job has ended, in the transaction in which it does."""
    took = job.finished_at - job.started_at if job.finished_at and job.started_at else timedelta()
    tell(
        "job_ended", by=SYSTEM.who, target=Target("job", job.id, job.kind), owner_id=owner_id,
        state=job.state, code=job.error, done=job.done, unit=job.unit, seconds=int(took.total_seconds()),
    )  # fmt: skip


def _of_space() -> list[Kind]:
    used = {"percent": "75, 90 or 100", "used": "bytes", "limit": "bytes"}
    return [
        Kind("quota_warning", _SPACE, _("Your space is filling up."), used),
        Kind("quota_set", _SPACE, _("Your basic quota was set."), {"old": "bytes", "new": "bytes"}),
        Kind(
            "allowance_given",
            _SPACE,
            _("You were given more space."),
            {"bytes": "how many", "source": "for what"},
        ),
        Kind(
            "allowance_revoked",
            _SPACE,
            _("Space that you were given was taken back."),
            {"bytes": "how many", "source": "for what"},
        ),
    ]


def _of_jobs() -> list[Kind]:
    ended = {"state": "`done`, `failed` or `cancelled`", "code": "why it failed", "done": "how much", "unit": "of what"}
    ended |= {"seconds": "how long it took"}
    return [Kind("job_ended", Topic.JOBS, _("Long work of yours came to its end."), ended)]


def _of_teams() -> list[Kind]:
    return [
        Kind("team_created", _TEAMS, _("A team was made.")),
        Kind("team_renamed", _TEAMS, _("A team was renamed."), {"name": "what it is called now"}),
        Kind("team_deleted", _TEAMS, _("A team was deleted.")),
        Kind("team_joined", _TEAMS, _("Somebody joined a team."), _MEMBER | _ROLE | _INVITATION),
        Kind("team_left", _TEAMS, _("Somebody left a team."), _MEMBER),
        Kind("team_member_removed", _TEAMS, _("Somebody was taken out of a team."), _MEMBER),
        Kind("team_role_set", _TEAMS, _("Somebody has another role in a team."), _MEMBER | _ROLE),
        Kind("team_handed_over", _TEAMS, _("A team has another owner."), _MEMBER),
        Kind(
            "team_invitation_sent",
            _TEAMS,
            _("Somebody was invited into a team."),
            _INVITATION | _ROLE | {"user_id": "whom, if by their name"},
        ),
        Kind("team_invitation_declined", _TEAMS, _("An invitation into a team was declined."), _INVITATION),
        Kind("team_invitation_withdrawn", _TEAMS, _("An invitation into a team was withdrawn."), _INVITATION),
    ]


def _of_accounts() -> list[Kind]:
    return [
        Kind("signed_in", _ACCOUNT, _("Somebody signed in."), _SIGNED_IN),
        Kind(
            "sign_in_failed", _ACCOUNT, _("Somebody failed to sign in."), {"why": "`password`, `code` or `suspended`"}
        ),
        Kind("signed_out", _ACCOUNT, _("A session was ended.")),
        Kind("other_sessions_ended", _ACCOUNT, _("All other sessions were ended."), {"sessions": "how many"}),
        Kind("refresh_token_reused", _ACCOUNT, _("A copied token was used; its session has ended.")),
        Kind("recovery_code_used", _ACCOUNT, _("A recovery code was used."), {"left": "how many are left"}),
        Kind("profile_changed", _ACCOUNT, _("The profile was changed."), {"fields": "which of its fields"}),
        Kind("password_changed", _ACCOUNT, _("The password was changed.")),
        Kind("password_reset", _ACCOUNT, _("The password was reset by a link.")),
        Kind("email_changed", _ACCOUNT, _("The mail address was changed.")),
        Kind("email_verified", _ACCOUNT, _("The mail address was confirmed.")),
        Kind("two_factor_turned_on", _ACCOUNT, _("Two-factor was turned on.")),
        Kind("two_factor_turned_off", _ACCOUNT, _("Two-factor was turned off.")),
        Kind("two_factor_reset", _ACCOUNT, _("Two-factor was reset by the staff.")),
        Kind("recovery_codes_renewed", _ACCOUNT, _("New recovery codes were made.")),
        Kind("identity_linked", _ACCOUNT, _("Another way to sign in was added.")),
        Kind("identity_unlinked", _ACCOUNT, _("A way to sign in was taken away.")),
        Kind(
            "key_made",
            _ACCOUNT,
            _("An access key was made."),
            {"scopes": "what it may do", "folder_id": "where, if not everywhere"},
        ),
        Kind("key_revoked", _ACCOUNT, _("An access key was revoked.")),
    ]
