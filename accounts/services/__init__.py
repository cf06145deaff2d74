"""What accounts can do for the doors, the tasks and the other apps."""

from accounts.services.administration import (
    give_allowance,
    resume,
    revoke_allowance,
    set_base_quota,
    space,
    suspend,
    usage,
)
from accounts.services.people import FoundPeople, Person, find_people, mail_staff, staff_addresses
from accounts.services.profiles import Profile, change_password, change_profile, picture_of, profile, remove_picture
from accounts.services.registration import create_first_staff, register
from accounts.services.signing_in import (
    Challenge,
    SessionInfo,
    SignedIn,
    answer_challenge,
    end_other_sessions,
    end_session,
    forget_sessions,
    refresh,
    sessions_of,
    sign_in,
    sign_out,
)

__all__ = [
    "Challenge",
    "FoundPeople",
    "Person",
    "Profile",
    "SessionInfo",
    "SignedIn",
    "answer_challenge",
    "change_password",
    "change_profile",
    "create_first_staff",
    "end_other_sessions",
    "end_session",
    "find_people",
    "forget_sessions",
    "give_allowance",
    "mail_staff",
    "picture_of",
    "profile",
    "refresh",
    "register",
    "remove_picture",
    "resume",
    "revoke_allowance",
    "sessions_of",
    "set_base_quota",
    "sign_in",
    "sign_out",
    "space",
    "staff_addresses",
    "suspend",
    "usage",
]
